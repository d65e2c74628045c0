"""A request that a client repeats, because the answer was lost, gets the same answer and is not executed twice.

AWS's SDKs mark every call with an id that its repetitions share (`amz-sdk-invocation-id`, `amz-sdk-request:
attempt=2; max=3`). Without this a lock that was taken, and whose answer was lost on a busy machine, is refused to its
own holder.
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
        """Call the application, or repeat its answer if this call was made before."""
        call = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        if not call or environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return application(environ, start_response)
        found = _ATTEMPT.search(environ.get("HTTP_AMZ_SDK_REQUEST", ""))
        if found and int(found[1]) > 1 and call in self._answers:
            started, body = self._answers[call]
            _log.info(
                "repeated call answered as before: %s", environ.get("HTTP_X_AMZ_TARGET", environ.get("PATH_INFO"))
            )
            start_response(*started)
            return body
        return self._first(call, application, environ, start_response)

    def _first(self, call: str, application: Wsgi, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        given: list[tuple[Any, ...]] = []

        def note(*started: Any) -> Any:
            given.append(started)
            return start_response(*started)

        answer = application(environ, note)
        try:
            body = list(answer)
        finally:
            if (close := getattr(answer, "close", None)) is not None:
                close()
        if given and not str(given[-1][0]).startswith("5"):
            self._answers[call] = given[-1], body
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
        return body
