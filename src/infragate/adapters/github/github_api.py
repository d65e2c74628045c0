"""A connection to GitHub's REST API, through PyGithub; its errors become InfragateErrors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from github import Auth, BadAttributeException, Github, GithubException, GithubIntegration
from github.Issue import Issue
from github.IssueComment import IssueComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.PullRequest import PullRequest
from github.Repository import Repository

from infragate.adapters.github import github_credentials, github_retry
from infragate.adapters.github.github_retry import USUAL, Persistence
from infragate.adapters.local import clock, masking, settings
from infragate.domain.errors import BadInput, RemoteFailed

API = "https://api.github.com"
PAGE = "docs/github.md, 'What it may do'"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_FIXES = {
    401: "the token, or the key of the App, is not valid or has expired: create a new one",
    403: "the token needs {need}; or its rate limit is used up: wait",
    410: "switch issues on in the settings of the repository",
    404: "check the repository name in infra/environments.yaml, the number if you gave one, and that the token has access",
    422: "GitHub refused the request: check that the branch is pushed and differs from its base",
}
# What PyGithub raises for responses that are not GitHub's.
_MALFORMED = (BadAttributeException, RuntimeError, AssertionError, ValueError, LookupError, TypeError, AttributeError)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A repository on GitHub, and until when failures are retried (`clock.monotonic`)."""

    repository: Repository
    deadline: float

    def settled(self, work: Callable[[], T]) -> T:
        """As `github_retry.settled`."""
        return github_retry.settled(work, self.deadline)

    def own_login(self) -> str:
        """The account that we write as. GET /user works for people only; this query also for Apps and the tokens of jobs."""

        def ask() -> str:
            with github_retry.write():  # it writes nothing, but it is a POST
                _, answer = self.repository.requester.graphql_query("query { viewer { login } }", {})
            return str(answer["data"]["viewer"]["login"])

        return self.settled(ask)


@contextmanager
def connection(name: str, *, need: str, persistence: Persistence = USUAL) -> Iterator[Connection]:
    """A repository, to be used inside of the block.

    Args:
        name: `owner/name`. need: the access that the token needs, for a message.
        persistence: how long failures are retried.

    Raises:
        BadInput: no token and no App, or GITHUB_API_URL is not https.
        RemoteFailed: GitHub refuses or cannot be reached.
    """
    credentials, api = github_credentials.read(), _api()
    deadline = clock.monotonic() + persistence.total
    options: dict[str, Any] = {
        "base_url": api,
        "timeout": persistence.request,
        "verify": settings.certificate_authorities() or True,
        "per_page": 100,
        "seconds_between_requests": None,  # a few requests, of which one or two write
        "seconds_between_writes": None,
        "user_agent": "infragate",
    }
    with _translated_errors(name, need):
        options["retry"] = github_retry.ReadRetry.until(deadline, persistence)
        token = credentials if isinstance(credentials, str) else _installation_token(credentials, deadline, options)
        client = Github(auth=Auth.Token(token), **options)
        repo = client.get_repo(name)
        refuse_foreign_address(repo)
        yield Connection(repository=repo, deadline=deadline)


def login(user: NamedUser | Organization | None) -> str:
    """The name of an account; a deleted one is null."""
    return "" if user is None else user.login


def refuse_foreign_address(response: Repository | PullRequest | Issue | IssueComment) -> None:
    """PyGithub follows addresses in responses; the token must only be sent to the configured API."""
    if not response.url.startswith(f"{_api()}/"):
        raise RemoteFailed(
            "GitHub's response refers to an address outside of the configured API",
            where=urlsplit(response.url)._replace(query="", fragment="").geturl()[:200],
            fix="set GITHUB_API_URL to the address that the server uses in its responses",
        )


def _installation_token(app: github_credentials.App, deadline: float, options: dict[str, Any]) -> str:
    """A token of the App for an hour; nothing that it is made of is ever printed."""
    try:
        auth = Auth.AppAuth(app.id, app.key)
        masking.learn(auth.create_jwt())
    except Exception:  # whatever the library says may quote the key
        where, fix = github_credentials.KEY_FILE, "download the App's private key again"
        raise BadInput("the private key of the GitHub App cannot be used", where=where, fix=fix) from None

    def create() -> str:
        with github_retry.write():  # a second token does no harm
            client = GithubIntegration(auth=auth, **options)
            return str(client.get_access_token(app.installation).token)

    token = github_retry.settled(create, deadline)
    masking.learn(token)
    return token


def is_local() -> bool:
    """True if the API is on this machine."""
    return urlsplit(_api()).hostname in _LOOPBACK


def _api() -> str:
    """The address of GitHub's API: https, or this machine."""
    url = (settings.read("GITHUB_API_URL") or API).rstrip("/")
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)):
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
            f"GitHub answered {error.status}: {message[:200]}", where=name, fix=_fix(error, need)
        ) from error
    except requests.exceptions.SSLError as error:
        fix = "name the file with your certificate authority in SSL_CERT_FILE"
        raise RemoteFailed("GitHub's certificate is not trusted here", where=name, fix=fix) from error
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


def _fix(error: GithubException, need: str) -> str:
    """With the permission that GitHub itself names, where it does."""
    headers = requests.structures.CaseInsensitiveDict(error.headers or {})
    accepted = headers.get("X-Accepted-GitHub-Permissions") or headers.get("X-Accepted-OAuth-Scopes")
    if error.status == 403 and accepted:
        either = " or ".join(part.strip().replace("=", ": ") for part in accepted.replace(",", ";").split(";"))
        return f"give the token the permission {either[:200]} ({PAGE})"
    return _FIXES.get(error.status, "run it again later; nothing else was changed").format(need=need)
