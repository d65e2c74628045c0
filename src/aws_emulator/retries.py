"""Answers a retried request with the first answer instead of executing it twice.

AWS's SDKs send an id that all attempts of a call share (`amz-sdk-invocation-id`, `amz-sdk-request: attempt=2; max=3`).
Without this a client whose answer was lost on a busy machine could be refused the state lock that it holds.
"""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

_KEPT = 256
_ATTEMPT = re.compile(r"\battempt=(\d+)")
_log = logging.getLogger("aws_emulator")

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Retries:
    """The last answers to calls that change something. Not thread-safe: the caller makes one call at a time."""

    def __init__(self) -> None:
        self._answers: OrderedDict[str, tuple[tuple[Any, ...], list[bytes]]] = OrderedDict()

    def once(self, application: Wsgi, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Call the application, or repeat its answer to an earlier attempt."""
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not call or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return application(environ, start_response)
        attempt = _ATTEMPT.search(environ.get("HTTP_AMZ_SDK_REQUEST", ""))
        if attempt and int(attempt[1]) > 1 and call in self._answers:
            started, body = self._answers[call]
            _log.info(
                "retried call gets the first answer: %s", environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO"))
            )
            start_response(*started)
            return body
        return self._first(call, application, environ, start_response)

    def _first(self, call: str, application: Wsgi, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        starts: list[tuple[Any, ...]] = []

        def recording(*started: Any) -> Any:
            starts.append(started)
            return start_response(*started)

        answer = application(environ, recording)
        try:
            body = list(answer)
        finally:
            if (close := getattr(answer, "close", None)) is not None:
                close()
        if starts and not str(starts[-1][0]).startswith("5"):
            self._answers[call] = starts[-1], body
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return body
