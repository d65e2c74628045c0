"""Reads what Infracost 0.10 prints.

Its exit code is 0 whatever happens, and its summary counts free resources, not missing prices. A price that is missing
stands beside the component that it is missing from, with the amount 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from infragate.domain.errors import ToolFailed
from infragate.domain.gate.cost import ZERO, CostComponent, ResourceCost, Unpriced
from infragate.domain.gate.infracost_types import FREE, PRICED
from infragate.domain.gate.priced_plan import PricedPlan
from infragate.domain.shortening import cut

FORMAT, KIND = "0.2", "terraform_plan_json"
PAGE = "docs/cost.md, 'When Infracost fails'"
SERVICE, DATABASE = "aws_ecs_service", "aws_db_instance"
STORAGE = (None, "", "gp2", "gp3", "io1", "standard")  # of a database; Infracost takes every other kind for gp2
CLOUDS = ("aws_", "azurerm_", "google_")  # resources of other providers are in none of its counts
NO_SERVERS = ("EC2", "EXTERNAL")  # launch types whose tasks run on machines that are paid for elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What one resource costs per month; `missing` are the components with a quantity and without a price."""

    type: str
    total: Decimal
    components: tuple[CostComponent, ...]
    missing: tuple[str, ...]


class ReportedError(ToolFailed):
    """Infracost says itself that it failed: it could not read the plan, or did not reach the prices."""


def untrusted(why: str) -> ToolFailed:
    """The error for output that is not Infracost's, or does not fit the plan."""
    return ToolFailed(
        f"the output of infracost cannot be trusted: {why}",
        where="infracost breakdown",
        fix=PAGE,
    )


def read(document: Any, plan: PricedPlan, *, currency: str) -> tuple[tuple[ResourceCost, ...], tuple[Unpriced, ...]]:
    """The resources with a price, and what has none.

    Raises:
        ReportedError: there is an error in it.
        ToolFailed: another kind of document, or resources or totals that do not fit the plan.
    """
    answer = _mapping(document, "the document")
    project = _project(answer)
    before = _bills(project.get("pastBreakdown") or {}, answer.get("pastTotalMonthlyCost"))
    after = _bills(project.get("breakdown"), answer.get("totalMonthlyCost"))
    unsupported = _unsupported(_mapping(answer.get("summary"), "the summary"), after, plan)
    if answer.get("currency") != currency:
        reason = f"its amounts are in {answer.get('currency')!r:.20}, and the rules in {currency}"
        return (), (Unpriced(address="", reason=reason),)
    unpriced = {*_without_price(before, after), *_misread(after, plan), *_of_types(unsupported, plan)}
    return _costs(before, after), tuple(sorted(unpriced))


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise untrusted(f"unexpected shape: {what} is a {type(value).__name__}")
    return value


