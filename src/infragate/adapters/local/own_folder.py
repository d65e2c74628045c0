"""The folder with infragate's data of one checkout: session keys, plans, Terraform's data, drafts, the sandbox.

It lies outside of the checkout, in the user's state folder: no commit, archive or pull request can bring such data along.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

CHECKOUTS = "checkouts"
RECORD = "checkout.txt"  # holds the path of the checkout
_DATA = ".data"


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


def below(folder: Path) -> Iterator[Path]:
    """The folders of checkouts that lie, or lay, somewhere below `folder`."""
    for record in (settings.state_folder() / CHECKOUTS).glob(f"*/{RECORD}"):
        if Path((files.recall(record) or "/").strip()).is_relative_to(folder.resolve()):
            yield record.parent


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
