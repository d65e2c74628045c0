"""The copy of a checkout that a rehearsal works in: with a sandbox and data of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infragate.adapters.local import files, locks, own_folder
from infragate.domain.errors import Locked
from infragate.sandbox import instance

COPIED = ("infra", "modules", "policy")
LEFT_OUT = shutil.ignore_patterns(".terraform", "*.tfstate", "*.tfplan*", ".git", "__pycache__")


@contextmanager
def alone(source: Path) -> Iterator[None]:
    """Let one rehearsal of a checkout run at a time: they work in the same folder.

    Raises:
        Locked: another one runs.
    """
    folder = own_folder.of(source)
    refusal = Locked("another rehearsal of this checkout is running", where=str(folder), fix="wait until it has ended")
    with locks.hold(folder / "rehearsal.lock", lambda: refusal):
        yield


def create(source: Path, root: Path, *, beside: Iterable[str] = ()) -> None:
    """Copy what a rehearsal needs into `root`; what an earlier rehearsal left there is removed.

    Args:
        beside: further files and folders, where the checkout has them.
    """
    remove(root)
    files.private_folder(root)
    for name in (*COPIED, *(name for name in beside if (source / name).exists())):
        if (source / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, root / name)
        else:
            shutil.copytree(source / name, root / name, ignore=LEFT_OUT, symlinks=True)


def remove(root: Path) -> None:
    """Stop the sandbox of a copy, and remove both."""
    if root.exists():
        instance.down(root, wipe=True)
        for folder in (root, own_folder.path(root)):
            shutil.rmtree(folder, ignore_errors=True)
