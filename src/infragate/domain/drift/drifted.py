"""Which fields of a resource were changed outside of Terraform, and which of them a planned change is about."""

from __future__ import annotations

from collections.abc import Iterable

from infragate.domain.drift.noise import first_step
from infragate.domain.plan import Change
from infragate.domain.plan_fields import Field, differences


class Drifted:
    """The drift of one resource: the last state, and what is real."""

    def __init__(self, drift: Change) -> None:
        self.drift = drift
        self.fields = tuple(field for field in drift.fields if field.group != "empty")

    def covers(self, change: Change, field: Field) -> bool:
        """True if a field that a plan changes was changed outside of Terraform."""
        if any(_is_at(field.path, each.path) for each in self.fields):
            return True
        root = first_step(field.path)  # an element of a list may have another place in each comparison
        return any(first_step(each.path) == root for each in self.fields) and self._returns(change, root)

    def reverted(self, change: Change, field: Field) -> bool:
        """True if the plan changes it back to what was applied."""
        same = any(each.path == field.path and each.before == field.after for each in self.fields)
        return same or self._returns(change, first_step(field.path))

    def beside(self, changed: Iterable[Field]) -> tuple[Field, ...]:
        """The drifted fields outside of these planned ones, also those that do not differ in meaning."""
        roots = {first_step(field.path) for field in changed}
        return tuple(field for field in self.drift.fields if first_step(field.path) not in roots)

    def _returns(self, change: Change, root: str) -> bool:
        """True if the plan sets the whole attribute back to the value that was applied."""
        applied, planned = self.drift.sides.get("before"), change.sides.get("after")
        if not isinstance(applied, dict) or not isinstance(planned, dict):
            return False
        return not differences({"before": {root: applied.get(root)}, "after": {root: planned.get(root)}})


def _is_at(path: str, other: str) -> bool:
    """True if the paths are equal, or one leads into the other."""
    return path == other or any(
        long.startswith((f"{short}.", f"{short}[")) for short, long in ((path, other), (other, path))
    )
