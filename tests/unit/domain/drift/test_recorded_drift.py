"""The classification over recorded plans of a whole Environment: nothing is missed, nothing harmless is told."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from tests.unit import drift_plans
from tests.unit.drift_plans import OTHER, SAME, hidden, items, recorded

from infragate.domain.drift.applied import AppliedCode

STATE = recorded("state")
TASKS = "module.ecs_service.aws_ecs_task_definition.this"
SERVICE = "module.ecs_service.aws_ecs_service.this"
BY_HAND = {
    ('module.alarms.aws_cloudwatch_metric_alarm.this["ecs-cpu"]', ""),
    ("module.ecs_service.aws_cloudwatch_log_group.this", "retention_in_days"),
    (SERVICE, "desired_count"),
    ("module.rds.aws_db_instance.primary", "backup_retention_period"),
}
# What else is in the last plan: another path of health checks by hand, and an output that is new in the code.
MORE = {("module.alb.aws_lb_target_group.this", "health_check"), ("output.note", "")}


def told(name: str, applied: AppliedCode = SAME) -> set[tuple[str, str]]:
    return {(item.address, item.cause) for item in items(recorded(name), applied=applied, state=STATE) if item.counts}


def test_the_plan_after_an_apply_shows_seven_differences_and_none_counts() -> None:
    found = items(recorded("after-apply"), state=STATE)
    assert [item.cause for item in found] == ["noise"] * 7
    assert all(item.evidence for item in found)


@pytest.mark.parametrize("applied", [SAME, OTHER], ids=["same code", "other code"])
def test_an_image_that_was_pushed_anew_under_its_tag_is_noise(applied: AppliedCode) -> None:
    assert told("image", applied) == set()
    causes = {item.address: item for item in items(recorded("image"), applied=applied, state=STATE)}
    assert causes[TASKS].evidence == "data.aws_ecr_image.service now gives another answer to the same question"
    assert causes[SERVICE].evidence == f"follows from {TASKS}"


def test_without_the_answer_of_the_last_apply_the_image_is_not_noise() -> None:
    assert {item.cause for item in items(recorded("image")) if item.address in (TASKS, SERVICE)} == {"not-applied"}


def test_what_was_changed_by_hand_is_told_as_that() -> None:
    assert told("hand") == {(address, "out-of-band") for address, _ in BY_HAND}


def test_no_rule_hides_a_change_by_hand() -> None:
    assert hidden(items(recorded("hand"), state=STATE), BY_HAND) == []
    assert hidden(items(recorded("both"), applied=OTHER, state=STATE), BY_HAND | MORE) == []


def test_what_was_changed_by_hand_and_in_the_code_says_both() -> None:
    found = {item.address: item for item in items(recorded("both"), applied=OTHER, state=STATE) if item.counts}
    group = found["module.ecs_service.aws_cloudwatch_log_group.this"]
    assert (group.cause, group.fields[0].before, group.fields[0].after) == ("out-of-band", 1, 400)
    assert "the code sets yet another value than was applied" in group.evidence
    assert found["output.note"].cause == "outputs"


def test_what_the_code_writes_in_dynamic_blocks_is_not_left_to_a_reader() -> None:
    """The reader leaves it to the plan, whose JSON does not have them."""
    groups = ("module.sg_alb.aws_security_group.this", "module.sg_db.aws_security_group.this")
    found = items(recorded("after-apply"), state=STATE, written=dict.fromkeys(groups, frozenset({"ingress"})))
    told = {item.address for item in found if item.counts}
    assert told == set(groups)
    assert {field.path.partition("[")[0] for item in found if item.counts for field in item.fields} == {"ingress"}


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}-changed"
    return [*value, value[0]] if isinstance(value, list) and value else "changed"


def created() -> list[dict[str, Any]]:
    """The resources that the code creates, as the tests' plan of dev has them."""
    path = drift_plans.RECORDED.parent / "plans" / "fileflow-dev.json"
    changes = json.loads(path.read_text())["resource_changes"]
    return [change for change in changes if change["mode"] == "managed"]


@pytest.mark.parametrize("entry", created(), ids=lambda entry: entry["address"])
def test_no_attribute_that_the_code_sets_can_be_changed_by_hand_unseen(entry: dict[str, Any]) -> None:
    """Each attribute in turn is another one than was applied, and the plan changes it back."""
    applied = entry["change"]["after"]
    for name, value in applied.items():
        if value in (None, [], {}, ""):
            continue
        real = {**copy.deepcopy(applied), name: changed(value)}
        sides = {"after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}, "actions": ["update"]}
        drift = {**entry, "change": {**sides, "before": applied, "after": real}}
        change = {**entry, "change": {**sides, "before": real, "after": applied}}
        found = items(drift_plans.drifted(change, drift=[drift]))
        assert hidden(found, [(entry["address"], name)]) == []
        assert {item.cause for item in found} == {"out-of-band"}
        waiting = items(drift_plans.drifted(change), applied=OTHER)
        assert hidden(waiting, [(entry["address"], name)]) == []
        assert {item.cause for item in waiting} == {"not-applied"}
