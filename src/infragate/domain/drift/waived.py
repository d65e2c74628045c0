"""Exceptions to drift, from the one register: they hide the fields that they name, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date

from infragate.domain.drift import security
from infragate.domain.drift.noise import first_step
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.severity import severity
from infragate.domain.finding import Finding, Waiver
from infragate.domain.gate import waivers as register
from infragate.domain.plan_fields import Field

SOURCE = "drift"


def finding_id(item: DriftItem, field: Field | None = None) -> str:
    """What a Waiver names: the attribute or block of a field, else what happens to the whole resource."""
    if field is not None:
        return f"{SOURCE}/{first_step(field.path) or 'output'}"
    if item.cause == "unowned":
        return f"{SOURCE}/unowned"
    if item.action in ("create", "delete"):
        return f"{SOURCE}/{'created' if item.action == 'create' and item.cause != 'out-of-band' else 'deleted'}"
    return f"{SOURCE}/{item.action}"


def apply(
    items: Iterable[DriftItem], waivers: Collection[Waiver], *, environment: str, today: date
) -> tuple[DriftItem, ...]:
    """The items, with the owner of the Waiver that covers them; one that is covered in part becomes several."""
    counting = register.counting(waivers, today=today)

    def owner(item: DriftItem, field: Field | None) -> str | None:
        finding = Finding(id=finding_id(item, field), source=SOURCE, message="", address=item.address)
        waiver = register.first(counting, finding, environment=environment, today=today)
        return waiver.owner if waiver else None

    def parts(item: DriftItem) -> list[DriftItem]:
        if not item.counts:
            return [item]
        whole = None if item.fields and item.cause != "unowned" else owner(item, None)
        if whole is not None or not item.fields:
            return [replace(item, waived_by=whole)]
        fields: dict[str | None, list[Field]] = {}
        for field in item.fields:
            fields.setdefault(owner(item, field), []).append(field)
        return [part(item, by, chosen) for by, chosen in fields.items()]

    return tuple(each for item in items for each in parts(item))


def part(item: DriftItem, owner: str | None, fields: Collection[Field]) -> DriftItem:
    """An item with some of its fields; it loses the mark `security` if only the other fields had caused that."""
    smaller = replace(item, fields=tuple(fields), waived_by=owner)
    touches = any(security.is_security(item.type, field.path) for field in fields)
    if len(fields) == len(item.fields) or touches or "security" not in item.marks:
        return smaller
    marks = item.marks - {"security"}
    return replace(smaller, marks=marks, severity=severity(item.cause, marks))
