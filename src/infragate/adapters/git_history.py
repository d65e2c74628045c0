"""What lies between two commits, also in a clone that does not have the whole history."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from infragate.adapters import git
from infragate.domain.errors import ToolFailed


def folder_in_repository(folder: Path) -> str | None:
    """The path of a folder in its repository, "" for the top; None outside of a repository."""
    try:
        return git.run(folder, "rev-parse", "--show-prefix").rstrip("\n")
    except ToolFailed as failed:
        if "not a git repository" in failed.message:
            return None
        raise


def is_shallow(root: Path) -> bool:
    """True if the clone lacks older commits."""
    return git.run(root, "rev-parse", "--is-shallow-repository").strip() == "true"


def merge_bases(root: Path, one: str, other: str) -> tuple[str, ...]:
    """The newest commits that both have: several after merges in both directions, none without a common history."""
    try:
        return tuple(git.run(root, "merge-base", "--all", one, other).split())
    except ToolFailed as failed:
        if failed.said:
            raise
        return ()


def is_cut(root: Path, commits: tuple[str, ...], *, above: str) -> bool:
    """True if the history of the commits ends before it reaches `above`: a shallow clone may hide a newer merge base."""
    if not is_shallow(root):
        return False
    return bool(git.run(root, "rev-list", "--max-parents=0", "--max-count=1", *commits, "--not", above).strip())


def changed_names(root: Path, before: str, after: str) -> tuple[str, ...]:
    """The names of all that differs between two commits, submodules and both names of a moved file too.

    `.gitmodules` and the user's settings could leave submodules out.
    """
    options = ("--name-only", "--no-renames", "--ignore-submodules=none", "--no-relative", "-z")
    return tuple(name for name in git.run(root, "diff", *options, before, after, "--").split("\0") if name)


def commits_beside(root: Path, commit: str, *, base: str = "HEAD") -> int:
    """How many commits of another history `base` does not have."""
    return int(git.run(root, "rev-list", "--count", f"{base}..{commit}"))


def learn_branch(root: Path, branch: str) -> None:
    """Fetch a branch as `origin` has it now, for a push that replaces it. Errors of `origin` are left to that push."""
    name = f"refs/heads/{branch}"
    with suppress(ToolFailed):
        if git.run(root, "ls-remote", "origin", name):
            git.run(root, "fetch", "--quiet", "--no-tags", "origin", f"+{name}:refs/remotes/origin/{branch}")
        else:  # merged, and removed there
            for stale in git.refs(root, f"refs/remotes/origin/{branch}", f"refs/infragate/sent/{branch}"):
                git.run(root, "update-ref", "-d", stale)


def has(root: Path, commit: str, *, within: str = "HEAD") -> bool | None:
    """True if a commit is in the history of another one; None if the clone lacks it."""
    if git.revision(root, commit) is None:
        return None
    return commit in merge_bases(root, commit, within)


def commits_since(root: Path, commit: str, paths: Collection[str]) -> int:
    """How many commits of the checkout's history, after one of them, touch these paths."""
    places = [f":(top,literal){path}" for path in paths]
    return int(git.run(root, "rev-list", "--count", f"{commit}..HEAD", "--", *places))
