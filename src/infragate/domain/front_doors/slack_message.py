"""A message for Slack, and what is told of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Blocks of Slack's Block Kit.

    Attributes:
        text: for notifications, and where blocks cannot be shown.
    """

    text: str
    blocks: tuple[dict[str, Any], ...]
