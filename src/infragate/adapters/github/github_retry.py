"""How failures of GitHub are retried: reads are repeated; a write is repeated only after a look at what it did."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

import requests
from github import GithubException, GithubRetry
from urllib3.connectionpool import ConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util.retry import Retry

from infragate.adapters.local import clock

WAIT = 15.0  # seconds; nobody waits longer for a limit to be reset
PAUSE = 0.3  # seconds after the first failure, then twice as long each time
_READS, _WRITES = 3, 6  # further tries of a read; tries of a write
_LIMITED = (403, 429)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Persistence:
    """How long failures of GitHub are retried.

    Attributes:
        total: seconds from the first request of a connection after which nothing is tried again.
        request: seconds without an answer after which a request has failed.
    """

    total: float
    request: int


USUAL = Persistence(total=60.0, request=20)


class UnsureError(Exception):
    """A write failed in a way that may pass; it may have taken effect."""

    def __init__(self, error: GithubException | requests.RequestException) -> None:
        super().__init__(str(error))
        self.error = error


class ReadRetry(GithubRetry):
    """Repeats reads, unless the wait that GitHub demands is longer than we have: then its answer is the error."""

    def __init__(self, deadline: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.deadline = deadline

    @classmethod
    def until(cls, deadline: float, persistence: Persistence) -> ReadRetry:
        return cls(
            deadline,
            total=_READS,
            backoff_factor=PAUSE,
            allowed_methods=["GET"],
            status_forcelist=[429, *range(500, 600)],
            raise_on_status=False,
            max_rate_limit_wait=min(WAIT, persistence.total),
        )

    def new(self, **options: Any) -> ReadRetry:
        return super().new(**{"deadline": self.deadline, **options})

    def increment(  # type: ignore[override]  # as in GithubRetry
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        left = self.deadline - clock.monotonic()
        if response is not None and _demanded_wait(response.headers) > min(WAIT, left):
            raise GithubException(response.status, _body(response, url), dict(response.headers))
        if error is not None and left <= 0:
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


@contextmanager
def write() -> Iterator[None]:
    """Around one request that writes.

    Raises:
        UnsureError: it failed, and it is worth looking and trying again.
    """
    try:
        yield
    except (GithubException, requests.RequestException) as error:
        if _may_pass(error):
            raise UnsureError(error) from error
        raise


def settled(work: Callable[[], T], deadline: float) -> T:
    """Run `work` until no write in it fails, for as long as there is time.

    Args:
        work: looks first at what is there, and writes (in `write`) only what is missing.
    """
    import tenacity

    def wait(state: tenacity.RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        answer = failed.error if isinstance(failed, UnsureError) else None
        demanded = _demanded_wait(answer.headers) if isinstance(answer, GithubException) else 0.0
        return max(demanded, tenacity.wait_random_exponential(multiplier=PAUSE, max=WAIT)(state))

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(UnsureError),
        wait=wait,
        stop=tenacity.stop_after_attempt(_WRITES) | tenacity.stop_before_delay(deadline - clock.monotonic()),
        sleep=clock.sleep,
        reraise=True,
    )
    try:
        return retrying(work)
    except UnsureError as unsure:
        raise unsure.error from None


def _may_pass(error: GithubException | requests.RequestException) -> bool:
    if isinstance(error, requests.RequestException):
        return not isinstance(error, requests.exceptions.SSLError)
    if error.status in _LIMITED:
        return 0 < _demanded_wait(error.headers) <= WAIT
    return error.status >= 500 and _demanded_wait(error.headers) <= WAIT


def _demanded_wait(headers: Mapping[str, str] | None) -> float:
    """The seconds that GitHub demands before the next request; 0 if it names none."""
    value = requests.structures.CaseInsensitiveDict(headers or {}).get("Retry-After", "")
    return float(value) if value.isdigit() else 0.0


def _body(response: HTTPResponse, url: str | None) -> Any:
    try:
        return json.loads(ReadRetry.get_content(response, url or ""))
    except ValueError:
        return None
