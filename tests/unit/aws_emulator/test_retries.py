"""A call that a client repeats is done once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aws_emulator.retries import Retries


class Counter:
    """An application whose answer says how often it was asked."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status, self.asked = status, 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        start_response(self.status, [("X", "y")])
        return [str(self.asked).encode()]


def ask(
    retries: Retries, application: Counter, attempt: int, call: str = "one", method: str = "POST"
) -> tuple[str, bytes]:
    started: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "HTTP_AMZ_SDK_INVOCATION_ID": call,
        "HTTP_AMZ_SDK_REQUEST": f"attempt={attempt}; max=3",
    }
    body = retries.once(application, environ, lambda status, _headers: started.append(status))
    return started[0], b"".join(body)


def test_a_repeated_call_gets_the_answer_of_the_first() -> None:
    retries, application = Retries(), Counter("400 Bad Request")
    assert ask(retries, application, 1) == ask(retries, application, 2) == ("400 Bad Request", b"1")
    assert application.asked == 1


def test_another_call_is_done() -> None:
    retries, application = Retries(), Counter()
    assert [ask(retries, application, 1, call)[1] for call in ("one", "two")] == [b"1", b"2"]


def test_a_first_attempt_is_always_done() -> None:
    retries, application = Retries(), Counter()
    assert [ask(retries, application, 1)[1] for _ in range(2)] == [b"1", b"2"]


def test_a_call_that_failed_in_the_emulator_is_tried_again() -> None:
    retries, application = Retries(), Counter("500 Internal Server Error")
    assert [ask(retries, application, attempt)[1] for attempt in (1, 2)] == [b"1", b"2"]


def test_reading_is_never_answered_from_memory() -> None:
    retries, application = Retries(), Counter()
    assert [ask(retries, application, attempt, method="GET")[1] for attempt in (1, 2)] == [b"1", b"2"]
