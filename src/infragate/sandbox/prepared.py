"""Copies of freshly seeded sandboxes, for the next checkout of the same code: seeding takes seconds.

A copy is found by everything that it was made from: our code, moto, Python, the settings, the policy templates. It lies
in the user's own cache folder and holds nothing but what seeding makes, dummy keys among it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from infragate.adapters.local import clock, files, settings
from infragate.domain.errors import InfragateError
from infragate.sandbox.state_folder import COPIED, StateFolder

KEPT = 4
MAX_AGE_DAYS = 30  # certificates and sessions in it have dates


def restore(digests: Iterable[str], folder: StateFolder) -> bool:
    """Start a new sandbox from a kept copy; False if there is none."""
    place = _place(digests)
    if folder.snapshot.exists() or not _is_usable(place):
        return False
    with suppress(OSError, InfragateError):
        folder.load_copy(place)
        return True
    return False


def keep(digests: Iterable[str], folder: StateFolder) -> None:
    """Keep what is in the folder; if that fails, the next checkout seeds its own sandbox."""
    target = _place(digests)
    with suppress(OSError, InfragateError):
        files.private_folder(target.parent).chmod(0o700)
        folder.save_copy(target)
        _prune(target.parent)


def discard(digests: Iterable[str]) -> None:
    """Delete a copy that the emulator could not load."""
    shutil.rmtree(_place(digests), ignore_errors=True)


def _place(digests: Iterable[str]) -> Path:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    made_from = [python, metadata.version("moto"), *sorted(digests), *_code()]
    return settings.cache_folder() / "sandbox" / hashlib.sha256("\0".join(made_from).encode()).hexdigest()[:32]


def _code() -> list[str]:
    """Digests of the code that decides what is seeded and how it is kept: seeding, the roles' description, emulator."""
    package = Path(__file__).parent
    folders = (package, package.parent / "domain" / "bootstrap", package.parents[1] / "aws_emulator")
    sources = [source for folder in folders for source in sorted(folder.rglob("*.py"))]
    return [f"{source.name} {files.sha256(source)}" for source in sources]


def _is_usable(place: Path) -> bool:
    """Whole, young, and nobody else's: a snapshot is a pickle, which is only taken from ourselves."""
    try:
        state = place.stat()
        young = clock.now().timestamp() - state.st_mtime < MAX_AGE_DAYS * 86400
        own = state.st_uid == os.getuid() and place.parent.stat().st_mode & 0o022 == 0
        return young and own and all((place / name).is_file() for name in COPIED)
    except OSError:
        return False


def _prune(parent: Path) -> None:
    places = sorted(parent.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True)
    for old in places[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
