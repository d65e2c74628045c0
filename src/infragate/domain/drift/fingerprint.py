"""The fingerprint of drift: the same as long as the same things differ, so that the same drift is told once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infragate.domain.drift.report import DriftItem


def of(items: Iterable[DriftItem]) -> str:
    """sha256 over what differs and how; neither the order of items, fields and keys nor the time has a part in it."""
    rows = sorted(_text(row) for item in items for row in _rows(item))
    return hashlib.sha256(_text(rows).encode()).hexdigest()


def _rows(item: DriftItem) -> list[list[Any]]:
    """A row for each field; one for an item without any."""
    about = [item.address, item.cause, item.action, sorted(item.marks)]
    return [[*about, field.path, field.before, field.after] for field in item.fields] or [about]


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
