"""Removes secrets from output: by Terraform's `*_sensitive` masks and by known values.

The JSON of a plan contains every secret in clear text (one value up to 14 times), so values are hidden before they
reach a report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

SENSITIVE = "(sensitive value)"
MASK = "***"
# C0 (but tab and newline), DEL and C1 control characters, and the escapes of bidirectional text.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")


def redact(value: Any, mask: Any) -> Any:
    """Replace every part of `value` that `mask` marks.

    Args:
        mask: Terraform's mask: True hides all, False and None hide nothing, an object or a list marks parts. Any other
            shape hides all.
    """
    if mask is None or mask is False or (isinstance(mask, (dict, list)) and not mask):
        return value
    if isinstance(mask, dict) and isinstance(value, dict):
        return {key: redact(entry, mask[key]) if key in mask else entry for key, entry in value.items()}
    if isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
        padded = [*mask, *[None] * (len(value) - len(mask))]
        return [redact(entry, marked) for entry, marked in zip(value, padded, strict=True)]
    if value is None and not mask_marks_something(mask):
        return None
    return SENSITIVE


def mask_marks_something(mask: Any) -> bool:
    """True if the mask marks anything; an unknown shape counts as marked."""
    if isinstance(mask, dict):
        return any(map(mask_marks_something, mask.values()))
    if isinstance(mask, list):
        return any(map(mask_marks_something, mask))
    return mask is not None and mask is not False


def plain(text: str) -> str:
    """The text without terminal escapes and control characters."""
    return CONTROL.sub("", ESCAPE.sub("", text))


def without_commands(text: str) -> str:
    """The text with GitHub's log commands made inert (`::name::` at the start of a line, `##[name]` anywhere)."""
    lines = []
    for line in text.split("\n"):
        harmless = line.replace("::", ":\u200b:") if line.lstrip().startswith("::") else line
        lines.append(harmless.replace("##[", "##\u200b["))
    return "\n".join(lines)


class Masker:
    """Hides known secret values in texts."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for value in values:
            self.add(value)

    def add(self, value: str | None) -> None:
        """Hide this value, also without control characters and JSON-escaped.

        Values under 8 characters are not hidden: they would hide ordinary words too.
        """
        for form in {value, plain(value)} if value else ():
            if len(form) >= 8:
                self._values |= {form, *(json.dumps(form, ensure_ascii=only)[1:-1] for only in (True, False))}

    def mask(self, text: str) -> str:
        """The text with every known secret replaced."""
        for value in sorted(self._values, key=len, reverse=True):
            text = text.replace(value, MASK)
        return text

    def mask_bytes(self, data: bytes) -> bytes:
        """As `mask`, for UTF-8 bytes."""
        for value in sorted(self._values, key=len, reverse=True):
            data = data.replace(value.encode("utf-8", "backslashreplace"), MASK.encode())
        return data
