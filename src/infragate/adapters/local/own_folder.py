"""The folder with infragate's data of one checkout: session keys, plans, Terraform's data, drafts, the sandbox.

It lies outside of the checkout, in the user's state folder: no commit, archive or pull request can bring such data along.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

CHECKOUTS = "checkouts"
RECORD = "checkout.txt"  # holds the path of the checkout
KEPT_STATES = "errored-*.tfstate"  # copies of states that could not be saved, from clones that are removed
_DATA = ".data"
_GOING = ".going-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The folder of a checkout, which may be gone; `used` is when a step last noted it."""

    folder: Path
    root: Path
    used: float


def path(root: Path) -> Path:
    """The folder's path: by the checkout's name and the digest of its full path. It need not exist.

    A draft or a rehearsal lies in the folder of its checkout; its data is beside it.

    Raises:
        BadInput: as `settings.state_folder`, or the state folder is inside the checkout.
    """
    real, state = root.resolve(), settings.state_folder().resolve()
    if real.is_relative_to(state / CHECKOUTS):
        return real.with_name(real.name + _DATA)
    if state.is_relative_to(real):
        raise BadInput(
            "infragate's state folder is inside the checkout, so a commit could bring files into it",
            where=str(state),
            fix=f"set {settings.STATE} to a folder outside",
        )
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", real.name).strip(".-")[:40] or "checkout"
    return state / CHECKOUTS / f"{name}-{hashlib.sha256(os.fsencode(real)).hexdigest()[:12]}"


def of(root: Path) -> Path:
    """The folder, created with mode 0700.

    Raises:
        BadInput: as `path`; it cannot be created, is a symbolic link, or belongs to another user.
    """
    folder = path(root)
    files.private_folder(folder)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        problem = "is a symbolic link" if folder.is_symlink() else "belongs to another user"
        raise BadInput(
            f"infragate's folder for this checkout {problem}",
            where=str(folder),
            fix=f"remove it, or set {settings.STATE} to a folder of your own",
        )
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    if not (folder / RECORD).exists():
        files.write(folder / RECORD, f"{root.resolve()}\n", mode=0o600)
    return folder


def keeps_states(folder: Path) -> bool:
    """True if a checkout's folder holds the only copy of a state."""
    return any(folder.rglob(KEPT_STATES))


def note_use(root: Path) -> None:
    """Note that the folder of a checkout is in use now."""
    os.utime(of(root) / RECORD)


def recorded() -> Iterator[Recorded]:
    """The folders of all checkouts of this user."""
    for record in (settings.state_folder() / CHECKOUTS).glob(f"[!.]*/{RECORD}"):
        with suppress(OSError):  # removed meanwhile
            text = record.read_text(encoding="utf-8", errors="surrogateescape").removesuffix("\n")
            yield Recorded(folder=record.parent, root=Path(text), used=record.stat().st_mtime)


def remove(folder: Path) -> None:
    """Remove the folder of a checkout: renamed first, so that a run which begins now makes a whole new one."""
    going = folder.with_name(f"{_GOING}{folder.name}")
    with suppress(OSError):
        folder.rename(going)
    shutil.rmtree(going, ignore_errors=True)
