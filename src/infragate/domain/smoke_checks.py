"""The health of a deployed Stack: pure functions of AWS's responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from infragate.domain.finding import Finding, of_check

HealthStatus = Literal["ok", "warn", "fail"]
Answer = Mapping[str, Any]
ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The result of one check of one resource."""

    name: str
    subject: str
    status: HealthStatus
    message: str

    @property
    def finding(self) -> Finding | None:
        """None if the status is ok."""
        return of_check("smoke", self.name, self.status, self.message, address=f"{self.name} {self.subject}")


def ecs_service(subject: str, service: Answer | None) -> HealthCheck:
    """ok if all desired tasks run, none is pending, and the only rollout is complete."""
    check = partial(HealthCheck, name="ecs", subject=subject)
    if service is None or service.get("status") != "ACTIVE":
        return check(status="fail", message="the service does not exist or is not ACTIVE")
    running, desired = int(service.get("runningCount", 0)), int(service.get("desiredCount", 0))
    deployments = service.get("deployments") or []
    states = [str(deployment.get("rolloutState", "unknown")) for deployment in deployments]
    if desired == 0:
        return check(status="fail", message="desired count is 0: nothing serves")
    if running != desired or int(service.get("pendingCount", 0)):
        return check(status="fail", message=f"{running} of {desired} tasks run")
    if states != ["COMPLETED"]:
        return check(status="fail", message=f"rollout is not complete: {', '.join(states) or 'no deployment'}")
    return check(status="ok", message=f"{running} of {desired} tasks run, rollout complete")


def targets(subject: str, descriptions: Sequence[Answer]) -> HealthCheck:
    """ok if all registered targets are healthy and there is at least one; draining targets do not count."""
    check = partial(HealthCheck, name="targets", subject=subject)
    states = [str((entry.get("TargetHealth") or {}).get("State", "unknown")) for entry in descriptions]
    counted = [state for state in states if state != "draining"]
    bad = sorted({state for state in counted if state != "healthy"})
    if not counted:
        return check(status="fail", message="no targets are registered")
    healthy = f"{counted.count('healthy')} of {len(counted)} targets healthy"
    return check(status="fail", message=f"{healthy} ({', '.join(bad)})") if bad else check(status="ok", message=healthy)


def database(subject: str, instance: Answer | None) -> HealthCheck:
    """ok if available and encrypted."""
    check = partial(HealthCheck, name="rds", subject=subject)
    state = str((instance or {}).get("DBInstanceStatus", "missing"))
    if state != "available":
        return check(status="fail", message=f"status is {state}")
    if (instance or {}).get("StorageEncrypted") is not True:
        return check(status="fail", message="storage is NOT encrypted")
    return check(status="ok", message="available, encrypted")


def database_reach(subject: str, port: int, groups: Sequence[Answer], clients: Iterable[str]) -> HealthCheck:
    """ok if the database's security groups let the service in, but not the whole world.

    Args:
        groups: the database's groups, as `DescribeSecurityGroups` returns them.
        clients: security group ids of the service's tasks.
    """
    check = partial(HealthCheck, name="rds-reach", subject=subject)
    client_groups = set(clients)
    permissions = [rule for group in groups for rule in group.get("IpPermissions") or [] if _covers(rule, port)]
    sources = {pair.get("GroupId") for rule in permissions for pair in rule.get("UserIdGroupPairs") or []}
    ranges = [entry.get("CidrIp") for rule in permissions for entry in rule.get("IpRanges") or []]
    ranges += [entry.get("CidrIpv6") for rule in permissions for entry in rule.get("Ipv6Ranges") or []]
    if any(cidr in ANYWHERE for cidr in ranges):
        return check(status="fail", message=f"port {port} is open to the world")
    if not client_groups:
        return check(status="fail", message="the service has no security group")
    if not sources & client_groups:
        return check(status="fail", message=f"no rule lets the service reach port {port}")
    return check(status="ok", message=f"the service's security group may reach {port}")


def _covers(rule: Answer, port: int) -> bool:
    if str(rule.get("IpProtocol")) == "-1":
        return True
    return str(rule.get("IpProtocol")) == "tcp" and int(rule.get("FromPort", -1)) <= port <= int(rule.get("ToPort", -1))


def alarms(expected: Sequence[str], described: Sequence[Answer]) -> list[HealthCheck]:
    """fail if an expected alarm is missing or in ALARM; warn if it has no data yet."""
    states = {str(alarm.get("AlarmName")): str(alarm.get("StateValue")) for alarm in described}
    checks = []
    for name in expected:
        state = states.get(name, "missing")
        status: HealthStatus = "ok" if state == "OK" else "warn" if state == "INSUFFICIENT_DATA" else "fail"
        checks.append(HealthCheck(name="alarm", subject=name, status=status, message=state))
    return checks


def http(subject: str, answer: int | str, expected: int) -> HealthCheck:
    """ok if the status code is the expected one.

    Args:
        answer: the status code, or why there was none.
    """
    check = partial(HealthCheck, name="http", subject=subject)
    if answer == expected:
        return check(status="ok", message=f"status {answer}")
    return check(status="fail", message=answer if isinstance(answer, str) else f"status {answer}, expected {expected}")


def nothing(environment: str) -> HealthCheck:
    """The warning that no check applies: that is not health."""
    return HealthCheck(
        name="none",
        subject=environment,
        status="warn",
        message="nothing to check: no ECS service, target group, database or alarm in the state, and no checks: in "
        "infra/environments.yaml",
    )
