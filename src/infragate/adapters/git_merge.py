"""What git makes of two commits, without a checkout of them."""

from __future__ import annotations

import re
from pathlib import Path

from infragate.adapters import git
from infragate.domain.errors import ToolFailed

_OLDEST = (2, 38)  # with `merge-tree --write-tree`


def merged_tree(root: Path, first: str, second: str) -> str | None:
    """The tree that merging two commits gives; None for a conflict, or if the clone lacks a commit that it needs.

    The attributes of the checkout have no part in it: they could choose how files are merged.

    Raises:
        ToolFailed: git is too old.
    """
    _refuse_old()
    own = git.run(root, "rev-parse", "--absolute-git-dir").strip()
    apart = {"GIT_DIR": own, "GIT_WORK_TREE": own, "GIT_INDEX_FILE": f"{own}/infragate-no-index"}
    try:
        return git.run(Path(own), "merge-tree", "--write-tree", first, second, environment=apart).strip()
    except ToolFailed:
        return None


def base(root: Path, first: str, second: str) -> str | None:
    """The newest commit that both revisions have; None if the clone knows none."""
    try:
        return git.run(root, "merge-base", first, second).strip()
    except ToolFailed:
        return None


def head_and_parents(root: Path) -> tuple[str, ...]:
    """The commit id of HEAD, and those of its parents; nothing if it has no commit."""
    try:
        return tuple(git.run(root, "rev-list", "--parents", "--max-count=1", "HEAD", "--").split())
    except ToolFailed:
        return ()


def contains(root: Path, branch: str, commit: str) -> bool:
    """True if a commit is in the history of a branch."""
    return base(root, branch, commit) == commit


def _refuse_old() -> None:
    version = git.version()
    numbers = re.search(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < _OLDEST:
        raise ToolFailed(
            f"{version} cannot compute a merge: 2.38 or newer is needed to compare this checkout with the approved one",
            where="git",
            fix="install a newer git, or check out the approved commit itself",
        )
