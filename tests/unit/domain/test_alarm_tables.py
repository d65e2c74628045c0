"""docs/alarms.md: every alarm of each Environment, as the code and the recorded plans have it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import documents

from infragate.adapters.local import environments_file
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import alarm_tables
from infragate.domain.front_doors.alarm_tables import AlarmInputs, AlarmModule

ROOT = Path(__file__).parents[3]
NAMES = environments_file.load(ROOT).names
PAGE = documents.tables("alarms.md")
CPU = {
    "what": "CPU",
    "severity": "warning",
    "namespace": "AWS/ECS",
    "metric": "CPUUtilization",
    "statistic": "Average",
    "operator": "GreaterThanThreshold",
    "threshold": "${var.thresholds.cpu}",
    "minutes": 5,
}


def written(name: str) -> dict[str, dict[str, str]]:
    return {row["alarm"]: row for row in PAGE[f"{name} / alarm"]}


def planned(name: str) -> dict[str, Any]:
    plan = json.loads((ROOT / f"tests/data/plans/fileflow-{name}.json").read_text())
    alarms = [
        change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == "aws_cloudwatch_metric_alarm"
    ]
    return {alarm["alarm_name"]: alarm for alarm in alarms}


def number(text: str) -> float:
    sign, value, *unit = text.split()
    assert sign in (">", "<")
    return float(value) * (1024**3 if unit == ["GiB"] else 1)


@pytest.mark.parametrize("name", NAMES)
def test_every_environment_has_the_basic_alarms_with_severity_channel_and_runbook(name: str) -> None:
    rows = written(name)
    assert {alarm.removeprefix(f"fileflow-{name}-") for alarm in rows} == set(
        "alb-5xx alb-unhealthy ecs-cpu ecs-memory rds-connections rds-cpu rds-storage".split()
    )
    assert {row["severity"] for row in rows.values()} == {"critical", "warning"}
    assert all(re.fullmatch(r"#[a-z0-9-]+", row["channel"]) for row in rows.values())
    for alarm, row in rows.items():
        end = alarm.removeprefix(f"fileflow-{name}-")
        assert row["runbook"] == f"[{end}](../runbooks/alarms.md#{end})"


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_page_says_what_a_recorded_plan_makes(name: str) -> None:
    rows, alarms = written(name), planned(name)
    assert set(rows) == set(alarms)
    for alarm, row in rows.items():
        made = alarms[alarm]
        assert made["alarm_description"] == f"[{row['severity']}] {row['channel']} {row['what']}"
        assert f"{made['namespace']} {made['metric_name']}, {made['statistic']}" == row["metric"]
        assert made["threshold"] == number(row["threshold"])
        assert made["period"] * made["evaluation_periods"] == 60 * int(row["minutes"])
        assert made["tags_all"]["severity"] == row["severity"]
        assert made["comparison_operator"].startswith("Less" if row["threshold"].startswith("<") else "Greater")


def table(alarm: dict[str, Any], **inputs: Any) -> str:
    environment: dict[str, Any] = {
        "thresholds": {"cpu": 70},
        "channels": {"warning": "#w", "critical": "#c"},
        "severities": {},
        **inputs,
    }
    module = AlarmModule(alarms={"cpu": alarm}, defaults={"cpu": 80.0})
    return alarm_tables.text(module, [AlarmInputs(environment="dev", prefix="demo-dev", **environment)]).splitlines()[
        -1
    ]


@pytest.mark.parametrize(
    ("alarm", "inputs", "expected"),
    [
        (CPU, {}, "> 70 | 5 | warning | #w"),
        (CPU, {"thresholds": {}}, "> 80 | 5 | warning | #w"),
        (CPU, {"severities": {"cpu": "critical"}}, "> 70 | 5 | critical | #c"),
        ({**CPU, "threshold": 0}, {}, "> 0 | 5"),
        ({**CPU, "threshold": "${var.thresholds.cpu * 1024 * 1024 * 1024}"}, {}, "> 70 GiB | 5"),
        ({**CPU, "operator": "LessThanOrEqualToThreshold"}, {}, "<= 70 | 5"),
    ],
)
def test_a_row_says_what_the_environment_passes(alarm: dict[str, Any], inputs: dict[str, Any], expected: str) -> None:
    assert expected in table(alarm, **inputs)


@pytest.mark.parametrize("threshold", ["${var.thresholds.other}", "${max(1, 2)}"])
def test_a_threshold_that_cannot_be_said_is_refused(threshold: str) -> None:
    with pytest.raises(BadInput, match="cannot determine the threshold"):
        table({**CPU, "threshold": threshold})


def test_defaults_are_read_from_the_type_of_the_input() -> None:
    kind = "${object({ecs_cpu = optional(number, 80), rds_storage = optional(number, 0.5), rds_connections = number})}"
    assert alarm_tables.defaults(kind) == {"ecs_cpu": 80.0, "rds_storage": 0.5}
