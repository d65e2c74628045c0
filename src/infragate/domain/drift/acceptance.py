"""What of a Stack's drift can be accepted for a while: an entry of the register of exceptions for each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from infragate.domain.command import Command
from infragate.domain.drift import waived
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding, Severity
from infragate.domain.plan_fields import Field

_LISTED = 10  # of what can be named instead
_WHERE = "command line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What one Waiver covers today.

    Attributes:
        id, address: the Waiver's.
        items: only with the fields that it covers.
    """

    id: str
    address: str
    items: tuple[DriftItem, ...]

    @property
    def owner(self) -> str | None:
        """Whose Waiver covers it already; None if it counts."""
        return None if any(item.counts for item in self.items) else self.items[0].waived_by

    @property
    def paths(self) -> tuple[str, ...]:
        """The values that differ; empty for a resource as a whole."""
        return tuple(dict.fromkeys(field.path for item in self.items for field in item.fields))

    @property
    def severity(self) -> Severity:
        """Of the worst item."""
        return max(item.severity for item in self.items)

    @property
    def is_security(self) -> bool:
        """True if it touches security."""
        return any("security" in item.marks for item in self.items)

    def is_named(self, field: str) -> bool:
        """True if this is what a person means: an attribute, a whole path, or the id."""
        return field in (self.id, self.id.removeprefix(f"{waived.SOURCE}/"), *self.paths)

    def finding(self) -> Finding:
        """As a complaint."""
        message = ", ".join(self.paths) or self.items[0].evidence
        return Finding(id=self.id, source=waived.SOURCE, message=message, severity=self.severity, address=self.address)


def choose(drift: StackDrift, *, addresses: Collection[str], fields: Collection[str]) -> tuple[Acceptance, ...]:
    """The drift that is named, the worst first; if nothing is named, all that counts. Some of it may be waived already.

    Raises:
        BadInput: an address or field does not drift, or something touches security and its address is not named.
    """
    offered = sorted(_offered(drift.items), key=lambda each: (-each.severity, each.address, each.id))
    chosen = tuple(
        each
        for each in offered
        if (not addresses or each.address in addresses) and (not fields or any(map(each.is_named, fields)))
    )
    for address in addresses:
        if not any(each.address == address for each in chosen):
            raise _refused(f"{address} does not drift in {drift.environment}", offered, drift)
    for field in fields:
        if not any(each.is_named(field) for each in chosen):
            whose = f" of {', '.join(addresses)}" if addresses else ""
            raise _refused(f"{field}{whose} does not drift in {drift.environment}", offered, drift)
    if addresses or fields:
        return chosen
    counting = tuple(each for each in chosen if each.owner is None)
    if touching := [each for each in counting if each.is_security]:
        message = f"{touching[0].address} ({', '.join(touching[0].paths) or touching[0].id}) touches security"
        fix = "name it with --address; name everything else that is to be accepted in the same way"
        raise BadInput(message, where=_WHERE, fix=fix).listing(each.finding() for each in touching)
    return counting


def _offered(items: Iterable[DriftItem]) -> Iterator[Acceptance]:
    """All that is not noise, grouped by the Waiver that would cover it."""
    grouped: dict[tuple[str, str], list[DriftItem]] = {}
    for item in items:
        if item.cause != "noise":
            for id_, part in _parts(item):
                grouped.setdefault((id_, item.address), []).append(part)
    for (id_, address), parts in grouped.items():
        yield Acceptance(id=id_, address=address, items=tuple(parts))


def _parts(item: DriftItem) -> Iterator[tuple[str, DriftItem]]:
    """The item, cut by the ids of its fields."""
    if not item.fields:
        yield waived.finding_id(item), item
    fields: dict[str, list[Field]] = {}
    for field in item.fields:
        fields.setdefault(waived.finding_id(item, field), []).append(field)
    for id_, some in fields.items():
        yield id_, waived.part(item, item.waived_by, some)


def _refused(message: str, offered: Collection[Acceptance], drift: StackDrift) -> BadInput:
    counting = [each for each in offered if each.owner is None]
    names = [f"{each.address} ({', '.join(each.paths) or each.id})" for each in counting[:_LISTED]]
    if left := len(counting) - len(names):
        names.append(f"{left} more")
    drifting = f"what drifts: {'; '.join(names)}" if names else "nothing drifts there"
    fix = (f"{drifting}. ", Command("drift", env=drift.environment), " shows it")
    return BadInput(message, where=_WHERE, fix=fix).listing(each.finding() for each in counting)
