"""Parsing the output of `terraform show -json` without losing a digit.

orjson reads 39 MB in half a second, but keeps a number as a double or in 64 bits. Terraform's numbers may have more
digits; a document with such a number is read by the standard library, with Decimal in place of float.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from typing import Any, NoReturn

import orjson

from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed
from infragate.domain.shortening import cut

_WRAPPER = b"[command]"
_BOM, _UTF16 = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")
LEVELS = 200  # the deepest nesting of a change: the code that reads and writes it is recursive
_TEXT_LEVELS = 50  # the deepest nesting of a document in a string; policies need far less
_LONG_NUMBER = re.compile(rb"[:,\[]\s*(-?[0-9]+(?:[.eE][0-9.eE+-]+|(?<=[0-9]{16})))")


def untrusted(why: str) -> ToolFailed:
    """The error for unusable plan JSON."""
    return ToolFailed(
        f"the plan's JSON cannot be trusted: {why}",
        where="terraform show -json",
        fix=("use Terraform itself, not a wrapper around it: ", Command("tools-install")),
    )


def parse(data: bytes) -> Any:
    """Parse Terraform's output; every number keeps all its digits.

    Raises:
        ToolFailed: it is not JSON, or holds NaN or Infinity.
    """
    data = data.removeprefix(_BOM)
    try:
        document = orjson.loads(data)  # the stricter one: no half of a surrogate pair, no number beyond a double
        # A long number inside a string only costs time: both parsers return the same.
        if all(map(_is_exact, set(_LONG_NUMBER.findall(data)))):
            return document
        del document  # two of a large plan do not fit into the memory of a small runner
        return exact(data.decode())
    except (ValueError, RecursionError) as broken:
        raise untrusted(_instead(data) or f"it is not JSON ({cut(str(broken), 200)})") from None


def refuse_twice(data: bytes) -> None:
    """Refuse a document that has a key twice: programs differ in which of the two they take.

    Args:
        data: what `parse` has read; nothing of it is kept in memory.

    Raises:
        ToolFailed: an object has a key twice.
    """

    def check(pairs: list[tuple[str, Any]]) -> None:
        once(pairs)

    try:
        json.loads(data.removeprefix(_BOM).decode(), object_pairs_hook=check)
    except ValueError as twice:
        raise untrusted(str(twice)) from None


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, for `object_pairs_hook`.

    Raises:
        ValueError: it has a key twice.
    """
    entries = dict(pairs)
    if len(entries) != len(pairs):
        names = Counter(name for name, _ in pairs)
        raise ValueError(f"it has the key {cut(names.most_common(1)[0][0], 40)!r} twice")
    return entries


def _instead(data: bytes) -> str | None:
    """What stands there in place of a JSON object, if it is something that is known."""
    if data.startswith(_UTF16) or b"\0" in data[:100]:
        return "it is UTF-16 text or no text, not UTF-8"
    first, _, rest = data.partition(b"\n")
    if first.startswith(b"{") and b'"@level"' in first:
        return "it is the log of `terraform plan -json`, not a plan"
    if not first.startswith(b"{") and b"{" in rest:
        shown = cut(first.decode(errors="replace").strip(), 200)
        setting = "; set `terraform_wrapper: false` in hashicorp/setup-terraform" if first.startswith(_WRAPPER) else ""
        return f"it does not begin with the plan, but with a line of another program: {shown!r}{setting}"
    return None


def exact(text: str) -> Any:
    """Parse JSON with every number as int or Decimal.

    Raises:
        ValueError: it is not JSON. RecursionError: it is nested too deeply.
    """
    return json.loads(text, parse_float=Decimal, parse_int=_integer, parse_constant=_refuse)


def document_in(value: Any) -> Any:
    """The JSON object or list in a string (a policy), else None."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        document = exact(value)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) and is_shallow(document, _TEXT_LEVELS) else None


def refuse_deep(value: Any, where: str) -> None:
    """Raise ToolFailed for a value nested more than LEVELS deep: reading and printing recurse."""
    if not is_shallow(value, LEVELS):
        raise untrusted(f"{where} is nested more than {LEVELS} levels deep")


def is_shallow(value: Any, levels: int) -> bool:
    """True if the value is nested at most `levels` deep."""
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(
        is_shallow(entry, levels - 1) for entry in inside if isinstance(entry, (dict, list)) and entry
    )


def _is_exact(number: bytes) -> bool:
    """True if orjson keeps every digit."""
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
