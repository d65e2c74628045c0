"""What differs inside one change of a plan, field by field, with every sensitive value hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.plan_json import exact, is_shallow
from infragate.domain.redaction import SENSITIVE, mask_marks_something, redact

UNKNOWN = "(known after apply)"
_ABSENT = object()
_LEVELS = 50  # the deepest nesting of a document in a string; policies need far less


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One differing value; None is absent or null."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sides of one path, with their masks."""

    before: Any
    after: Any
    unknown: Any
    before_mask: Any
    after_mask: Any

    def inside(self, key: Any) -> _Pair:
        return _Pair(
            _part(self.before, key),
            _part(self.after, key),
            _part(self.unknown, key, whole=True),
            _part(self.before_mask, key, whole=True),
            _part(self.after_mask, key, whole=True),
        )


def differences(change: Mapping[str, Any]) -> tuple[Field, ...]:
    """The fields of a `change` object (or of an `output_changes` entry) that differ.

    A value that either side marks sensitive is hidden on both: the former secret may still be in use.
    """
    pair = _Pair(
        change.get("before"),
        change.get("after"),
        change.get("after_unknown"),
        change.get("before_sensitive"),
        change.get("after_sensitive"),
    )
    return tuple(_walk(pair, ""))


def _walk(pair: _Pair, path: str) -> Iterator[Field]:
    covered = _covers(pair.before_mask, pair.before) or _covers(pair.after_mask, pair.after)
    if pair.unknown is True:
        yield _field(pair, path, covered=covered, unknown=True)
        return
    if covered:
        if _differ(pair):
            yield _field(pair, path, covered=True)
        return
    keys = _keys(pair)
    if keys is not None:
        for key in keys:
            yield from _walk(pair.inside(key), join(path, key))
    elif _differ(pair):
        yield from _documents(pair, path)


def _documents(pair: _Pair, path: str) -> Iterator[Field]:
    """The fields inside a JSON document in a string (a policy); any other value is one field."""
    before = _parsed(pair.before)
    after = None if before is None else _parsed(pair.after)
    if after is None or mask_marks_something(pair.before_mask) or mask_marks_something(pair.after_mask):
        yield _field(pair, path)
    else:
        yield from _walk(_Pair(before, after, None, None, None), path)


def _keys(pair: _Pair) -> list[Any] | None:
    """The keys to descend into, or None for a single field."""
    sides = [side for side in (pair.before, pair.after) if side is not None and side is not _ABSENT]
    if isinstance(pair.unknown, (dict, list)) and not sides:
        sides = [pair.unknown]
    if sides and all(isinstance(side, dict) for side in sides):
        extra = pair.unknown if isinstance(pair.unknown, dict) else {}
        return sorted({str(key) for side in [*sides, extra] for key in side})
    if sides and all(isinstance(side, list) for side in sides) and any(_nested(side) for side in sides):
        return list(range(max(len(side) for side in sides)))
    return None


def _nested(values: list[Any]) -> bool:
    return any(isinstance(value, (dict, list)) for value in values)


def _part(side: Any, key: Any, *, whole: bool = False) -> Any:
    """`side[key]`; with `whole` (masks), True or an unknown shape covers everything inside."""
    if isinstance(side, dict) and not (side and isinstance(key, int)):
        return side.get(key, None if whole else _ABSENT)
    if isinstance(side, list) and isinstance(key, int):
        return side[key] if key < len(side) else (None if whole else _ABSENT)
    if whole:
        return None if side is None or side is False else True
    return _ABSENT


def _differ(pair: _Pair) -> bool:
    before, after = (None if side is _ABSENT else side for side in (pair.before, pair.after))
    return bool(type(before) is not type(after) or before != after) and not (_empty(before) and _empty(after))


def _empty(value: Any) -> bool:
    return value is None or value in ([], {})


def _field(pair: _Pair, path: str, *, covered: bool = False, unknown: bool = False) -> Field:
    before = _hidden(pair.before, pair.before_mask, pair.after_mask, covered=covered)
    after = _hidden(pair.after, pair.after_mask, pair.before_mask, covered=covered)
    return Field(path=path, before=before, after=UNKNOWN if unknown else after)


def _hidden(side: Any, own: Any, other: Any, *, covered: bool) -> Any:
    """One side, redacted by both masks; None if it is absent.

    The other side's mask may have another shape for good reason, so it is used only if it marks a value.
    """
    if side is None or side is _ABSENT:
        return None
    if covered:
        return SENSITIVE
    side = redact(side, own)
    return redact(side, other) if mask_marks_something(other) else side


def _covers(mask: Any, side: Any) -> bool:
    """True if the mask hides the whole side: it is True, or its shape does not match (fail closed)."""
    if mask is None or mask is False or (isinstance(mask, (dict, list)) and not mask):
        return False
    if side is None or side is _ABSENT:
        return not isinstance(mask, (dict, list))
    if isinstance(mask, dict):
        return not isinstance(side, dict)
    return not (isinstance(mask, list) and isinstance(side, list) and len(mask) <= len(side))


def _parsed(value: Any) -> Any:
    """The JSON object or list in a string, else None."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return None
    try:
        document = exact(value)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, (dict, list)) and is_shallow(document, _LEVELS) else None


def join(path: str, key: Any) -> str:
    """Append a key to a path; a key with special characters is quoted, with its line breaks escaped."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key.replace("_", "").replace("-", "").isalnum():
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
