"""Asks for the base branch of a clone that does not have it, or fetches it, with the clone's own address and key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters import git, git_remote
from infragate.adapters.local import masking
from infragate.domain.errors import InfragateError

_NAME = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseBranch:
    """A branch of the repository that a clone is from; `address` is that repository's."""

    branch: str
    address: str = field(repr=False)

    def newest(self, *, outside: Path) -> str | None:
        """As `git_remote.remote_commit`."""
        with self._named() as (ref, variables):
            return git_remote.remote_commit(_NAME, ref, variables, outside=outside)

    def fetch(self, *, into: Path) -> str:
        """As `git_remote.fetch`.

        Raises:
            BadInput: there is no such branch. RemoteFailed: as `git_remote.fetch`.
        """
        with self._named() as (ref, variables):
            return git_remote.fetch(_NAME, ref, into=into, variables=variables)

    @contextmanager
    def _named(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The full name of the branch, and variables that give the repository a name."""
        # The address may hold a token: not among the arguments, which every process of this user can see.
        named = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"remote.{_NAME}.url", "GIT_CONFIG_VALUE_0": self.address}
        try:
            yield f"refs/heads/{self.branch}", named
        except InfragateError as failed:
            raise failed.amended(where=f"origin/{self.branch}") from failed


def of_clone(root: Path, branch: str) -> BaseBranch:
    """A branch of the repository that `root` was cloned from."""
    address = git.run(root, "config", "--get", "remote.origin.url").strip()
    masking.learn(urlsplit(address).password)
    return BaseBranch(branch=branch, address=address)
