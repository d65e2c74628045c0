from __future__ import annotations

from typing import Any

import pytest

from infragate.domain import smoke_checks

HEALTHY = {
    "status": "ACTIVE",
    "runningCount": 2,
    "desiredCount": 2,
    "pendingCount": 0,
    "deployments": [{"rolloutState": "COMPLETED"}],
}


def test_a_service_whose_tasks_all_run_is_healthy() -> None:
    check = smoke_checks.ecs_service("api", HEALTHY)
    assert (check.status, check.subject, check.message) == ("ok", "api", "2 of 2 tasks run, rollout complete")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "DRAINING"}, "not ACTIVE"),
        ({"runningCount": 1}, "1 of 2 tasks run"),
        ({"runningCount": 3}, "3 of 2 tasks run"),
        ({"pendingCount": 1}, "2 of 2 tasks run"),
        ({"desiredCount": 0, "runningCount": 0}, "nothing serves"),
        ({"deployments": []}, "no deployment"),
        ({"deployments": None}, "no deployment"),
        ({"deployments": [{"rolloutState": "FAILED"}]}, "FAILED"),
        ({"deployments": [{}]}, "unknown"),
        ({"deployments": [{"rolloutState": "IN_PROGRESS"}, {"rolloutState": "COMPLETED"}]}, "IN_PROGRESS, COMPLETED"),
    ],
)
def test_a_service_that_is_not_as_it_should_be_fails(change: dict[str, Any], words: str) -> None:
    check = smoke_checks.ecs_service("api", {**HEALTHY, **change})
    assert check.status == "fail"
    assert words in check.message


@pytest.mark.parametrize("answer", [None, {}])
def test_a_service_that_is_not_there_fails(answer: dict[str, Any] | None) -> None:
    assert smoke_checks.ecs_service("api", answer).status == "fail"


def targets(*states: str) -> smoke_checks.HealthCheck:
    return smoke_checks.targets("tg", [{"TargetHealth": {"State": state}} for state in states])


def test_all_targets_healthy_is_healthy() -> None:
    check = targets("healthy", "healthy")
    assert (check.status, check.message) == ("ok", "2 of 2 targets healthy")


def test_a_target_that_leaves_by_intention_does_not_count() -> None:
    assert targets("healthy", "draining").message == "1 of 1 targets healthy"


def test_no_targets_are_not_healthy() -> None:
    assert targets().status == "fail"


def test_only_draining_targets_are_not_healthy() -> None:
    assert targets("draining").status == "fail"


@pytest.mark.parametrize("state", ["unhealthy", "initial", "unused", "unavailable", "unknown"])
def test_one_target_that_is_not_healthy_fails_all(state: str) -> None:
    check = targets("healthy", state)
    assert (check.status, check.message) == ("fail", f"1 of 2 targets healthy ({state})")


def test_a_target_without_a_state_is_not_healthy() -> None:
    assert smoke_checks.targets("tg", [{}]).status == "fail"


def test_an_available_and_encrypted_database_is_healthy() -> None:
    assert smoke_checks.database("db", {"DBInstanceStatus": "available", "StorageEncrypted": True}).status == "ok"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "missing"),
        ({"DBInstanceStatus": "stopped", "StorageEncrypted": True}, "stopped"),
        ({"DBInstanceStatus": "available", "StorageEncrypted": False}, "NOT encrypted"),
        ({"DBInstanceStatus": "available"}, "NOT encrypted"),
        ({"DBInstanceStatus": "available", "StorageEncrypted": "yes"}, "NOT encrypted"),
    ],
)
def test_any_other_database_fails(answer: dict[str, Any] | None, words: str) -> None:
    check = smoke_checks.database("db", answer)
    assert check.status == "fail"
    assert words in check.message


def rule(*, protocol: str = "tcp", ports: tuple[int, int] | None = (5432, 5432), **more: Any) -> dict[str, Any]:
    reach = {} if ports is None else {"FromPort": ports[0], "ToPort": ports[1]}
    return {"IpProtocol": protocol, **reach, **more}


def reach(*rules: dict[str, Any], clients: tuple[str, ...] = ("sg-app",)) -> smoke_checks.HealthCheck:
    return smoke_checks.database_reach("db", 5432, [{"IpPermissions": list(rules)}], clients)


FROM_APP: dict[str, Any] = {"UserIdGroupPairs": [{"GroupId": "sg-app"}]}


@pytest.mark.parametrize(
    "opened", [rule(**FROM_APP), rule(ports=(5000, 6000), **FROM_APP), rule(protocol="-1", ports=None, **FROM_APP)]
)
def test_a_rule_for_the_services_group_lets_it_in(opened: dict[str, Any]) -> None:
    assert reach(opened).status == "ok"


@pytest.mark.parametrize(
    "other",
    [
        rule(ports=(3306, 3306), **FROM_APP),
        rule(protocol="udp", **FROM_APP),
        rule(UserIdGroupPairs=[{"GroupId": "sg-other"}]),
        rule(IpRanges=[{"CidrIp": "10.0.0.0/8"}]),
        rule(ports=None, **FROM_APP),
    ],
)
def test_a_rule_for_something_else_does_not(other: dict[str, Any]) -> None:
    check = reach(other)
    assert (check.status, check.message) == ("fail", "no rule lets the service reach port 5432")


@pytest.mark.parametrize("world", [{"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}, {"Ipv6Ranges": [{"CidrIpv6": "::/0"}]}])
def test_a_database_that_is_open_to_the_world_fails_even_if_the_service_gets_in(world: dict[str, Any]) -> None:
    assert "open to the world" in reach(rule(**FROM_APP), rule(**world)).message


def test_a_port_beside_the_databases_may_be_open() -> None:
    https = rule(ports=(443, 443), IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    assert reach(rule(**FROM_APP), https).status == "ok"


def test_a_service_without_a_group_reaches_nothing() -> None:
    assert reach(rule(**FROM_APP), clients=()).message == "the service has no security group"


def test_a_database_without_rules_is_reached_by_nobody() -> None:
    assert smoke_checks.database_reach("db", 5432, [{"IpPermissions": None}], ["sg-app"]).status == "fail"


@pytest.mark.parametrize(
    ("state", "status"), [("OK", "ok"), ("INSUFFICIENT_DATA", "warn"), ("ALARM", "fail"), ("None", "fail")]
)
def test_an_alarm_is_as_healthy_as_its_state(state: str, status: str) -> None:
    (check,) = smoke_checks.alarms(["cpu"], [{"AlarmName": "cpu", "StateValue": state}])
    assert (check.status, check.message) == (status, state)


def test_an_alarm_that_should_be_there_and_is_not_fails() -> None:
    (check,) = smoke_checks.alarms(["cpu"], [{"AlarmName": "other", "StateValue": "OK"}])
    assert (check.status, check.message) == ("fail", "missing")


def test_alarms_that_are_not_ours_say_nothing() -> None:
    assert smoke_checks.alarms([], [{"AlarmName": "other", "StateValue": "ALARM"}]) == []


def test_what_fails_or_warns_is_a_complaint_and_what_is_ok_is_none() -> None:
    states = ["ALARM", "INSUFFICIENT_DATA", "OK"]
    checks = smoke_checks.alarms(
        ["a", "b", "c"], [{"AlarmName": n, "StateValue": s} for n, s in zip("abc", states, strict=True)]
    )
    assert [check.finding and (check.finding.where, check.finding.fails) for check in checks] == [
        ("alarm a", True),
        ("alarm b", False),
        None,
    ]
