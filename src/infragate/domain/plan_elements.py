"""Which elements of two lists belong together: by a key that names them, else by content and order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

# Keys that name an element, the most specific first.
NAMES = (
    "Sid sid id Id ID key Key name Name rule_id rule_name origin_id device_name policy_name statement_id container_name "
    "attribute_name index_name domain_name hostname path_pattern alias priority rule_number device_index cidr_block subnet_id"
).split()
_OTHER_NAME = re.compile(r"(?:_|\b)(?:name|id|key)$|[a-z](?:Name|Id|Key)$")
_PLAIN = re.compile(r"[\w.:/@-]*[A-Za-z_/][\w.:/@-]*")  # not only digits: those are positions
_MANY = 400  # above that, elements without a name are compared by position


@dataclass(frozen=True, slots=True)
class Together:
    """One element on both sides; an index is None where the element is missing."""

    before: int | None
    after: int | None
    label: str


def naming_key(before: Sequence[Any], after: Sequence[Any], is_secret: Callable[[str], bool]) -> str | None:
    """The key whose value names every element of both lists, or None."""
    elements = [*before, *after]
    if not elements or not all(isinstance(element, dict) for element in elements):
        return None
    others: list[str] = sorted(key for key in elements[0] if key not in NAMES and _OTHER_NAME.search(key))
    for key in (*NAMES, *others):
        if key in elements[0] and _names_all(before, key) and _names_all(after, key) and not is_secret(key):
            return key
    return None


def _names_all(elements: Sequence[Any], key: str) -> bool:
    values = [element.get(key) for element in elements]
    named = all(isinstance(value, (str, int)) and not isinstance(value, bool) and value != "" for value in values)
    return named and len(set(values)) == len(values)


def by_name(before: Sequence[Any], after: Sequence[Any], key: str) -> Iterator[Together]:
    """Elements with the same name, those of `after` last where they are new."""
    places = {element[key]: place for place, element in enumerate(after)}
    for place, element in enumerate(before):
        yield Together(place, places.pop(element[key], None), label(element[key], key))
    for name, place in places.items():
        yield Together(None, place, label(name, key))


def label(name: Any, key: str) -> str:
    """The name of an element in a path: `[LOG_LEVEL]`, `["two words"]`, `[priority=10]`."""
    if isinstance(name, int):
        return f"[{key}={name}]"
    return f"[{name}]" if _PLAIN.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def moved(before: Sequence[Any], after: Sequence[Any], key: str) -> tuple[list[Any], list[Any]] | None:
    """The names that are on both sides, in the order of each side, if the orders differ."""
    names = [element[key] for element in before], [element[key] for element in after]
    common = set(names[0]) & set(names[1])
    first, second = ([name for name in side if name in common] for side in names)
    return (first, second) if first != second else None


def by_content(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Together]:
    """Equal elements first, in order; between them, the others by position."""
    if max(len(before), len(after)) > _MANY:
        yield from _by_position(range(len(before)), range(len(after)))
        return
    old, new = ([_text(_without_nothing(element)) for element in side] for side in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for _, start, end, other_start, other_end in matcher.get_opcodes():
        yield from _by_position(range(start, end), range(other_start, other_end))


def in_any_order(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Together]:
    """The elements that are not equal to one of the other side, by position; equal ones are left out."""
    left = list(range(len(after)))
    texts = [*map(_text, after)]
    rest = []
    for place, element in enumerate(before):
        text = _text(element)
        match = next((other for other in left if texts[other] == text), None)
        if match is None:
            rest.append(place)
        else:
            left.remove(match)
    yield from _by_position(rest, left)


def _by_position(before: Sequence[int], after: Sequence[int]) -> Iterator[Together]:
    for step in range(max(len(before), len(after))):
        old = before[step] if step < len(before) else None
        new = after[step] if step < len(after) else None
        yield Together(old, new, f"[{old if new is None else new}]")


def _without_nothing(value: Any) -> Any:
    """The value with null for [] and {}, and without keys that hold null: a change between these is none."""
    if isinstance(value, dict):
        inner = {key: _without_nothing(entry) for key, entry in value.items()}
        return {key: entry for key, entry in inner.items() if entry is not None} or None
    if isinstance(value, list):
        return [_without_nothing(entry) for entry in value] or None
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
