"""What an install says while it goes on: downloads by quarters, silent programs by the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from infragate.adapters.local import clock
from infragate.domain.command import Say

QUARTERS = 4
DOWNLOAD_SILENCE = 5.0  # seconds
PROGRAM_SILENCE = 30.0


class Steps:
    """Reports a download at every quarter, and whenever DOWNLOAD_SILENCE has passed."""

    def __init__(self, name: str, say: Say) -> None:
        self.name, self.say, self.quarter, self.reported = name, say, 0, clock.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        quarter = QUARTERS * done // total if total else 0
        due = quarter > self.quarter or clock.monotonic() - self.reported > DOWNLOAD_SILENCE
        if not due or done == total:
            return
        self.quarter, self.reported = quarter, clock.monotonic()
        share = f" of {total / 1e6:.1f} MB ({100 * done // total}%)" if total else " MB"
        self.say(f"{self.name}: {done / 1e6:.1f}{share}")


@contextmanager
def alive(begin: str, doing: str, say: Say, *, silence: float = PROGRAM_SILENCE) -> Iterator[None]:
    """Say what begins, and every `silence` seconds that it goes on: compilers say nothing for minutes."""
    ended = threading.Event()

    def report() -> None:
        began = clock.monotonic()
        while not ended.wait(silence):
            say(f"{doing}, {clock.monotonic() - began:.0f} s")

    say(begin)
    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
