"""The guard's latest decisions, and the actions that it could not judge."""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

from aws_emulator.callers import Caller

KEPT = 20_000
log = logging.getLogger("aws_emulator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One decision. ``number`` counts up from 1; ``role`` is the ARN of the role, or of the user without one."""

    number: int
    account: str
    role: str
    action: str
    resource: str
    allowed: bool
    reason: str


class Records:
    """A bounded ring of decisions, safe to use from several threads."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._ring: deque[Record] = deque(maxlen=kept)
        self._count = 0
        self._unjudged: set[str] = set()

    def add(self, caller: Caller, action: str, resource: str, *, allowed: bool, reason: str) -> None:
        who = caller.principal
        with self._lock:
            self._count += 1
            record = Record(
                number=self._count,
                account=who.account,
                role=who.role_arn or who.arn,
                action=action,
                resource=resource,
                allowed=allowed,
                reason=reason,
            )
            self._ring.append(record)
        if not allowed:
            log.warning("denied %s %s on %s %s", caller.name, action, resource, reason)

    def add_unjudged(self, action: str) -> None:
        with self._lock:
            self._unjudged.add(action)

    def unjudged(self) -> list[str]:
        with self._lock:
            return sorted(self._unjudged)

    def since(self, number: int) -> dict[str, Any]:
        """Decisions after ``number``; ``lost`` is how many of them the ring has already dropped."""
        with self._lock:
            calls = [asdict(record) for record in self._ring if record.number > number]
            oldest = self._ring[0].number if self._ring else self._count + 1
            return {"next": self._count, "lost": max(0, oldest - number - 1), "calls": calls}
