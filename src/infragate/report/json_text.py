"""Writes values as JSON with all digits of every number: Terraform's numbers may have more than a float."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


@dataclass(frozen=True, slots=True)
class Later:
    """A part of a document that is built when it is written, so that a large document is never completely in memory."""

    make: Callable[[], Any]


def document(value: Any) -> bytes:
    """A document as UTF-8, indented by two spaces; values are written as by `written`."""
    try:
        return orjson.dumps(value, default=_foreign, option=_OPTIONS)
    except TypeError:  # a file name that is not UTF-8, or an integer of more than 64 bits
        return written(value, step="  ").encode("utf-8", "backslashreplace")


def _foreign(value: Any) -> Any:
    if isinstance(value, Later):
        return value.make()
    return orjson.Fragment(_digits(value)) if isinstance(value, Decimal) else str(value)


def _digits(number: Decimal) -> str:
    """All digits; with an exponent only where it replaces hundreds of zeros."""
    return f"{number:f}" if abs(number.adjusted()) < 400 else str(number)


def written(value: Any, *, step: str = "", margin: str = "\n") -> str:
    """As `json.dumps`, but a Decimal keeps all digits, and values of unknown types become their `str`.

    Args:
        step: indentation of each level; "" for everything on one line.
        margin: line break and indentation of the value itself.
    """
    if isinstance(value, Later):
        value = value.make()
    if isinstance(value, Decimal):
        return _digits(value)
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
