"""The state of the emulated Slack."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from github_emulator.faults import Fault

TOKEN = "xoxb-1234-of-the-emulator"  # noqa: S105 - it opens nothing but the emulator
WEBHOOK = "/services/T0000/B0000/SecretOfTheEmulator"
CRITICAL, WARNING = "#fileflow-alerts", "#fileflow-drift"


@dataclass(kw_only=True)
class Said:
    """A message. `thread`: the one that it replies to; `edits`: how often it was changed."""

    channel: str  # its id; "" through the webhook
    ts: str
    text: str
    blocks: list[dict[str, Any]]
    metadata: dict[str, Any] = field(default_factory=dict)
    thread: str = ""
    edits: int = 0


@dataclass
class Slack:
    """One workspace with one app."""

    url: str = ""
    channels: dict[str, str] = field(default_factory=lambda: {"C0CRITICAL": CRITICAL, "C0WARNING": WARNING})
    scopes: set[str] = field(default_factory=lambda: {"chat:write", "channels:history", "channels:read"})
    messages: list[Said] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    chance: Callable[[str], Fault | None] | None = None  # a fault for a path, or none
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path and headers of each request
    guard: threading.Lock = field(default_factory=threading.Lock)
    _clock: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.take("POST", path):
                return fault
        return self.chance(path) if self.chance else None

    def stamp(self) -> str:
        return f"{int(time.time())}.{next(self._clock):06}"

    @property
    def opened(self) -> list[Said]:
        """Messages that are no replies."""
        return [message for message in self.messages if not message.thread]

    @property
    def replies(self) -> list[Said]:
        return [message for message in self.messages if message.thread]

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]
