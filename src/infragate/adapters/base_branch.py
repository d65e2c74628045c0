"""Asks for the base branch of a clone that does not have it, or fetches it, with the clone's own address and key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters import git, git_remote
from infragate.adapters.local import masking
from infragate.domain.errors import InfragateError


def newest(root: Path, branch: str, *, outside: Path) -> str | None:
    """As `git_remote.remote_commit`, for a branch of the repository that `root` was cloned from."""
    with _of_clone(root, branch) as (name, ref, variables):
        return git_remote.remote_commit(name, ref, variables, outside=outside)


def fetch(root: Path, branch: str, *, into: Path) -> str:
    """As `git_remote.fetch`, for a branch of the repository that `root` was cloned from.

    Raises:
        BadInput: there is no such branch. RemoteFailed: as `git_remote.fetch`.
    """
    with _of_clone(root, branch) as (name, ref, variables):
        return git_remote.fetch(name, ref, into=into, variables=variables)


@contextmanager
def _of_clone(root: Path, branch: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """A name for the clone's repository, the full name of the branch, and variables that say what they are."""
    address = git.run(root, "config", "--get", "remote.origin.url").strip()
    masking.learn(urlsplit(address).password)
    # The address may hold a token: not among the arguments, which every process of this user can see.
    named = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "remote.base.url", "GIT_CONFIG_VALUE_0": address}
    try:
        yield "base", f"refs/heads/{branch}", named
    except InfragateError as failed:
        raise failed.amended(where=f"origin/{branch}") from failed
