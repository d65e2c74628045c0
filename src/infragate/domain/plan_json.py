"""Parses the output of `terraform show -json`, and refuses what cannot be trusted.

orjson parses 39 MB in half a second, but stores numbers as doubles or 64-bit integers. Terraform's numbers may have more
digits; a document with such a number is parsed by the standard library, with Decimal in place of float.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed

LEVELS = 200  # the deepest nesting of a change's values: the code that reads and writes them is recursive
_LONG_NUMBER = re.compile(rb"[:,\[]\s*(-?[0-9]+(?:[.eE][0-9.eE+-]+|(?<=[0-9]{16})))")


def untrusted(why: str) -> ToolFailed:
    """The error for a plan's JSON that cannot be trusted."""
    return ToolFailed(
        f"the plan's JSON cannot be trusted: {why}",
        where="terraform show -json",
        fix=(Command("tools-install"), ", then plan again"),
    )


def parse(data: bytes) -> Any:
    """The document in Terraform's output, every number with all its digits.

    Raises:
        ToolFailed: not JSON, or it contains NaN or Infinity.
    """
    try:
        # A number inside a string may select the slower parser; the result is the same.
        return orjson.loads(data) if all(map(_is_exact, set(_LONG_NUMBER.findall(data)))) else exact(data.decode())
    except (ValueError, RecursionError) as broken:
        raise untrusted(f"not JSON ({type(broken).__name__})") from None


def exact(text: str) -> Any:
    """Parse JSON with all digits of every number: as int or Decimal.

    Raises:
        ValueError: not JSON.
        RecursionError: nested too deeply.
    """
    return json.loads(text, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse)


def refuse_deep(value: Any, where: str) -> None:
    """Refuse a value that is nested too deeply to be read and printed.

    Raises:
        ToolFailed: nested more than LEVELS deep.
    """
    if not is_shallow(value, LEVELS):
        raise untrusted(f"{where} is nested more than {LEVELS} levels deep")


def is_shallow(value: Any, levels: int) -> bool:
    """True if the value is nested at most `levels` deep."""
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(
        is_shallow(entry, levels - 1) for entry in inside if isinstance(entry, (dict, list)) and entry
    )


def _is_exact(number: bytes) -> bool:
    """True if orjson keeps all its digits."""
    if number.lstrip(b"-").isdigit():
        return len(number) <= 18
    try:
        return repr(float(number)) == number.decode()
    except ValueError:  # part of a string: an address, a version
        return True


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 18 else Decimal(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
