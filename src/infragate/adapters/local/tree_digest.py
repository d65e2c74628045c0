"""Digests of folders: names, kinds, executable bits and contents.

The content behind a link counts as well if it is in the same checkout: Terraform follows links.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.errors import BadInput

# Names that Terraform leaves in a Stack's folder; they are not configuration.
LEFTOVERS = frozenset(
    {".terraform", ".terraform.tfstate.lock.info", "terraform.tfstate", "errored.tfstate", "crash.log"}
)


def digest(folders: Collection[Path], *, relative_to: Path, leave_out: Collection[Path] = ()) -> str:
    """sha256 of all files below the folders.

    Args:
        relative_to: base folder of the names, so that the digest does not depend on the checkout's path.
        leave_out: absolute paths of files to leave out.

    Raises:
        BadInput: a file cannot be read, or is not a regular file (a pipe, a device).
    """
    ignored = {str(path.absolute()) for path in leave_out}
    rows: list[list[str]] = []
    try:
        for folder in sorted({folder.absolute() for folder in folders}):
            above = os.path.relpath(folder, relative_to)
            for name, entry in walk(str(folder), skip=_is_leftover, above="" if above == "." else f"{above}/"):
                if not entry.is_dir(follow_symlinks=False) and entry.path not in ignored:
                    rows.append(_row(name, entry.path, relative_to))
    except OSError as error:
        message = f"cannot read the Stack's files: {error.strerror}"
        raise BadInput(message, where=str(error.filename), fix="check its permissions") from error
    return of_rows(rows)


def of_rows(rows: Iterable[list[str]]) -> str:
    """sha256 of rows in any order; as JSON, so that two lists of rows never give the same text."""
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def walk(folder: Path | str, *, skip: Callable[[str], bool], above: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a folder, with its path relative to the folder; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if skip(entry.name):
                continue
            yield above + entry.name, entry
            if entry.is_dir(follow_symlinks=False):
                yield from walk(entry.path, skip=skip, above=f"{above}{entry.name}/")


def row(name: str, path: Path | str) -> list[str]:
    """The row of a file or link: name, kind, and digest of the content or link target.

    It takes a text too: to make a `Path` for each of hundreds of files costs more than to read them.
    """
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return [name, "special"]
    if stat.S_ISLNK(mode):
        return [name, "link", str(Path(path).readlink())]
    if not stat.S_ISREG(mode):
        return [name, "special"]
    return [name, "program" if mode & 0o100 else "file", files.sha256(path)]


def _is_leftover(name: str) -> bool:
    return name in LEFTOVERS or name == ".git"


def _row(name: str, path: str, relative_to: Path) -> list[str]:
    fields = row(name, path)
    if fields[1] == "special":
        raise BadInput("not a regular file", where=name, fix="remove it, then plan again")
    return [*fields, _target_digest(Path(path), relative_to)] if fields[1] == "link" else fields


def _target_digest(link: Path, root: Path) -> str:
    """Digest of a link's target; "" if it is missing, outside of `root`, or a folder that contains the link."""
    target = link.resolve()
    if not target.is_relative_to(root.resolve()) or link.absolute().is_relative_to(target):
        return ""
    if target.is_dir():
        return digest([target], relative_to=target)
    return files.sha256(target) if target.is_file() else ""
