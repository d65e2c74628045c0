"""Fetches the base branch of a clone that does not have it, with the clone's own address and key."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters import git
from infragate.adapters.local import masking
from infragate.domain.errors import InfragateError


def fetch(root: Path, branch: str, *, into: Path) -> str:
    """As `git.fetch`, for a branch of the repository that `root` was cloned from.

    Raises:
        BadInput: there is no such branch. RemoteFailed: as `git.fetch`.
    """
    address = git.run(root, "config", "--get", "remote.origin.url").strip()
    masking.learn(urlsplit(address).password)
    # The address may hold a token: not among the arguments, which every process of this user can see.
    named = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "remote.base.url", "GIT_CONFIG_VALUE_0": address}
    try:
        return git.fetch("base", f"refs/heads/{branch}", into=into, variables=named)
    except InfragateError as failed:
        raise failed.amended(where=f"origin/{branch}") from failed
