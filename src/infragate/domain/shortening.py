"""Shortens long texts for the screen."""

from __future__ import annotations


def cut(text: str, limit: int) -> str:
    """The text, without its middle if it is longer: the cause is often at the end."""
    if len(text) <= limit:
        return text
    head = (limit - 5) * 2 // 5
    return f"{text[:head]} ... {text[len(text) - (limit - 5 - head) :]}"