def _project(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    projects = answer.get("projects")
    if answer.get("version") != FORMAT or not isinstance(projects, list) or len(projects) != 1:
        raise untrusted(f"it is not a document of format {FORMAT} about one plan")
    project = _mapping(projects[0], "the project")
    metadata = _mapping(project.get("metadata"), "the project's metadata")
    if errors := metadata.get("errors"):
        first = errors[0] if isinstance(errors, list) else errors
        message = first.get("message") if isinstance(first, dict) else first
        said = cut(" ".join(str(message).split()), 300)
        raise ReportedError(f"infracost reports an error: {said}", where="infracost breakdown", fix=PAGE)
    if metadata.get("type") != KIND:
        raise untrusted(f"it is about {metadata.get('type')!r:.40}, not about a plan")
    return project


def _bills(side: Any, total: Any) -> dict[str, Bill]:
    """The bills of one side, by address."""
    bills: dict[str, Bill] = {}
    for entry in _list(_mapping(side, "a breakdown").get("resources")):
        address = str(entry.get("name"))
        if address in bills:
            raise untrusted(f"{address} is in it twice")
        parts = tuple(_components(entry, ""))
        bills[address] = Bill(
            type=str(entry.get("resourceType")),
            total=_number(entry.get("monthlyCost")) or ZERO,
            components=tuple(part for part, _ in parts),
            missing=tuple(part.name for part, missing in parts if missing and part.quantity),
        )
    sum_of = sum((bill.total for bill in bills.values()), ZERO)
    if (_number(total) or ZERO) != sum_of:
        raise untrusted(f"its total is {total}, but its resources cost {sum_of}")
    return bills


def _list(value: Any) -> Iterator[Mapping[str, Any]]:
    for entry in value or ():
        yield _mapping(entry, "a resource or component")


def _components(entry: Mapping[str, Any], prefix: str) -> Iterator[tuple[CostComponent, bool]]:
    """The components of a resource and its parts, and whether the price of each is missing."""
    for part in _list(entry.get("costComponents")):
        quantity = _number(part.get("monthlyQuantity"))
        component = CostComponent(
            name=f"{prefix}{part.get('name')}",
            unit=str(part.get("unit")),
            quantity=quantity,
            price=_number(part.get("price")) or ZERO,
            cost=_number(part.get("monthlyCost")),
            usage=part.get("usageBased") is True or quantity is None,
        )
        yield component, part.get("priceNotFound") is not False
    for inner in _list(entry.get("subresources")):
        yield from _components(inner, f"{prefix}{inner.get('name')}: ")


def _number(value: Any) -> Decimal | None:
    """A decimal string, or None.

    Raises:
        ToolFailed: something else: a float, NaN, a negative amount.
    """
    if value is None:
        return None
    try:
        number = Decimal(value) if isinstance(value, str) else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number < 0:
        raise untrusted(f"{value!r:.40} is not an amount")
    return number


def _costs(before: Mapping[str, Bill], after: Mapping[str, Bill]) -> tuple[ResourceCost, ...]:
    return tuple(
        ResourceCost(
            address=address,
            type=(after.get(address) or before[address]).type,
            before=before[address].total if address in before else ZERO,
            after=after[address].total if address in after else ZERO,
            components=after[address].components if address in after else (),
        )
        for address in sorted({*before, *after})
    )


def _unsupported(summary: Mapping[str, Any], after: Mapping[str, Bill], plan: PricedPlan) -> frozenset[str]:
    """The types that Infracost does not know.

    Raises:
        ToolFailed: it did not look at each resource of the plan.
    """
    types = Counter(entry["type"] for entry in plan.seen.values())
    of_clouds = Counter({name: number for name, number in types.items() if name.startswith(CLOUDS)})
    if summary.get("totalDetectedResources") != of_clouds.total():
        raise untrusted(f"it saw {summary.get('totalDetectedResources')} of {of_clouds.total()} resources")
    unsupported = _mapping(summary.get("unsupportedResourceCounts") or {}, "the list of unsupported types")
    free = _mapping(summary.get("noPriceResourceCounts") or {}, "the list of free types")
    counted = Counter({**free}) + Counter({**unsupported}) + Counter(bill.type for bill in after.values())
    if counted != of_clouds or not after.keys() <= plan.seen.keys():
        raise untrusted("the resources that it counts are not those of the plan")
    return frozenset(unsupported) | (types.keys() - of_clouds.keys() - FREE)


def _without_price(before: Mapping[str, Bill], after: Mapping[str, Bill]) -> Iterator[Unpriced]:
    for address, bill in after.items():
        if bill.missing:
            yield Unpriced(address=address, reason=f"no price for {', '.join(bill.missing)}")
    for address, bill in before.items():
        if bill.missing and address not in after:
            yield Unpriced(address=address, reason=f"no price for what it cost: {', '.join(bill.missing)}")


def _of_types(unsupported: frozenset[str], plan: PricedPlan) -> Iterator[Unpriced]:
    for address, entry in plan.seen.items():
        if entry["type"] in unsupported:
            yield Unpriced(address=address, reason=f"Infracost does not know {entry['type']}")
    for address, entry in plan.gone.items():
        if entry["type"] not in PRICED | FREE:
            yield Unpriced(address=address, reason=f"Infracost does not know what a {entry['type']} has cost")


def _misread(after: Mapping[str, Bill], plan: PricedPlan) -> Iterator[Unpriced]:
    """What Infracost prices wrongly without saying so."""
    for address, name in plan.undecided.items():
        yield Unpriced(address=address, reason=f"its {name} is known only after the apply")
    for key in plan.homeless:
        yield Unpriced(address="", reason=f"the plan does not say the region of the provider {key}")
    for address, entry in plan.seen.items():
        values = entry.get("values") or {}
        if entry["type"] == SERVICE and _runs_tasks(values) and not (address in after and after[address].total):
            yield Unpriced(
                address=address, reason="its tasks cost nothing: Infracost does not find their size or number"
            )
        elif entry["type"] == DATABASE and values.get("storage_type") not in STORAGE:
            yield Unpriced(address=address, reason=f"Infracost takes storage of type {values['storage_type']} for gp2")


def _runs_tasks(values: Mapping[str, Any]) -> bool:
    """False if an ECS service has no tasks, or none on Fargate."""
    providers = [str(entry.get("capacity_provider")) for entry in values.get("capacity_provider_strategy") or ()]
    elsewhere = values.get("launch_type") in NO_SERVERS or (
        bool(providers) and not any(name.startswith("FARGATE") for name in providers)
    )
    return not elsewhere and values.get("desired_count") != 0


def regions_without_prices(misses: list[dict[str, Any]], known: frozenset[str]) -> tuple[Unpriced, ...]:
    """Regions that Infracost asked for, and no price book has."""
    regions = {str(miss.get("productFilter", {}).get("region") or "") for miss in misses} - {"", *known}
    return tuple(Unpriced(address="", reason=f"there is no price book for {region}") for region in sorted(regions))
