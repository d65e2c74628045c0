"""Advice as text, for assertions."""

from __future__ import annotations

from infragate.domain.command import DEFAULT_CALLER, Advice


def spell(text: Advice | None) -> str | None:
    """The text, with its commands as `infragate` is called by default. None stays None."""
    return None if text is None else DEFAULT_CALLER.spell(text)
