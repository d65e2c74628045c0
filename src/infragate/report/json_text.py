"""Values as JSON text, every number as it was written: Terraform's may have more digits than a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def written(value: Any, *, step: str = "", margin: str = "\n") -> str:
    """What `json.dumps` writes, and a Decimal digit for digit. What JSON does not know is written as its `str`.

    Args:
        step: indentation of each level; "" for everything on one line.
        margin: line break and indentation of the value itself.
    """
    if isinstance(value, Decimal):
        return f"{value:f}"
    if not isinstance(value, (dict, list, tuple)):
        return json.dumps(value, ensure_ascii=False, default=str)
    inner = margin + step
    entries = [
        written(entry, step=step, margin=inner) for entry in (value.values() if isinstance(value, dict) else value)
    ]
    begin, end = "[", "]"
    if isinstance(value, dict):
        begin, end = "{", "}"
        entries = [
            f"{json.dumps(str(key), ensure_ascii=False)}: {text}" for key, text in zip(value, entries, strict=True)
        ]
    if not entries or not step:
        return begin + ", ".join(entries) + end
    return begin + inner + ("," + inner).join(entries) + margin + end
