"""The bytes of `terraform show -json` as values, and which of them cannot be trusted.

orjson takes 39 MB in half a second, but it keeps a number as a double or in 64 bits. Terraform's numbers may have more
digits than that, so a document with such a number is read by the standard library, with Decimal in place of float.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed

LEVELS = 200  # how deep the values of a change may be nested: what reads and writes them is recursive
_LONG_NUMBER = re.compile(rb"[:,\[]\s*(-?[0-9]+(?:[.eE][0-9.eE+-]+|(?<=[0-9]{16})))")


def untrusted(why: str) -> ToolFailed:
    """The error for a plan's JSON that is not what it must be."""
    return ToolFailed(
        f"the plan's JSON cannot be trusted: {why}",
        where="terraform show -json",
        fix=(Command("tools-install"), ", then plan again"),
    )


def parse(data: bytes) -> Any:
    """The document in Terraform's output, every number with all its digits.

    Raises:
        ToolFailed: it is no JSON, or holds NaN or Infinity.
    """
    try:
        # What looks like a number inside a string costs time at most: the slow way reads the same.
        return orjson.loads(data) if all(map(_is_exact, set(_LONG_NUMBER.findall(data)))) else exact(data.decode())
    except (ValueError, RecursionError) as broken:
        raise untrusted(f"it is no JSON ({type(broken).__name__})") from None


def exact(text: str) -> Any:
    """JSON with every number as it is written: an int, or a Decimal.

    Raises:
        ValueError: it is no JSON. RecursionError: it is nested too deeply.
    """
    return json.loads(text, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse)


def refuse_deep(value: Any, where: str) -> None:
    """Refuse what reading and printing could not follow to its end.

    Raises:
        ToolFailed: it is nested more than LEVELS deep.
    """
    if not is_shallow(value, LEVELS):
        raise untrusted(f"{where} is nested more than {LEVELS} levels deep")


def is_shallow(value: Any, levels: int) -> bool:
    """True if no value lies deeper than so many levels."""
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(
        is_shallow(entry, levels - 1) for entry in inside if isinstance(entry, (dict, list)) and entry
    )


def _is_exact(number: bytes) -> bool:
    """True if orjson keeps every digit of it."""
    if number.lstrip(b"-").isdigit():
        return len(number) <= 18
    try:
        return repr(float(number)) == number.decode()
    except ValueError:  # part of a string: an address, a version
        return True


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 18 else Decimal(digits)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
