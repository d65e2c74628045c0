"""Opens pull requests, and reads their text and files."""

from __future__ import annotations

import itertools

from infragate.adapters.github import github_api, github_retry
from infragate.adapters.github.github_api import Connection
from infragate.adapters.github.github_retry import Persistence

# For reads whose failure is only a warning: three requests in ten seconds, a fourth with the token of an App.
_SHORT = Persistence(total=4.0, request=3)

_MOST = 50  # open pull requests that are looked at


def open_pull_request(repository: str, *, branch: str, base: str | None, title: str, body: str) -> str:
    """Open a pull request, or update the open one of the same branch; returns its address.

    Args:
        repository: `owner/name`; base: None for the repository's default branch.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need="write access to contents and pull requests") as github:
        head = f"{repository.partition('/')[0]}:{branch}"
        return github.settled(lambda: _opened(github, head, branch=branch, base=base, title=title, body=body))


def _opened(github: Connection, head: str, *, branch: str, base: str | None, title: str, body: str) -> str:
    """One try; it finds what an earlier one did whose answer was lost."""
    repo = github.repository
    for pull in repo.get_pulls(state="open", head=head).get_page(0):
        github_api.refuse_foreign_address(pull)
        if (pull.title, pull.body) != (title, body):
            with github_retry.write():
                pull.edit(title=title, body=body)
        return pull.html_url
    with github_retry.write():
        return repo.create_pull(base=base or repo.default_branch, head=branch, title=title, body=body).html_url


def text(repository: str, number: int) -> str | None:
    """The text of a pull request; None if it is empty. GitHub has about ten seconds to answer.

    Args:
        repository: `owner/name`.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need="read access to pull requests", persistence=_SHORT) as github:
        return github.repository.get_pull(number).body


def open_files(repository: str) -> dict[int, frozenset[str]]:
    """The files that open pull requests into the default branch change, by number: the newest, from its own branches.

    Args:
        repository: `owner/name`.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need="read access to pull requests") as github:
        repo = github.repository
        files: dict[int, frozenset[str]] = {}
        for pull in itertools.islice(repo.get_pulls(state="open", base=repo.default_branch), _MOST):
            github_api.refuse_foreign_address(pull)
            if getattr(pull.head.repo, "full_name", None) == repo.full_name:  # None: the fork is gone
                names = ((file.filename, file.previous_filename) for file in pull.get_files())
                files[pull.number] = frozenset(name for pair in names for name in pair if name)
        return files
