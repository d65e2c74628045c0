"""Digests over folders: names, kinds, executable bits and contents; in no way dependent on order or separators.

What a link shows counts as well, where it lies in the same checkout: Terraform reads through it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from infragate.adapters.local import files
from infragate.domain.errors import BadInput

# What Terraform itself leaves in a Stack's folder; none of it is configuration.
LEFTOVERS = frozenset(
    {".terraform", ".terraform.tfstate.lock.info", "terraform.tfstate", "errored.tfstate", "crash.log"}
)


def digest(folders: Collection[Path], *, relative_to: Path, leave_out: Collection[Path] = ()) -> str:
    """sha256 over every file below the folders.

    Args:
        relative_to: names are counted from here, so that a checkout may lie anywhere.
        leave_out: absolute paths of files that do not count.

    Raises:
        BadInput: a file cannot be read, or is none (a pipe, a device).
    """
    ignored = {path.absolute() for path in leave_out}
    rows: list[list[str]] = []
    try:
        for folder in sorted({folder.absolute() for folder in folders}):
            for _, entry in walk(folder, skip=_is_leftover):
                path = Path(entry.path)
                if not entry.is_dir(follow_symlinks=False) and path not in ignored:
                    rows.append(_row(path, relative_to))
    except OSError as error:
        raise BadInput(
            f"cannot read the Stack's files: {error.strerror}", where=str(error.filename), fix="check its rights"
        ) from error
    return of_rows(rows)


def of_rows(rows: Iterable[list[str]]) -> str:
    """sha256 over rows in any order; each is a JSON list, so that no name can look like the end of another."""
    return hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()


def walk(folder: Path | str, *, skip: Callable[[str], bool], above: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Everything below a folder with its name from there; links are not followed."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if skip(entry.name):
                continue
            yield above + entry.name, entry
            if entry.is_dir(follow_symlinks=False):
                yield from walk(entry.path, skip=skip, above=f"{above}{entry.name}/")


def row(name: str, path: Path) -> list[str]:
    """What a file or link counts by: name, kind, and content or target."""
    if path.is_symlink():
        return [name, "link", str(path.readlink())]
    if not path.is_file():
        return [name, "special"]
    return [name, "program" if path.stat().st_mode & 0o100 else "file", files.sha256(path)]


def _is_leftover(name: str) -> bool:
    return name in LEFTOVERS or name == ".git"


def _row(path: Path, relative_to: Path) -> list[str]:
    counted = row(os.path.relpath(path, relative_to), path)
    if counted[1] == "special":
        raise BadInput("neither a file nor a folder", where=counted[0], fix="remove it, then plan again")
    return [*counted, _behind(path, relative_to)] if counted[1] == "link" else counted


def _behind(link: Path, root: Path) -> str:
    """Digest of what a link shows; "" for nothing, for a folder that holds the link, and for what lies outside."""
    target = link.resolve()
    if not target.is_relative_to(root.resolve()) or link.absolute().is_relative_to(target):
        return ""
    if target.is_dir():
        return digest([target], relative_to=target)
    return files.sha256(target) if target.is_file() else ""
