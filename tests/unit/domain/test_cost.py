"""The cost of a plan per month, and what the rules of an Environment say about it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.finding import Finding
from infragate.domain.gate import cost
from infragate.domain.gate.cost import CostComponent, CostDelta, CostRules, ResourceCost, Unpriced
from infragate.domain.verdict import decide

TODAY = date(2026, 11, 26)
AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=6)


def resource(
    before: str | Decimal, after: str | Decimal, address: str = "aws_db_instance.this", **more: Any
) -> ResourceCost:
    return ResourceCost(
        address=address, type=address.partition(".")[0], before=Decimal(before), after=Decimal(after), **more
    )


def delta(*resources: ResourceCost, **more: Any) -> CostDelta:
    return CostDelta(currency="USD", resources=resources, **more)


def ids(change: CostDelta, rules: CostRules = CostRules()) -> list[str]:  # noqa: B008 - a frozen value
    return [finding.id for finding in cost.findings(change, rules, today=TODAY)]


def only(change: CostDelta, rules: CostRules = CostRules()) -> Finding:  # noqa: B008
    (finding,) = cost.findings(change, rules, today=TODAY)
    return finding


@st.composite
def deltas(draw: st.DrawFn) -> CostDelta:
    pairs = draw(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=6))
    unpriced = draw(
        st.lists(st.builds(Unpriced, address=st.sampled_from("abc"), reason=st.just("no price")), max_size=2)
    )
    parts = [resource(before, after, f"aws_lb.n{number}") for number, (before, after) in enumerate(pairs)]
    return delta(*parts, unpriced=tuple(unpriced))


@st.composite
def rules(draw: st.DrawFn) -> CostRules:
    return CostRules(
        threshold_percent=draw(st.decimals(min_value=0, max_value=200, places=1)),
        floor=draw(AMOUNTS),
        new_stack_limit=draw(st.none() | AMOUNTS),
        over=draw(st.sampled_from(["approvals", "warn", "block"])),
        unknown=draw(st.sampled_from(["block", "warn"])),
    )


def rank(change: CostDelta, limits: CostRules) -> int:
    order = {"allow": 0, "needs-approvals": 1, "block": 2}
    return order[decide(cost.findings(change, limits, today=TODAY)).decision]


def test_the_totals_are_the_sums_of_the_resources() -> None:
    change = delta(resource("41.4494", "82.8988", "aws_ecs_service.a"), resource("63.43", "0", "aws_db_instance.b"))
    assert (change.before, change.after, change.delta) == tuple(map(Decimal, ("104.8794", "82.8988", "-21.9806")))
    assert change.percent == Decimal("-20.96")


def test_more_than_the_threshold_needs_two_approvals() -> None:
    finding = only(delta(resource("166.0744", "207.5238")))
    assert (finding.id, finding.approvals, finding.fails) == ("cost/over-threshold", 2, True)
    assert finding.message == (
        "the cost goes from 166.07 to 207.52 USD a month, +41.45 USD a month (+24.96%); "
        "10% are allowed, more needs 2 approvals"
    )


@pytest.mark.parametrize(("after", "expected"), [("110", []), ("110.000001", ["cost/over-threshold"]), ("90", [])])
def test_exactly_the_threshold_is_allowed(after: str, expected: list[str]) -> None:
    assert ids(delta(resource("100", after))) == expected


@pytest.mark.parametrize(("floor", "expected"), [("5", []), ("4.99", ["cost/over-threshold"])])
def test_an_increase_up_to_the_floor_is_allowed_whatever_its_percentage(floor: str, expected: list[str]) -> None:
    assert ids(delta(resource("1", "6")), CostRules(floor=Decimal(floor))) == expected


@pytest.mark.parametrize(
    ("over", "approvals", "fails"), [("approvals", 2, True), ("block", 0, True), ("warn", 0, False)]
)
def test_the_rules_say_what_happens_above_the_threshold(over: Any, approvals: int, fails: bool) -> None:
    finding = only(delta(resource("1", "6")), CostRules(over=over))
    assert (finding.approvals, finding.fails) == (approvals, fails)


def test_a_new_stack_has_no_percentage_and_is_allowed_without_a_limit() -> None:
    change = delta(resource("0", "1000"))
    assert (change.percent, ids(change)) == (None, [])


@pytest.mark.parametrize(("limit", "expected"), [("1000", []), ("999.99", ["cost/over-threshold"])])
def test_a_new_stack_over_its_own_limit_asks(limit: str, expected: list[str]) -> None:
    assert ids(delta(resource("0", "1000")), CostRules(new_stack_limit=Decimal(limit))) == expected


@pytest.mark.parametrize(("unknown", "fails"), [("block", True), ("warn", False)])
def test_what_has_no_price_makes_the_cost_unknown(unknown: Any, fails: bool) -> None:
    change = delta(resource("1", "1"), unpriced=(Unpriced(address="aws_mq_broker.b", reason="no price for it"),))
    finding = only(change, CostRules(unknown=unknown))
    assert (finding.id, finding.address, finding.approvals, finding.fails) == (
        "cost/unknown",
        "aws_mq_broker.b",
        0,
        fails,
    )
    assert not change.known


def test_an_unknown_cost_does_not_hide_a_known_increase() -> None:
    change = delta(resource("1", "6"), unpriced=(Unpriced(address="", reason="a short answer"),))
    assert ids(change) == ["cost/unknown", "cost/over-threshold"]


@pytest.mark.parametrize(("days", "expected"), [(180, []), (181, ["cost/old-prices"])])
def test_old_prices_are_a_warning(days: int, expected: list[str]) -> None:
    change = delta(resource("1", "1"), price_date=TODAY - timedelta(days=days))
    assert ids(change) == expected
    assert not any(finding.fails for finding in cost.findings(change, CostRules(), today=TODAY))


def test_parts_that_are_paid_by_use_are_told_apart() -> None:
    parts = (
        CostComponent(name="hours", unit="hours", quantity=Decimal(730), price=Decimal("0.059"), cost=Decimal("43.07")),
        CostComponent(
            name="data", unit="GB", quantity=Decimal(100), price=Decimal("0.059"), cost=Decimal("5.9"), usage=True
        ),
        CostComponent(name="peaks", unit="GB", quantity=None, price=Decimal("0.1"), cost=None, usage=True),
    )
    change = delta(resource("0", "48.97", "aws_nat_gateway.a", components=parts))
    assert change.usage == Decimal("5.9")
    assert change.resources[0].not_estimated == ("peaks",)


@given(deltas())
def test_the_difference_is_the_sum_of_the_differences(change: CostDelta) -> None:
    assert change.delta == sum((part.delta for part in change.resources), Decimal(0))
    assert change.before + change.delta == change.after


@given(deltas(), rules(), st.randoms())
def test_the_order_of_the_resources_does_not_matter(change: CostDelta, limits: CostRules, chance: Any) -> None:
    shuffled = list(change.resources)
    chance.shuffle(shuffled)
    again = cost.findings(replace(change, resources=tuple(shuffled)), limits, today=TODAY)
    assert again == cost.findings(change, limits, today=TODAY)


@given(deltas(), rules(), AMOUNTS)
def test_a_higher_cost_afterwards_is_never_judged_milder(change: CostDelta, limits: CostRules, more: Decimal) -> None:
    dearer = replace(change, resources=(*change.resources, resource("0", more, "aws_lb.more")))
    assert rank(dearer, limits) >= rank(change, limits)


@given(deltas(), rules())
def test_one_more_unknown_price_is_never_judged_milder(change: CostDelta, limits: CostRules) -> None:
    worse = replace(change, unpriced=(*change.unpriced, Unpriced(address="x", reason="no price")))
    assert rank(worse, limits) >= rank(change, limits)


@given(deltas(), rules(), AMOUNTS)
def test_a_higher_limit_is_never_stricter(change: CostDelta, limits: CostRules, more: Decimal) -> None:
    wider = replace(
        limits,
        floor=limits.floor + more,
        threshold_percent=limits.threshold_percent + more,
        new_stack_limit=None if limits.new_stack_limit is None else limits.new_stack_limit + more,
    )
    assert rank(change, wider) <= rank(change, limits)


@given(deltas())
def test_no_amount_is_a_float(change: CostDelta) -> None:
    amounts = (change.before, change.after, change.delta, change.usage, change.percent or Decimal(0))
    assert all(type(amount) is Decimal for amount in amounts)
