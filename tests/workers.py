"""How the processes that run tests are set: signals, garbage, and the order of files."""

from __future__ import annotations

import gc
import signal
from collections.abc import Sequence

import pytest


def interruptible() -> None:
    """Let Ctrl-C reach us: a shell lets its background jobs ignore it, and no verb that they start could be interrupted."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def seldom_collect() -> None:
    """Python would look through all that moto keeps for garbage, again and again: an eighth of the tests' time."""
    gc.set_threshold(500_000, 20, 20)


def collect_once() -> None:
    """pytest looks for garbage five times before it ends: once through what is new, not through all that moto keeps."""
    gc.collect(1)
    gc.freeze()


def begin_with(names: Sequence[str], items: list[pytest.Item]) -> None:
    """Hand files out in this order (noxfile.py keeps xdist from sorting them by number of tests).

    The longest are first: begun late, one of them would keep a worker busy alone at the end.
    """
    places = {name: place for place, name in enumerate(names)}
    items.sort(key=lambda item: places.get(item.path.stem, len(names)))
