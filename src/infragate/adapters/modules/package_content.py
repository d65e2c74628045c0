"""The files of a fetched package: their digest, and what cannot be trusted among them.

Facts (measured on Terraform 1.11.4): the first call of a package is the original, from git with `.git`. Each further call
is a copy of it without the names that begin with a dot. Only `.git` is left out of a digest, and a copy that lacks only
such names has the digest of its original.
"""

from __future__ import annotations

import functools
import hashlib
import os
import unicodedata
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import tree_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The files of one folder.

    Attributes:
        tree: `sha256:` digest of names, kinds, executable bits, link targets and contents.
        visible: the same without names that begin with a dot.
        is_clone: True if it has `.git`.
        may_be_copy: True if it has no names that begin with a dot.
        problem: why the content cannot be trusted, or None.
    """

    tree: str
    visible: str
    is_clone: bool
    may_be_copy: bool
    problem: str | None


def read(folder: Path) -> Content:
    """Read all files of a fetched folder.

    Raises:
        OSError: a file cannot be read.
    """
    if not folder.is_dir() or folder.is_symlink():
        return unreadable("its folder is missing")
    rows: list[list[str]] = []
    problem = _package_problem(folder)
    for name, entry in tree_digest.walk(folder, skip=lambda name: name == ".git"):
        problem = problem or _problem(name, entry, folder)
        if not entry.is_dir(follow_symlinks=False):
            rows.append(tree_digest.row(name, entry.path))
    visible = [row for row in rows if not _is_hidden(row[0])]
    is_clone, has_hidden = (folder / ".git").is_dir(), len(visible) < len(rows)
    tree = _digest(rows)
    return Content(
        tree=tree,
        visible=_digest(visible) if has_hidden else tree,
        is_clone=is_clone,
        may_be_copy=not is_clone and not has_hidden,
        problem=problem or _colliding(rows),
    )


def unreadable(problem: str) -> Content:
    """What stands for a folder that cannot be read."""
    return Content(tree=_digest(()), visible=_digest(()), is_clone=False, may_be_copy=False, problem=problem)


def trees(packages: Sequence[tuple[Hashable, Content]]) -> list[str]:
    """The digest of each package; a copy has that of the original it was made of.

    Args:
        packages: what was fetched (a repository and ref, a registry module and version), and its files. An original
            may have come for another address that leads to the same package.
    """
    originals: dict[Hashable, str] = {}
    for package, content in packages:
        if not content.may_be_copy:
            originals |= {content.visible: content.tree, (package, content.visible): content.tree}
    return [
        originals.get((package, tree), originals.get(tree, tree)) if content.may_be_copy else tree
        for package, content in packages
        for tree in [content.tree]
    ]


def changed(folder: Path, committed: Mapping[str, tuple[str, str]], *, without_hidden: bool) -> tuple[str, ...]:
    """The names of files that are not as in a commit.

    Args:
        committed: mode and blob id of each file.
        without_hidden: the folder is a copy, which lacks names that begin with a dot.
    """
    present = {
        name: _blob(Path(entry.path), length=len(next(iter(committed.values()))[1]))
        for name, entry in tree_digest.walk(folder, skip=lambda name: name == ".git")
        if not entry.is_dir(follow_symlinks=False)
    }
    expected = {name: blob for name, blob in committed.items() if not (without_hidden and _is_hidden(name))}
    return tuple(sorted(name for name in present.keys() | expected.keys() if present.get(name) != expected.get(name)))


def _blob(path: Path, *, length: int) -> tuple[str, str]:
    """Mode and blob id, as git has them."""
    if path.is_symlink():
        mode, content = "120000", os.fsencode(path.readlink())
    elif path.is_file():
        mode, content = "100755" if path.stat().st_mode & 0o100 else "100644", path.read_bytes()
    else:
        mode, content = "", b""
    algorithm = hashlib.sha256 if length == 64 else functools.partial(hashlib.sha1, usedforsecurity=False)
    return mode, algorithm(b"blob %d\0" % len(content) + content).hexdigest()


def _digest(rows: Iterable[list[str]]) -> str:
    return f"sha256:{tree_digest.of_rows(rows)}"


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or "/." in name


def _package_problem(folder: Path) -> str | None:
    git, submodules = folder / ".git", folder / ".gitmodules"
    if os.path.lexists(git) and (git.is_symlink() or not git.is_dir()):
        return "its .git is not a folder"
    if submodules.is_file() and b"[submodule" in submodules.read_bytes():
        return "it has submodules, whose content is not pinned"
    return None


def _problem(name: str, entry: os.DirEntry[str], root: Path) -> str | None:
    if entry.is_symlink():
        return _link_problem(Path(entry.path), root, name)
    if entry.is_dir():
        is_repository = os.path.lexists(Path(entry.path, ".git"))
        return f"{name} is a git repository of its own, whose content is not pinned" if is_repository else None
    return None if entry.is_file() else f"not a regular file: {name}"


def _link_problem(link: Path, root: Path, name: str) -> str | None:
    """The target must be covered by the digest."""
    base, target = os.path.realpath(root), os.path.realpath(link)  # Path.resolve raises on a loop
    if link.readlink().is_absolute() or not Path(target).is_relative_to(base):
        return f"the link {name} leads out of the module"
    return f"the link {name} leads into .git" if ".git" in Path(target).relative_to(base).parts else None


def _colliding(rows: Iterable[list[str]]) -> str | None:
    """Two names that differ only in case or Unicode form: macOS and Windows take them for the same file."""
    seen: dict[str, str] = {}
    for name, *_ in rows:
        other = seen.setdefault(unicodedata.normalize("NFC", name).casefold(), name)
        if other != name:
            return f"{other} and {name} are the same name where case is ignored"
    return None
