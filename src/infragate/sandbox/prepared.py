"""Copies of freshly seeded sandboxes in the user's cache folder, as seeding takes seconds.

A copy is named by the digest of its inputs: infragate's code, moto, Python, the settings, the policy templates. It holds
only what seeding creates, including dummy keys.
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
MAX_AGE_DAYS = 30  # its certificates and sessions expire


def restore(digests: Iterable[str], folder: StateFolder) -> bool:
    """Fill a new sandbox from a copy; False if there is no usable one."""
    place = _place(digests)
    if folder.snapshot.exists() or not is_usable(place):
        return False
    with suppress(OSError, InfragateError):
        folder.load_copy(place)
        return True
    return False


def keep(digests: Iterable[str], folder: StateFolder) -> None:
    """Copy the folder to the cache; if that fails, the next checkout seeds its own sandbox."""
    target = _place(digests)
    with suppress(OSError, InfragateError):
        files.private_folder(target.parent).chmod(0o700)
        folder.save_copy(target)
        prune(target.parent)


def discard(digests: Iterable[str]) -> None:
    """Delete a copy that the emulator could not load."""
    shutil.rmtree(_place(digests), ignore_errors=True)


def applied(digests: Iterable[str]) -> Path:
    """The folder for the copy of a sandbox with an applied Environment; the digests are those of its Stack, in addition."""
    return _place(digests, "applied")


def _place(digests: Iterable[str], kind: str = "sandbox") -> Path:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    inputs = [python, metadata.version("moto"), *sorted(digests), *_code()]
    return settings.cache_folder() / kind / hashlib.sha256("\0".join(inputs).encode()).hexdigest()[:32]


def _code() -> list[str]:
    """Digests of the code that a seeded snapshot depends on: seeding, role policies, emulator."""
    package = Path(__file__).parent
    folders = (package, package.parent / "domain" / "bootstrap", package.parents[1] / "aws_emulator")
    sources = [source for folder in folders for source in sorted(folder.rglob("*.py"))]
    return [f"{source.name} {files.sha256(source)}" for source in sources]


def is_usable(place: Path) -> bool:
    """True if the copy is complete, recent and the user's own: a snapshot is a pickle, and loading it can run code."""
    try:
        status = place.stat()
        is_recent = clock.now().timestamp() - status.st_mtime < MAX_AGE_DAYS * 86400
        is_own = status.st_uid == os.getuid() and place.parent.stat().st_mode & 0o022 == 0
        return is_recent and is_own and all((place / name).is_file() for name in COPIED)
    except OSError:
        return False


def prune(parent: Path) -> None:
    """Delete all but the newest copies."""
    places = sorted(parent.iterdir(), key=lambda place: place.stat().st_mtime, reverse=True)
    for old in places[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
