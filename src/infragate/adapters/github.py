"""The only owner of GitHub's API (REST, through PyGithub), with errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import github
import requests
from github import Auth, Github, GithubException

from infragate.adapters import settings
from infragate.domain.errors import BadInput, RemoteFailed

API = "https://api.github.com"
_TIMEOUT = 30
_FIXES = {
    401: "GITHUB_TOKEN is not valid (any more): make a new one",
    403: "the token may not do this here: it needs `contents` and `pull requests`, or wait until its limit is reset",
    404: "check the repository's name in infra/environments.yaml, and that the token may see it",
    422: "GitHub refuses what was sent: is the branch pushed, and does it differ from its base?",
}


def token() -> str:
    """Who speaks to GitHub.

    Raises:
        BadInput: it is not set.
    """
    found = settings.read("GITHUB_TOKEN")
    if found is None:
        raise BadInput(
            "GITHUB_TOKEN is not set", where="environment", fix="export GITHUB_TOKEN=..., or open it by hand in GitHub"
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequest:
    """One pull request; `created` says whether it is new."""

    url: str
    number: int
    created: bool


def open_pull_request(repository: str, *, branch: str, base: str | None, title: str, body: str) -> PullRequest:
    """Open a pull request, or bring the open one of the same branch up to date: a second run makes no second one.

    Args:
        repository: `owner/name`; base: None for the repository's default branch.

    Raises:
        BadInput: there is no token. RemoteFailed: GitHub refuses or cannot be reached.
    """
    auth = Auth.Token(token())
    with _reported(repository):
        client = Github(
            auth=auth,
            base_url=(settings.read("GITHUB_API_URL") or API).rstrip("/"),
            timeout=_TIMEOUT,
            user_agent="infragate",
        )
        there = client.get_repo(repository)
        owner = repository.partition("/")[0]
        for found in there.get_pulls(state="open", head=f"{owner}:{branch}"):
            found.edit(title=title, body=body)
            return PullRequest(url=found.html_url, number=found.number, created=False)
        made = there.create_pull(base=base or there.default_branch, head=branch, title=title, body=body)
        return PullRequest(url=made.html_url, number=made.number, created=True)


@contextmanager
def _reported(repository: str) -> Iterator[None]:
    try:
        yield
    except GithubException as error:
        data = error.data if isinstance(error.data, dict) else {}
        said = str(data.get("message") or github.__name__)
        raise RemoteFailed(
            f"GitHub answered {error.status}: {said[:200]}",
            where=repository,
            fix=_FIXES.get(error.status, "run it again later; nothing else was changed"),
        ) from error
    except requests.RequestException as error:
        raise RemoteFailed(
            "GitHub cannot be reached",
            where=repository,
            fix="check the network and GITHUB_API_URL, then run it again",
        ) from error
