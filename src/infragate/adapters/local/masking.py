"""Secrets known to this process: those in its environment, and the keys of every AWS session it has opened."""

from __future__ import annotations

from infragate.adapters.local import settings
from infragate.domain.redaction import Masker

_MASKER = Masker()  # one per process: another thread renews keys during a run


def masker() -> Masker:
    """The masker of this process; it also hides secrets that are learned later."""
    learn(*settings.secrets())
    return _MASKER


def learn(*values: str | None) -> None:
    """Hide these values in all output from now on."""
    for value in values:
        _MASKER.add(value)
