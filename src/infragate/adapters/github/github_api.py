"""A connection to GitHub's REST API, through PyGithub; its errors become InfragateErrors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import requests
from github import Auth, BadAttributeException, Github, GithubException, GithubRetry
from github.PullRequest import PullRequest
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
    403: "the token needs {need}; or its rate limit is used up: wait",
    404: "check the repository name in infra/environments.yaml, and that the token has access to it",
    422: "GitHub refused the request: check that the branch is pushed and differs from its base",
}
# What PyGithub raises for responses that are not GitHub's.
_MALFORMED = (BadAttributeException, RuntimeError, AssertionError, ValueError, LookupError, TypeError, AttributeError)


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


@contextmanager
def repository(name: str, *, need: str) -> Iterator[Repository]:
    """A repository, to be used inside of the block.

    Args:
        name: `owner/name`. need: the access that the token needs, for a message.

    Raises:
        BadInput: GITHUB_TOKEN is not set, or GITHUB_API_URL is not https.
        RemoteFailed: GitHub refuses or cannot be reached.
    """
    auth, api = Auth.Token(token()), _api()
    with _translated_errors(name, need):
        client = Github(
            auth=auth,
            base_url=api,
            timeout=_TIMEOUT,
            retry=_RETRY,
            per_page=100,
            seconds_between_requests=None,  # a few requests, of which at most one writes
            seconds_between_writes=None,
            user_agent="infragate",
        )
        repo = client.get_repo(name)
        refuse_foreign_address(repo)
        yield repo


def refuse_foreign_address(response: Repository | PullRequest) -> None:
    """PyGithub follows addresses in responses; the token must only be sent to the configured API."""
    if not response.url.startswith(f"{_api()}/"):
        raise RemoteFailed(
            "GitHub's response refers to an address outside of the configured API",
            where=urlsplit(response.url)._replace(query="", fragment="").geturl()[:200],
            fix="set GITHUB_API_URL to the address that the server uses in its responses",
        )


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


@contextmanager
def _translated_errors(name: str, need: str) -> Iterator[None]:
    try:
        yield
    except GithubException as error:
        data = error.data if isinstance(error.data, dict) else {}
        message = str(data.get("message") or "no message")
        raise RemoteFailed(
            f"GitHub answered {error.status}: {message[:200]}",
            where=name,
            fix=_FIXES.get(error.status, "run it again later; nothing else was changed").format(need=need),
        ) from error
    except requests.RequestException as error:
        raise RemoteFailed(
            "GitHub cannot be reached",
            where=name,
            fix="check the network and GITHUB_API_URL, then run it again",
        ) from error
    except _MALFORMED as error:
        raise RemoteFailed(
            f"unusable response from GitHub: {str(error)[:200]}",
            where=name,
            fix="check GITHUB_API_URL, then run it again",
        ) from error
