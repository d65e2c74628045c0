"""Values of a plan as text: both sides of a difference, and lines that a terminal does not break inside a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infragate.domain.plan_fields import UNKNOWN, Field
from infragate.report import json_text

INDENT = " " * 6
_WIDE = 160  # a person's screen of unknown width
_LEAST = 24
_SHORT = 80  # lists and texts up to this length are shown whole
_CONTEXT = 24  # characters before the first difference of two long texts


def difference(field: Field, *, width: int | None, cut: bool) -> list[str]:
    """The lines of one field: `path: before -> after`.

    Args:
        width: of the screen; None for a log.
        cut: shorten long values, as for a person.
    """
    label = f"{field.path}: " if field.path else ""
    tail = "  [forces replacement]" if field.forces else ""
    if (elements := _elements(field, cut=cut)) is not None:
        return wrapped([label + elements[0], *elements[1:]], width=width)
    if field.reordered:
        label += "order "
    sides = _from_first_difference(field.before, field.after) if cut else (field.before, field.after)
    before, after = (shown(side, limit=_WIDE if cut else None) for side in sides)
    line = f"{INDENT}{label}{before} -> {after}{tail}"
    if width is None or len(line) <= width:
        return [line]
    room = max(width - len(INDENT), 2 * _LEAST)
    above = [f"{INDENT}{label}"] if len(label) + _LEAST > room else []
    before = _cut(before, room - (0 if above else len(label)))
    after = _cut(after, room - len("  -> ") - len(tail))
    return [*above, f"{INDENT}{'' if above else label}{before}", f"{INDENT}  -> {after}{tail}"]


def shown(value: Any, *, limit: int | None = None) -> str:
    """A value on one line, cut after `limit` characters."""
    text = value if value == UNKNOWN else json_text.written(value)
    return text if limit is None else _cut(text, limit)


def _cut(text: str, limit: int) -> str:
    return text[: limit - 3] + "..." if len(text) > limit else text


def wrapped(parts: Sequence[str], *, width: int | None, indent: str = INDENT, separator: str = "  ") -> list[str]:
    """The parts on as few lines as fit; a part is never broken."""
    lines: list[str] = []
    for part in parts:
        if lines and (width is None or len(lines[-1]) + len(separator) + len(part) <= width):
            lines[-1] += separator + part
        else:
            lines.append(indent + part)
    return lines


def _elements(field: Field, *, cut: bool) -> list[str] | None:
    """What is added to and removed from a long list of plain values; None for other fields."""
    before, after = field.before, field.after
    if field.reordered or not isinstance(before, list) or not isinstance(after, list):
        return None
    if max(len(shown(before)), len(shown(after))) <= _SHORT:
        return None
    added, removed = _beyond(after, before), _beyond(before, after)
    if not added and not removed:
        return [f"{len(after)} elements in another order"] if cut else None
    if len(added) + len(removed) >= len(before) + len(after):
        return None
    forced = ["[forces replacement]"] if field.forces else []
    return [
        f"{len(before)} -> {len(after)} elements:",
        *(f"+ {shown(value)}" for value in added),
        *(f"- {shown(value)}" for value in removed),
        *forced,
    ]


def _beyond(values: list[Any], others: list[Any]) -> list[Any]:
    """The values that the other list does not have, as often as it lacks them."""
    rest = list(others)
    extra = []
    for value in values:
        if value in rest:
            rest.remove(value)
        else:
            extra.append(value)
    return extra


def _from_first_difference(before: Any, after: Any) -> tuple[Any, Any]:
    """Two long texts from a little before their first difference, which a cut would hide otherwise."""
    if not isinstance(before, str) or not isinstance(after, str) or min(len(before), len(after)) <= _SHORT:
        return before, after
    pairs = zip(before, after, strict=False)
    first = next((place for place, (old, new) in enumerate(pairs) if old != new), min(len(before), len(after)))
    start = first - _CONTEXT
    return (before, after) if start <= 0 else (f"...{before[start:]}", f"...{after[start:]}")
