"""The only owner of GitHub's API (REST, through PyGithub); its errors become InfragateErrors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from github import Auth, Github, GithubException, GithubRetry
from github.PullRequest import PullRequest as GithubPullRequest
from github.Repository import Repository

from infragate.adapters.local import settings
from infragate.domain.errors import BadInput, RemoteFailed

API = "https://api.github.com"
_TIMEOUT = 30
# Reads are retried for a few seconds. Writes are not: if a response was lost, the next run finds the pull request. We
# neither wait for a rate limit to be reset nor follow Retry-After.
_RETRY = GithubRetry(
    total=3,
    backoff_factor=0.3,
    allowed_methods=["GET"],
    raise_on_status=False,
    respect_retry_after_header=False,
    max_rate_limit_wait=10,
)
_FIXES = {
    401: "GITHUB_TOKEN is not valid or has expired: create a new one",
    403: "the token needs write access to contents and pull requests; or its rate limit is used up: wait",
    404: "check the repository name in infra/environments.yaml, and that the token has access to it",
    422: "GitHub refused the request: check that the branch is pushed and differs from its base",
}


def token() -> str:
    """The value of GITHUB_TOKEN."""
    value = settings.read("GITHUB_TOKEN")
    if value is None:
        raise BadInput(
            "GITHUB_TOKEN is not set",
            where="environment",
            fix="export GITHUB_TOKEN=..., or open the pull request by hand",
        )
    return value


def open_pull_request(repository: str, *, branch: str, base: str | None, title: str, body: str) -> str:
    """Open a pull request, or update the open one of the same branch; returns its address.

    Args:
        repository: `owner/name`; base: None for the repository's default branch.

    Raises:
        BadInput: GITHUB_TOKEN is not set, or GITHUB_API_URL is not https.
        RemoteFailed: GitHub refuses or cannot be reached.
    """
    auth, api = Auth.Token(token()), _api()
    with _translated_errors(repository):
        client = Github(
            auth=auth,
            base_url=api,
            timeout=_TIMEOUT,
            retry=_RETRY,
            seconds_between_requests=None,  # three requests, of which one writes
            seconds_between_writes=None,
            user_agent="infragate",
        )
        repo = client.get_repo(repository)
        _refuse_foreign_address(repo, api)
        owner = repository.partition("/")[0]
        for pull in repo.get_pulls(state="open", head=f"{owner}:{branch}").get_page(0):
            _refuse_foreign_address(pull, api)
            pull.edit(title=title, body=body)
            return pull.html_url
        return repo.create_pull(base=base or repo.default_branch, head=branch, title=title, body=body).html_url


def _api() -> str:
    """The address of GitHub's API: https, or this machine."""
    url = (settings.read("GITHUB_API_URL") or API).rstrip("/")
    parts = urlsplit(url)
    if parts.hostname and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost"))
    ):
        return url
    raise BadInput(
        "GITHUB_API_URL would send the token without encryption",
        where=f"GITHUB_API_URL: {parts.scheme or 'no scheme'}://{parts.hostname or ''}",
        fix="give an https:// address, or unset it",
    )


def _refuse_foreign_address(response: Repository | GithubPullRequest, api: str) -> None:
    """PyGithub follows addresses in responses; the token must only be sent to the configured API."""
    if not response.url.startswith(f"{api}/"):
        raise RemoteFailed(
            "GitHub's response refers to an address outside of the configured API",
            where=urlsplit(response.url)._replace(query="", fragment="").geturl()[:200],
            fix="set GITHUB_API_URL to the address that the server uses in its responses",
        )


@contextmanager
def _translated_errors(repository: str) -> Iterator[None]:
    try:
        yield
    except GithubException as error:
        data = error.data if isinstance(error.data, dict) else {}
        message = str(data.get("message") or "no message")
        raise RemoteFailed(
            f"GitHub answered {error.status}: {message[:200]}",
            where=repository,
            fix=_FIXES.get(error.status, "run it again later; nothing else was changed"),
        ) from error
    except requests.RequestException as error:
        raise RemoteFailed(
            "GitHub cannot be reached",
            where=repository,
            fix="check the network and GITHUB_API_URL, then run it again",
        ) from error
    except (RuntimeError, AssertionError, ValueError) as error:  # PyGithub's errors for malformed responses
        raise RemoteFailed(
            f"unusable response from GitHub: {str(error)[:200]}",
            where=repository,
            fix="check GITHUB_API_URL, then run it again",
        ) from error
