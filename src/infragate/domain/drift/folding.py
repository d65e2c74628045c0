"""Many resources that wait for their first apply become one item, where people read; the JSON document has them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infragate.domain.drift.report import DriftItem

_MOST = 5  # with the same evidence, that are listed one by one
_NAMED = 3


def folded(items: Sequence[DriftItem]) -> tuple[DriftItem, ...]:
    """The items, each of which may be many new resources; it is as bad as the worst of them."""
    alike: dict[str, list[DriftItem]] = {}
    for item in items:
        if _is_new(item):
            alike.setdefault(item.evidence, []).append(item)
    many = {said: same for said, same in alike.items() if len(same) > _MOST}
    single = (item for item in items if not (_is_new(item) and item.evidence in many))
    return (*map(_one, many.values()), *single)


def _is_new(item: DriftItem) -> bool:
    return item.cause == "not-applied" and item.action == "create" and not item.fields


def _one(items: Sequence[DriftItem]) -> DriftItem:
    names = ", ".join(item.address for item in items[:_NAMED])
    return replace(
        items[0],
        address=f"{len(items)} resources: {names} and {len(items) - _NAMED} more",
        type="",
        marks=frozenset().union(*(item.marks for item in items)),
        severity=max(item.severity for item in items),
    )
