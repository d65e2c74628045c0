"""The only owner of GitHub's API (REST, through PyGithub), with errors in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.PullRequest import PullRequest as Found
from github.Repository import Repository

from infragate.adapters.local import settings
from infragate.domain.errors import BadInput, RemoteFailed

API = "https://api.github.com"
_TIMEOUT = 30
# Reading is tried again for a few seconds. Writing is not: what was made although the answer got lost is found by the
# next run. Nobody waits an hour for a limit to be reset, or for as long as a server asks.
_RETRY = GithubRetry(
    total=3,
    backoff_factor=0.3,
    allowed_methods=["GET"],
    raise_on_status=False,
    respect_retry_after_header=False,
    max_rate_limit_wait=10,
)
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
        BadInput: there is no token, or GITHUB_API_URL would send it in the clear.
        RemoteFailed: GitHub refuses or cannot be reached.
    """
    auth, api = Auth.Token(token()), _api()
    with _reported(repository):
        client = Github(
            auth=auth,
            base_url=api,
            timeout=_TIMEOUT,
            retry=_RETRY,
            seconds_between_writes=None,
            user_agent="infragate",
        )
        there = client.get_repo(repository)
        _refuse_elsewhere(there, api)
        owner = repository.partition("/")[0]
        for found in there.get_pulls(state="open", head=f"{owner}:{branch}").get_page(0):
            _refuse_elsewhere(found, api)
            found.edit(title=title, body=body)
            return PullRequest(url=found.html_url, number=found.number, created=False)
        made = there.create_pull(base=base or there.default_branch, head=branch, title=title, body=body)
        return PullRequest(url=made.html_url, number=made.number, created=True)


def _api() -> str:
    """Where GitHub's API is; a token goes over TLS, or stays on this machine."""
    url = (settings.read("GITHUB_API_URL") or API).rstrip("/")
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    ):
        return url
    raise BadInput(
        "GITHUB_API_URL would send the token in the clear",
        where=f"GITHUB_API_URL: {parts.scheme or 'no scheme'}://{parts.hostname or ''}",
        fix="give an https:// address, or unset it",
    )


def _refuse_elsewhere(answer: Repository | Found, api: str) -> None:
    """The client follows addresses out of answers; the token goes to no other place than the one that was named."""
    if not answer.url.startswith(f"{api}/"):
        raise RemoteFailed(
            "GitHub's answer names an address outside its API",
            where=urlsplit(answer.url)._replace(query="", fragment="").geturl()[:200],
            fix="set GITHUB_API_URL as that server writes it itself",
        )


@contextmanager
def _reported(repository: str) -> Iterator[None]:
    try:
        yield
    except GithubException as error:
        data = error.data if isinstance(error.data, dict) else {}
        said = str(data.get("message") or "without a reason")
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
    except (RuntimeError, AssertionError, ValueError) as error:  # how the client speaks of odd answers
        raise RemoteFailed(
            f"GitHub's answer cannot be used: {str(error)[:200]}",
            where=repository,
            fix="check GITHUB_API_URL, then run it again",
        ) from error
