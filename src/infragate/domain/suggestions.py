"""Suggests the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    matches = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None
