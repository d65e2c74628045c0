"""Replaces functions of moto and botocore by the emulator's own."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def replace(owner: Any, name: str, value: Any) -> None:
    setattr(owner, name, value)


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by a wrapper that ``make`` builds around the original."""
    original = getattr(owner, name)
    replace(owner, name, functools.wraps(original)(make(original)))
