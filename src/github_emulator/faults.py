"""What can go wrong with a request: before it takes effect, after it took effect, or on the way back."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Fault:
    """For requests of a method whose path matches; `times` None for ever.

    Without a status the request is answered as always, after `delay` seconds, or the connection is cut.
    """

    method: str | None = None
    path: str = ""  # a regular expression, found anywhere in the path
    times: int | None = None
    status: int | None = None
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None  # instead of JSON with the message
    took_effect: bool = False  # the request is done all the same
    delay: float = 0.0
    cut: bool = False  # the connection is closed instead of an answer

    def take(self, method: str, path: str) -> bool:
        """True if it hits this request; a hit uses up one of `times`."""
        if self.times == 0 or self.method not in (None, method) or not re.search(self.path, path):
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def replaces_answer(self) -> bool:
        return self.cut or self.status is not None


def rate_limit(*, reset_in: float, times: int | None = None, path: str = "") -> Fault:
    """The hourly limit is used up."""
    headers = {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time() + reset_in)),
    }
    return Fault(status=403, message="API rate limit exceeded for user ID 1.", headers=headers, times=times, path=path)


def secondary_limit(*, retry_after: int | None, times: int | None = None, path: str = "") -> Fault:
    """Too much at a time."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(status=403, message=message, headers=headers, times=times, path=path)
