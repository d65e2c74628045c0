"""Lock files: only one run on this machine does a thing at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from infragate.domain.errors import Locked


@contextmanager
def hold(
    file: Path, refusal: Callable[[], Locked], *, patience: float = 0.0, waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold a lock file. The operating system releases it when the process ends, also when it is killed.

    Args:
        refusal: makes the error; called only if the lock is not released in time.
        patience: seconds to wait for the other run.
        waiting: called once, before the wait begins.
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
