"""Suggests the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, or None."""
    matches = difflib.get_close_matches(word[:80], list(known), n=1, cutoff=0.5)
    return matches[0] if matches else None


def choice(word: str, known: Iterable[str], *, flag: str = "") -> str:
    """The advice for an unknown name: the one that was probably meant, else all of them."""
    names = [name for name in known if name]
    hint = nearest(word, names)
    return f"did you mean {flag}{hint}?" if hint else f"use one of: {', '.join(names)}"
