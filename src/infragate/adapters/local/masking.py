"""The secrets that this process knows: those of its environment, and the keys of every session that it has taken."""

from __future__ import annotations

from infragate.adapters.local import settings
from infragate.domain.redaction import Masker

_MASKER = Masker()  # one for the process: keys are renewed while a run goes on, in another thread


def masker() -> Masker:
    """Hides every secret that is known now, and from then on what is learned later."""
    learn(*settings.secrets())
    return _MASKER


def learn(*values: str | None) -> None:
    """Let no sink show these values from now on."""
    for value in values:
        _MASKER.add(value)
