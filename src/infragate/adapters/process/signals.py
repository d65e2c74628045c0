"""The only owner of signal handlers: how SIGINT, SIGTERM and SIGHUP reach this process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from infragate.domain.errors import Interrupted, ToolFailed


class Terminated(BaseException):
    """SIGTERM as an exception, as KeyboardInterrupt is SIGINT."""


_passed_on: list[int] = []  # the signal that ended the work of the main thread, while other threads still work


class DeferredSignals:
    """Records SIGINT and SIGTERM while the block runs, instead of raising an exception.

    An exception could be raised between the start of a child and the wait for it, and nobody would end the child.
    """

    def __init__(self) -> None:
        self.received: list[int] = []
        self.handled = False
        self.previous: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if _is_main():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self.previous[number] = signal.signal(number, lambda number, _frame: self.received.append(number))
        return self

    def take(self) -> int | None:
        """The first signal, if any. The caller handles it: it is not raised again at the end of the block.

        Signals reach the main thread only; to another thread comes what `passed_on` passes on.
        """
        if threading.current_thread() is not threading.main_thread():
            return _passed_on[0] if _passed_on else None
        self.handled = self.handled or bool(self.received)
        return self.received[0] if self.received else None

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            signal.signal(number, handler)
        if self.received and not self.handled:
            signal.raise_signal(self.received[0])


@contextmanager
def passed_on(ended: BaseException) -> Iterator[None]:
    """While the block waits for other threads, their children end as on the signal that ended the main thread's work.

    Args:
        ended: what did; anything but SIGTERM counts as SIGINT.
    """
    _passed_on.append(signal.SIGTERM if isinstance(ended, Terminated) else signal.SIGINT)
    try:
        with ignored():
            yield
    finally:
        _passed_on.clear()


def raise_on_sigterm() -> None:
    """Raise Terminated on SIGTERM, so that it unwinds the program as Ctrl-C does."""

    def on_term(_number: int, _frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, on_term)


def ignore_hangup() -> None:
    """Go on when the terminal is closed: an apply that has begun must end and be recorded."""
    if _is_main():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def time_limit(seconds: float, *, what: str) -> Iterator[None]:
    """End this run as SIGTERM does when the time is over: children get it, and Terraform saves its state.

    Raises:
        ToolFailed: the time was over.
    """
    over = threading.Event()

    def end(_number: int, _frame: object) -> None:
        over.set()
        signal.raise_signal(signal.SIGTERM)

    previous = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except (Terminated, Interrupted) as ended:
        if not over.is_set():
            raise
        message = f"{what} took more than {seconds / 60:g} minutes and was ended"
        raise ToolFailed(message, where=what, fix=ended.fix if isinstance(ended, Interrupted) else None) from ended
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore SIGINT and SIGTERM for the few seconds in which a result is recorded."""
    numbers = (signal.SIGINT, signal.SIGTERM) if _is_main() else ()
    previous = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _is_main() -> bool:
    """True in the only thread that gets signals, and that may say what they do."""
    return threading.current_thread() is threading.main_thread()
