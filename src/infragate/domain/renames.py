"""Objects that a plan destroys and creates again under another address: a `moved` block would keep them.

Renaming a module call or a resource, or going from `count` to `for_each`, looks to Terraform like a loss and a creation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infragate.domain.key_attributes import key_attributes
from infragate.domain.plan_configuration import without_indices
from infragate.domain.plan_fields import UNKNOWN
from infragate.domain.redaction import mask_marks_something

if TYPE_CHECKING:
    from infragate.domain.plan import Change

_STEP = re.compile(r"(?:data\.)?[^.\[]+\.[^.\[]+(?:\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\])?")
_LAST_INDEX = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]$")
_MOST = 20_000  # pairs that are compared for one type


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A `moved` block to write, and how many objects it keeps."""

    source: str
    target: str
    objects: int


def renames(changes: Sequence[Change]) -> tuple[Rename, ...]:
    """The `moved` blocks that would keep destroyed objects, from all resources of a plan."""
    pairs = [pair for kind in _by_type(changes) for pair in _pairs(*kind)]
    staying = (change.address for change in changes if change.action not in ("create", "delete"))
    in_use = _prefixes(staying) if pairs else set()
    moves = {(gone.address, new.address): _shortest(gone.address, new.address, in_use) for gone, new in pairs}
    sources, targets = _partners(moves.values())
    shortened: dict[tuple[str, str], int] = defaultdict(int)
    for whole, (source, target) in moves.items():
        # A module that is split or joined has no `moved` block of its own.
        is_unique = sources[source] == {target} and targets[target] == {source}
        shortened[(source, target) if is_unique else whole] += 1
    return tuple(Rename(source=source, target=target, objects=count) for (source, target), count in shortened.items())


def _partners(moves: Iterable[tuple[str, str]]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The targets of each source, and the sources of each target."""
    sources: dict[str, set[str]] = defaultdict(set)
    targets: dict[str, set[str]] = defaultdict(set)
    for source, target in moves:
        sources[source].add(target)
        targets[target].add(source)
    return sources, targets


def _by_type(changes: Sequence[Change]) -> list[tuple[list[Change], list[Change]]]:
    """Destroyed and created objects of each type that has both."""
    kinds: dict[str, tuple[list[Change], list[Change]]] = defaultdict(lambda: ([], []))
    for change in changes:
        if change.action == "delete" and not change.deposed:
            kinds[change.type][0].append(change)
        elif change.action == "create":
            kinds[change.type][1].append(change)
    return [(gone, new) for gone, new in kinds.values() if gone and new]


def _pairs(gone: list[Change], new: list[Change]) -> list[tuple[Change, Change]]:
    """Each destroyed object with the most similar created one that has the same key attributes."""
    if len(gone) * len(new) > _MOST:
        places = {_tail(change.address): change for change in new}  # else in seconds: the same place in other modules
        candidates = [(old, places[_tail(old.address)]) for old in gone if _tail(old.address) in places]
    else:
        candidates = [(old, created) for old in gone for created in new]
    keys = {created.address: _known_keys(created) for created in new}
    scored = [
        (-score, old.address, created.address, old, created)
        for old, created in candidates
        if (score := _likeness(old, created, keys[created.address])) > 0
    ]
    taken: set[str] = set()
    pairs = []
    for *_, old, created in sorted(scored, key=lambda entry: entry[:3]):
        if not taken & {old.address, created.address}:
            taken |= {old.address, created.address}
            pairs.append((old, created))
    return pairs


def _unknown(created: Change) -> set[str]:
    """Names of the attributes that are known after apply, as a whole or in part."""
    marks = created.sides.get("after_unknown")
    return {name for name, mark in marks.items() if mask_marks_something(mark)} if isinstance(marks, dict) else set()


def _known_keys(created: Change) -> set[str]:
    """Names of the key attributes whose value the plan knows."""
    after, marks = created.sides.get("after"), created.sides.get("after_unknown")
    if not isinstance(after, dict):
        return set()
    keys = key_attributes(created.type, after, marks if isinstance(marks, dict) else {}, created.configured)
    return {_top(key.name) for key in keys if key.value != UNKNOWN} - _unknown(created)


def _likeness(old: Change, created: Change, keys: Collection[str]) -> float:
    """0 if a key attribute differs; else the number of equal attributes, and a little for a similar address."""
    before, after = old.sides.get("before"), created.sides.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return 0
    if any(not _equal(before.get(name), after.get(name)) for name in keys):
        return 0
    unknown = _unknown(created)
    equal = sum(_equal(before.get(name), value) for name, value in after.items() if _says_something(name, value))
    differing = sum(
        not _equal(before.get(name), value)
        for name, value in after.items()
        if _says_something(name, value) and name not in unknown
    )
    if not equal or differing > equal:
        return 0
    return equal - differing + _closeness(old.address, created.address)


def _says_something(name: str, value: Any) -> bool:
    return value not in (None, [], {}, "") and not isinstance(value, bool) and not name.startswith("tags")


def _top(name: str) -> str:
    return name.partition(".")[0]


def _equal(before: Any, after: Any) -> bool:
    return bool(before == after) or (before in (None, [], {}, "") and after in (None, [], {}, ""))


def _closeness(old: str, new: str) -> float:
    """Up to 0.9, for steps that are the same, counted from the end."""
    first, second = _steps(old), _steps(new)
    same = sum(a == b for a, b in zip(reversed(first), reversed(second), strict=False))
    bare = without_indices(old) == without_indices(new)
    return (same + bare) / (max(len(first), len(second)) + 1) * 0.9


def _tail(address: str) -> tuple[str, ...]:
    """The resource, and the indices of the modules that it is in."""
    *modules, resource = _steps(address)
    return (*filter(None, map(_index, modules)), resource)


def _steps(address: str) -> list[str]:
    """`module.a["x"].aws_sqs_queue.q[0]` as `module.a["x"]` and `aws_sqs_queue.q[0]`."""
    return _STEP.findall(address)


def _prefixes(addresses: Iterable[str]) -> set[str]:
    """The addresses, and those of the modules and resources that hold them."""
    prefixes: set[str] = set()
    for address in addresses:
        steps = _steps(address)
        for number in range(1, len(steps) + 1):
            prefix = ".".join(steps[:number])
            prefixes |= {prefix, prefix.removesuffix(_index(prefix))}
    return prefixes


def _shortest(old: str, new: str, in_use: Collection[str]) -> tuple[str, str]:
    """The shortest `from` and `to` that say the same; the whole addresses if one of them is in use: Terraform moves
    no module or resource from or to an address that the state has."""
    first, second = _steps(old), _steps(new)
    while len(first) > 1 and len(second) > 1 and first[-1] == second[-1]:
        first, second = first[:-1], second[:-1]
    source, target = ".".join(first), ".".join(second)
    index, other = _index(source), _index(target)
    if index and index == other and without_indices(first[-1]) != without_indices(second[-1]):
        source, target = source.removesuffix(index), target.removesuffix(other)
    return (old, new) if source in in_use or target in in_use else (source, target)


def _index(address: str) -> str:
    match = _LAST_INDEX.search(address)
    return match.group() if match else ""
