"""What a plan costs per month, before and after it, and what the rules of an Environment say about that.

Amounts are Decimal, as the price list has them. What has no price is not free: it makes the cost unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from infragate.domain.finding import Finding, Severity

SOURCE = "cost"
OVER, UNKNOWN, OLD_PRICES = (f"{SOURCE}/{kind}" for kind in ("over-threshold", "unknown", "old-prices"))
RUNBOOK = "runbooks/cost-approval.md"
ZERO, _HUNDRED, _CENT = Decimal(0), Decimal(100), Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRules:
    """What an Environment allows; the defaults where its settings say nothing.

    Attributes:
        threshold_percent: the increase over the present cost that is still allowed.
        floor: the increase per month that is allowed whatever its percentage.
        new_stack_limit: what a Stack without any cost before may cost per month; None for any amount.
        over: what happens above that.
        approvals: how many people allow it, if `over` is `approvals`.
        unknown: what happens if some resource has no price.
        max_price_age_days: older prices are a warning.
        currency: of `floor`, `new_stack_limit` and of all prices.
    """

    threshold_percent: Decimal = Decimal(10)
    floor: Decimal = ZERO
    new_stack_limit: Decimal | None = None
    over: Literal["approvals", "warn", "block"] = "approvals"
    approvals: int = 2
    unknown: Literal["block", "warn"] = "block"
    max_price_age_days: int = 180
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostComponent:
    """One line of a resource's bill.

    Attributes:
        quantity: per month; None if it depends on use that nobody has estimated.
        price: of one unit.
        cost: per month; None without a quantity.
        usage: it is paid by use, not by time.
    """

    name: str
    unit: str
    quantity: Decimal | None
    price: Decimal
    cost: Decimal | None
    usage: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCost:
    """What one resource costs per month before and after the plan; `components` are those after it."""

    address: str
    type: str
    before: Decimal
    after: Decimal
    components: tuple[CostComponent, ...] = ()

    @property
    def delta(self) -> Decimal:
        """Negative if it gets cheaper."""
        return self.after - self.before

    @property
    def usage(self) -> Decimal:
        """The part of `after` that is paid by use."""
        return sum((part.cost for part in self.components if part.usage and part.cost is not None), ZERO)

    @property
    def not_estimated(self) -> tuple[str, ...]:
        """The components whose cost depends on use that nobody has estimated; no total holds them."""
        return tuple(part.name for part in self.components if part.cost is None)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Unpriced:
    """Something whose cost is unknown; without an address, all of the plan."""

    address: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CostDelta:
    """What a plan changes in the cost per month.

    Attributes:
        resources: those with a price, in the order of their addresses.
        unpriced: those without one: if there is any, the totals are too low.
        source: where the prices are from.
        price_date: the oldest day on which a used price was looked up; None if the prices are those of today.
    """

    currency: str
    resources: tuple[ResourceCost, ...] = ()
    unpriced: tuple[Unpriced, ...] = ()
    source: str = ""
    price_date: date | None = None

    @property
    def before(self) -> Decimal:
        """The cost per month without the plan."""
        return sum((resource.before for resource in self.resources), ZERO)

    @property
    def after(self) -> Decimal:
        """The cost per month once the plan is applied."""
        return sum((resource.after for resource in self.resources), ZERO)

    @property
    def delta(self) -> Decimal:
        """Negative if it gets cheaper."""
        return self.after - self.before

    @property
    def usage(self) -> Decimal:
        """The part of `after` that is paid by use."""
        return sum((resource.usage for resource in self.resources), ZERO)

    @property
    def percent(self) -> Decimal | None:
        """The change in percent, to two places; None if nothing was paid before."""
        return (self.delta * _HUNDRED / self.before).quantize(_CENT) if self.before else None

    @property
    def known(self) -> bool:
        """True if everything has a price."""
        return not self.unpriced


def findings(delta: CostDelta, rules: CostRules, *, today: date) -> tuple[Finding, ...]:
    """What the rules say about a change of the cost."""
    return (*_unknown(delta, rules), *_over(delta, rules), *_old(delta, rules, today))


def is_over(delta: CostDelta, rules: CostRules) -> bool:
    """True if it gets more expensive than the rules allow without asking.

    Without a cost before there is no percentage: such a Stack has a limit of its own, or none.
    """
    if delta.before == ZERO:
        return rules.new_stack_limit is not None and delta.after > rules.new_stack_limit
    return delta.delta > rules.floor and delta.delta * _HUNDRED > delta.before * rules.threshold_percent


def money(amount: Decimal) -> str:
    """An amount for people: two places, half a cent rounded up, thousands apart."""
    return f"{_cents(amount):,}"


def signed(amount: Decimal) -> str:
    """As `money`, with a sign."""
    return f"{_cents(amount):+,}"


def change(delta: CostDelta) -> str:
    """`+41.45 USD a month (+24.96%)`."""
    percent = "no cost before" if delta.percent is None else f"{delta.percent:+.2f}%"
    return f"{signed(delta.delta)} {delta.currency} a month ({percent})"


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _unknown(delta: CostDelta, rules: CostRules) -> Iterator[Finding]:
    for entry in delta.unpriced:
        yield Finding(
            id=UNKNOWN,
            source=SOURCE,
            message=f"its cost is unknown: {entry.reason}",
            severity=Severity.CRITICAL if rules.unknown == "block" else Severity.LOW,
            address=entry.address or None,
            link=RUNBOOK,
            fix=f"{RUNBOOK}, 'The cost is unknown'",
        )


def _over(delta: CostDelta, rules: CostRules) -> Iterator[Finding]:
    if not is_over(delta, rules):
        return
    allowed = (
        f"without a cost before, {money(rules.new_stack_limit or ZERO)} {delta.currency} are allowed"
        if delta.before == ZERO
        else f"{rules.threshold_percent.normalize():f}% are allowed"
    )
    totals = f"from {money(delta.before)} to {money(delta.after)} {delta.currency} a month"
    can_be_approved = rules.over == "approvals"
    yield Finding(
        id=OVER,
        source=SOURCE,
        message=f"the cost goes {totals}, {change(delta)}; {allowed}"
        + (f", more needs {rules.approvals} approvals" if can_be_approved else ""),
        severity=Severity.LOW if rules.over == "warn" else Severity.CRITICAL,
        link=RUNBOOK,
        fix=f"{RUNBOOK}, 'The cost is over the threshold'",
        approvals=rules.approvals if can_be_approved else 0,
    )


def _old(delta: CostDelta, rules: CostRules, today: date) -> Iterator[Finding]:
    if delta.price_date is None or (today - delta.price_date).days <= rules.max_price_age_days:
        return
    yield Finding(
        id=OLD_PRICES,
        source=SOURCE,
        message=f"the oldest price used is from {delta.price_date.isoformat()}, "
        f"more than {rules.max_price_age_days} days ago",
        severity=Severity.LOW,
        link=RUNBOOK,
        fix=f"{RUNBOOK}, 'The prices are old'",
    )
