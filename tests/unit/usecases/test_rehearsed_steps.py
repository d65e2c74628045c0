"""The steps of rehearsals, and what their pull requests add to a Stack."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.projects import typed

from infragate.domain.errors import Integrity
from infragate.domain.gate.cost import CostRules
from infragate.usecases.rehearsal import proposed_changes, steps


def failing() -> str:
    raise Integrity("the tag was moved")


def test_after_a_step_that_failed_none_is_run() -> None:
    told: list[object] = []
    acts = [("first", lambda: "evidence"), ("second", failing), ("third", lambda: pytest.fail("it was run"))]
    done, error = steps.run(acts, told.append)
    assert [(step.name, step.status) for step in done] == [("first", "ok"), ("second", "fail"), ("third", "skipped")]
    assert [step.detail for step in done] == ["evidence", "the tag was moved", "an earlier step failed"]
    assert isinstance(error, Integrity)
    assert told == ["== first", "== second"]


@pytest.mark.parametrize(
    ("before", "floor", "count"), [("58.82", "0", 59), ("3.10", "0", 4), ("1.00", "0", 2), ("58.82", "20", 201)]
)
def test_as_many_alarms_are_proposed_as_cost_more_than_the_rules_allow(before: str, floor: str, count: int) -> None:
    rules = CostRules(threshold_percent=Decimal(10), floor=Decimal(floor))
    price = Decimal("0.10")
    assert proposed_changes.too_many(Decimal(before), price, rules) == count
    assert count * price > max(Decimal(before) / 10, Decimal(floor)) >= (count - 1) * price


def test_the_code_is_proposed_again_with_a_remark_alone() -> None:
    environment = typed().environment("dev")
    ((name, text),) = proposed_changes.alarm(environment, 90).items()
    ((again, remarked),) = proposed_changes.again(environment, 90).items()
    remark, _, rest = remarked.partition("\n")
    assert (again, rest) == (name, text)
    assert remark.startswith("# ")


def test_each_proposed_change_is_a_file_of_its_own_with_names_of_the_environment() -> None:
    environment = typed().environment("dev")
    proposals = [
        proposed_changes.alarm(environment, 80),
        proposed_changes.alarm(environment, 80, count=3),
        proposed_changes.open_to_the_world(environment),
    ]
    names = [name for proposal in proposals for name in proposal]
    assert len(set(names)) == 3
    assert all(name.startswith(f"{environment.directory}/") for name in names)
    assert all(f'"{environment.prefix}-' in text for proposal in proposals for text in proposal.values())
