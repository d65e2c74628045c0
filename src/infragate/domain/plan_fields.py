"""What differs inside one change of a plan, field by field, with every sensitive value hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from infragate.domain import plan_elements, policy_documents
from infragate.domain.plan_json import document_in
from infragate.domain.redaction import SENSITIVE, mask_marks_something, redact

UNKNOWN = "(known after apply)"
_ABSENT = object()
_SINGLE = frozenset((type(None), bool, int, float, Decimal))

# Differences without a meaning of their own, which a report sums up: values that only Terraform computes, and null
# against empty.
Noise = Literal["computed", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One differing value; None is absent or null.

    Attributes:
        path: elements of lists by name where they have one: `environment[LOG_LEVEL].value`.
        forces: it is the reason for a replacement.
        reordered: only the order differs; before and after are the names of the elements.
    """

    path: str
    before: Any
    after: Any
    forces: bool = False
    group: Noise | None = None
    reordered: bool = False


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both sides of one path, with their masks.

    Attributes:
        strict: inside a JSON document, where null, [], {} and an absent key are not the same.
        policy: inside a policy, where the order of lists has no meaning.
    """

    before: Any
    after: Any
    unknown: Any
    before_mask: Any
    after_mask: Any
    strict: bool = False
    policy: bool = False

    def inside(self, key: Any) -> _Pair:
        return self.across(key, key)

    def across(self, old: Any, new: Any) -> _Pair:
        """The pair of one element; a key is None where a side lacks it."""
        return _Pair(
            _part(self.before, old),
            _part(self.after, new),
            _part(self.unknown, new, whole=True),
            _part(self.before_mask, old, whole=True),
            _part(self.after_mask, new, whole=True),
            self.strict,
            self.policy,
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
    elif covered:
        if _differ(pair):
            yield _field(pair, path, covered=True)
    elif (kind := _container(pair)) is dict:
        yield from _objects(pair, path)
    elif kind is list:
        yield from _lists(pair, path)
    elif _differ(pair):
        yield from _documents(pair, path)


def _container(pair: _Pair) -> type | None:
    """dict or list, if that is what each present side is."""
    sides = [side for side in (pair.before, pair.after) if side is not None and side is not _ABSENT]
    if not sides and isinstance(pair.unknown, (dict, list)):
        sides = [pair.unknown]
    return next((kind for kind in (dict, list) if sides and all(isinstance(side, kind) for side in sides)), None)


def _objects(pair: _Pair, path: str) -> Iterator[Field]:
    sides = (pair.before, pair.after)
    both = all(isinstance(side, dict) for side in sides)
    masks = [mask for mask in (pair.unknown, pair.before_mask, pair.after_mask) if not _marks_nothing(mask)]
    is_open = all(isinstance(mask, dict) for mask in masks)
    marked = {key for mask in masks if is_open for key, mark in mask.items() if not _marks_nothing(mark)}
    old, new = (side if isinstance(side, dict) else {} for side in sides)
    for key in sorted({str(key) for side in (*sides, pair.unknown) if isinstance(side, dict) for key in side}):
        place = join(path, key)
        before, after = old.get(key, _ABSENT), new.get(key, _ABSENT)
        if is_open and _is_plain(before) and _is_plain(after) and key not in marked:
            yield from _plain_field(before, after, place, strict=pair.strict)  # most attributes: no need to walk
            continue
        inner = pair.inside(key)
        fields = tuple(_walk(inner, place))
        if fields:
            yield from fields
        elif _appears(inner, both=both):
            yield _field(inner, place)


def _is_plain(value: Any) -> bool:
    """True for a single value, but for a string that may be a document."""
    if type(value) is str:
        return value[:1] not in ("{", "[")
    return value is _ABSENT or type(value) in _SINGLE


def _plain_field(before: Any, after: Any, path: str, *, strict: bool) -> Iterator[Field]:
    """The field of two single values that no mask covers."""
    old, new = (None if side is _ABSENT else side for side in (before, after))
    if not (_same(before, after) if strict else _same(old, new)):
        yield Field(path=path, before=old, after=new)


def _appears(pair: _Pair, *, both: bool) -> bool:
    """True if a value without any field is on one side only.

    Args:
        both: both sides of the object that holds it are present.
    """
    missing = [side is None or side is _ABSENT for side in (pair.before, pair.after)]
    if missing[0] == missing[1]:
        return False
    value, other = (pair.after, pair.before) if missing[0] else (pair.before, pair.after)
    return bool(value) or ((pair.strict or other is _ABSENT) and both)


def _lists(pair: _Pair, path: str) -> Iterator[Field]:
    before, after = (side if isinstance(side, list) else [] for side in (pair.before, pair.after))
    marks = pair.unknown if isinstance(pair.unknown, list) else []
    after = [*after, *[None] * (len(marks) - len(after))]
    if not any(isinstance(value, (dict, list)) for value in (*before, *after, *marks)):
        if _differ(pair) or True in marks:
            yield _field(replace(pair, after=_with_unknowns(after, marks, pair.after)), path)
        return
    key = plan_elements.naming_key(before, after, lambda name: _is_hidden(pair, name))
    if key and len(before) == len(after) == 1 and before[0][key] != after[0][key]:
        key = None
    for together in _together(pair, before, after, key):
        inner, place = pair.across(together.before, together.after), path + together.label
        one_sided = together.before is None or together.after is None
        fields = tuple(_walk(inner, place))
        if one_sided and key and len(fields) > 1:
            yield from (field for field in fields if field.path != join(place, key))
        elif fields:
            yield from fields
        elif one_sided or _appears(inner, both=True):
            empty = inner.before in (None, _ABSENT) and inner.after in (None, _ABSENT)
            yield _field(pair, path) if empty else _field(inner, place)
    if key and not pair.policy and (orders := plan_elements.moved(before, after, key)):
        yield Field(path=path, before=orders[0], after=orders[1], reordered=True)


def _together(pair: _Pair, before: list[Any], after: list[Any], key: str | None) -> Iterator[plan_elements.Together]:
    if key:
        return plan_elements.by_name(before, after, key)
    return plan_elements.in_any_order(before, after) if pair.policy else plan_elements.by_content(before, after)


def _with_unknowns(after: list[Any], marks: list[Any], absent: Any) -> Any:
    if True not in marks:
        return absent
    return [UNKNOWN if mark is True else value for value, mark in zip(after, [*marks, *after], strict=False)]


def _is_hidden(pair: _Pair, key: str) -> bool:
    """True if a mask marks this key in any element."""
    return any(
        mask_marks_something(_part(_part(mask, place, whole=True), key, whole=True))
        for mask, side in ((pair.before_mask, pair.before), (pair.after_mask, pair.after))
        if not _marks_nothing(mask) and isinstance(side, list)
        for place in range(len(side))
    )


def _documents(pair: _Pair, path: str) -> Iterator[Field]:
    """The fields inside a JSON document in a string (a policy); any other value is one field."""
    before = document_in(pair.before)
    after = None if before is None else document_in(pair.after)
    if after is None or mask_marks_something(pair.before_mask) or mask_marks_something(pair.after_mask):
        yield _field(pair, path)
    elif policy_documents.is_policy(before) and policy_documents.is_policy(after):
        sides = policy_documents.normal(before), policy_documents.normal(after)
        yield from _walk(_Pair(*sides, None, None, None, strict=True, policy=True), path)
    else:
        inner = _Pair(before, after, None, None, None, strict=True)
        alone = isinstance(before, list) and isinstance(after, list) and len(before) == len(after) == 1
        yield from _walk(inner.inside(0), f"{path}[0]") if alone else _walk(inner, path)


def _part(side: Any, key: Any, *, whole: bool = False) -> Any:
    """`side[key]`; with `whole` (masks), True or an unknown shape covers everything inside."""
    if key is None:
        return None if whole else _ABSENT
    if isinstance(side, dict) and not (side and isinstance(key, int)):
        return side.get(key, None if whole else _ABSENT)
    if isinstance(side, list) and isinstance(key, int):
        return side[key] if key < len(side) else (None if whole else _ABSENT)
    if whole:
        return None if side is None or side is False else True
    return _ABSENT


def _differ(pair: _Pair) -> bool:
    before, after = pair.before, pair.after
    if not pair.strict:
        before, after = (None if side is _ABSENT or side in ([], {}) else side for side in (before, after))
    return not _same(before, after)


def _same(before: Any, after: Any) -> bool:
    """Equality that tells True from 1."""
    if type(before) is not type(after) or before != after:
        return False
    if isinstance(before, list):
        return all(map(_same, before, after))
    return not isinstance(before, dict) or all(_same(value, after[key]) for key, value in before.items())


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


def _marks_nothing(mask: Any) -> bool:
    return mask is None or mask is False or (isinstance(mask, (dict, list)) and not mask)


def _covers(mask: Any, side: Any) -> bool:
    """True if the mask hides the whole side: it is True, or its shape does not match (fail closed)."""
    if _marks_nothing(mask):
        return False
    if side is None or side is _ABSENT:
        return not isinstance(mask, (dict, list))
    if isinstance(mask, dict):
        return not isinstance(side, dict)
    return not (isinstance(mask, list) and isinstance(side, list) and len(mask) <= len(side))


def join(path: str, key: Any) -> str:
    """Append a key to a path; a key with special characters is quoted, with its line breaks escaped."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if not key.replace("_", "").replace("-", "").isalnum():
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key
