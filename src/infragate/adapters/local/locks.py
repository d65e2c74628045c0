"""Turns: what two runs of one machine must not do at the same time, kept by a lock file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infragate.domain.errors import Locked


@contextmanager
def turn(
    file: Path, refusal: Callable[[], Locked], *, patience: float = 0.0, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold a lock file; the system frees it however the process ends.

    Args:
        refusal: makes the error of a turn that was not had; called only then.
        patience: seconds to wait for the run that is at it.
        waiting: called once, before waiting.

    Raises:
        Locked: `refusal`, when another run still holds it.
    """
    import filelock  # only here: many runs need no turn

    lock = filelock.FileLock(file)
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            if waiting:
                waiting()
            lock.acquire(timeout=patience)
    except filelock.Timeout:
        raise refusal() from None
    try:
        yield
    finally:
        lock.release()
