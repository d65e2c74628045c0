"""A plan without its parts is not one without faults."""

from __future__ import annotations

from typing import Any

import pytest

from infragate.domain.gate.plan_check import findings, managed

MODULE = {"resources": [{"address": "aws_x.a", "mode": "managed"}, {"address": "data.aws_y.b", "mode": "data"}]}
WHOLE: dict[str, Any] = {
    "planned_values": {
        "root_module": {
            **MODULE,
            "child_modules": [{"resources": [{"address": "module.m.aws_x.c[0]", "mode": "managed"}]}],
        }
    },
    "resource_changes": [{"address": "aws_x.a"}, {"address": "module.m.aws_x.c[0]"}],
    "configuration": {"root_module": {}},
}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in WHOLE.items() if key != name}


def test_a_whole_plan_is_not_complained_about() -> None:
    assert findings(WHOLE) == ()


def test_the_managed_resources_of_all_modules_are_counted() -> None:
    assert managed(WHOLE) == {"aws_x.a", "module.m.aws_x.c[0]"}


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (without("configuration"), "plan/no-configuration"),
        ({**WHOLE, "configuration": {}}, "plan/no-configuration"),
        (without("resource_changes"), "plan/no-changes"),
        ({**WHOLE, "resource_changes": None}, "plan/no-changes"),
        ({**WHOLE, "resource_changes": [{"address": "aws_x.a"}]}, "plan/partial"),
        ({**WHOLE, "complete": False}, "plan/partial"),
    ],
)
def test_a_missing_part_is_a_finding(document: dict[str, Any], kind: str) -> None:
    (finding,) = findings(document)
    assert finding.id == kind
    assert finding.fails


def test_a_plan_that_leaves_nothing_is_whole() -> None:
    assert findings({"resource_changes": [{"address": "aws_x.a"}], "configuration": {"root_module": {}}}) == ()
