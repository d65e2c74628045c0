"""Lock files: two runs on one machine do not do the same thing at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infragate.domain.errors import Locked


@contextmanager
def turn(
    file: Path, refusal: Callable[[], Locked], *, patience: float = 0.0, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold a lock file; the operating system frees it when the process ends, however it ends.

    Args:
        refusal: makes the error; called only when the lock is not free in time.
        patience: seconds to wait for the other run.
        waiting: called once, before the wait begins.

    Raises:
        Locked: `refusal`, when another run still holds it.
    """
    import filelock  # imported here: many runs need no lock

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
