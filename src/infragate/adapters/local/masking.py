"""The secrets that this process hides in its output: those in its environment, and the keys of its AWS sessions."""

from __future__ import annotations

from infragate.adapters.local import settings
from infragate.domain.redaction import Masker

_MASKER = Masker()  # shared by all threads: one of them renews keys during a run


def masker() -> Masker:
    """The masker of this process; it also hides values that `learn` adds later."""
    learn(*settings.secrets())
    return _MASKER


def learn(*values: str | None) -> None:
    """Hide these values in all output from now on."""
    for value in values:
        _MASKER.add(value)
