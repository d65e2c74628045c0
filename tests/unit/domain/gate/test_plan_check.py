"""A plan without its parts is not one without faults."""

from __future__ import annotations

from typing import Any

import pytest

from infragate.domain.errors import ToolFailed
from infragate.domain.gate.plan_check import findings, managed

MODULE = {"resources": [{"address": "aws_x.a", "mode": "managed"}, {"address": "data.aws_y.b", "mode": "data"}]}
WHOLE: dict[str, Any] = {
    "planned_values": {
        "root_module": {
            **MODULE,
            "child_modules": [{"resources": [{"address": "module.m.aws_x.c[0]", "mode": "managed"}]}],
        }
    },
    "resource_changes": [
        {"address": "aws_x.a", "change": {"actions": ["no-op"]}},
        {"address": "module.m.aws_x.c[0]", "change": {"actions": ["create"]}},
        {"address": "aws_x.gone", "change": {"actions": ["delete"]}},
        {"address": "aws_x.left", "change": {"actions": ["forget"]}},
    ],
    "configuration": {"root_module": {}},
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in WHOLE.items() if key != name}


def test_a_whole_plan_is_not_complained_about() -> None:
    assert findings(WHOLE) == ()


def test_the_managed_resources_of_all_modules_are_counted() -> None:
    assert managed(WHOLE) == {"aws_x.a", "module.m.aws_x.c[0]"}


@pytest.mark.parametrize("key", ["resources", "child_modules"])
@pytest.mark.parametrize("odd", [5, True, "text", {"a": MODULE}])
def test_resources_in_an_unknown_shape_are_not_taken_for_none(key: str, odd: object) -> None:
    for module in ({key: odd}, {"child_modules": [{key: odd}]}):
        with pytest.raises(ToolFailed, match=f"`{key}` is a"):
            managed({"planned_values": {"root_module": module}})


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (without("configuration"), "plan/no-configuration"),
        ({**WHOLE, "configuration": {}}, "plan/no-configuration"),
        (without("resource_changes"), "plan/no-changes"),
        ({**WHOLE, "resource_changes": None}, "plan/no-changes"),
        ({**WHOLE, "resource_changes": [{"address": "aws_x.a"}]}, "plan/partial"),
        ({**WHOLE, "complete": False}, "plan/partial"),
        (without("planned_values"), "plan/no-values"),
        ({**WHOLE, "planned_values": {"root_module": MODULE}}, "plan/no-values"),
    ],
)
def test_a_missing_part_is_a_finding(document: dict[str, Any], kind: str) -> None:
    (finding,) = findings(document)
    assert finding.id == kind
    assert finding.fails


@pytest.mark.parametrize("actions", [["create", "delete"], ["delete", "create"], ["create", "forget"], ["update"]])
def test_a_replaced_resource_is_left_by_the_plan(actions: list[str]) -> None:
    changes = [{"address": "aws_x.a", "change": {"actions": actions}}]
    document = {**WHOLE, "planned_values": {}, "resource_changes": changes}
    assert [finding.id for finding in findings(document)] == ["plan/no-values"]


def test_a_plan_that_leaves_nothing_is_whole() -> None:
    destroyed = [{"address": "aws_x.a", "change": {"actions": ["delete"]}}]
    assert findings({"resource_changes": destroyed, "configuration": {"root_module": {}}}) == ()
