"""Is a deployed Stack healthy? Pure functions of what AWS answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.finding import OF_STATUS, Finding

HealthStatus = Literal["ok", "warn", "fail"]
Answer = Mapping[str, Any]
ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """What one question about one resource came to."""

    name: str
    subject: str
    status: HealthStatus
    message: str

    @property
    def finding(self) -> Finding | None:
        """The complaint; None when it is ok."""
        if self.status == "ok":
            return None
        return Finding(
            id=f"smoke/{self.name}",
            source="smoke",
            severity=OF_STATUS[self.status],
            address=f"{self.name} {self.subject}",
            message=self.message,
        )


def ecs_service(subject: str, service: Answer | None) -> HealthCheck:
    """Running = desired, nothing pending, one rollout and that complete."""

    def say(status: HealthStatus, message: str) -> HealthCheck:
        return HealthCheck(name="ecs", subject=subject, status=status, message=message)

    if service is None or service.get("status") != "ACTIVE":
        return say("fail", "the service does not exist or is not ACTIVE")
    running, desired = int(service.get("runningCount", 0)), int(service.get("desiredCount", 0))
    deployments = service.get("deployments") or []
    states = [str(deployment.get("rolloutState", "unknown")) for deployment in deployments]
    if desired == 0:
        return say("fail", "desired count is 0: nothing serves")
    if running != desired or int(service.get("pendingCount", 0)):
        return say("fail", f"{running} of {desired} tasks run")
    if states != ["COMPLETED"]:
        return say("fail", f"rollout is not complete: {', '.join(states) or 'no deployment'}")
    return say("ok", f"{running} of {desired} tasks run, rollout complete")


def targets(subject: str, descriptions: Sequence[Answer]) -> HealthCheck:
    """All registered targets healthy, and at least one; those that are draining leave by intention."""
    states = [str((entry.get("TargetHealth") or {}).get("State", "unknown")) for entry in descriptions]
    counted = [state for state in states if state != "draining"]
    bad = sorted({state for state in counted if state != "healthy"})
    if not counted:
        return HealthCheck(name="targets", subject=subject, status="fail", message="no targets are registered")
    if bad:
        healthy = counted.count("healthy")
        message = f"{healthy} of {len(counted)} targets healthy ({', '.join(bad)})"
        return HealthCheck(name="targets", subject=subject, status="fail", message=message)
    return HealthCheck(
        name="targets", subject=subject, status="ok", message=f"{len(counted)} of {len(counted)} targets healthy"
    )


def database(subject: str, instance: Answer | None) -> HealthCheck:
    """Available and encrypted."""
    state = str((instance or {}).get("DBInstanceStatus", "missing"))
    encrypted = (instance or {}).get("StorageEncrypted") is True
    if state != "available":
        return HealthCheck(name="rds", subject=subject, status="fail", message=f"status is {state}")
    if not encrypted:
        return HealthCheck(name="rds", subject=subject, status="fail", message="storage is NOT encrypted")
    return HealthCheck(name="rds", subject=subject, status="ok", message="available, encrypted")


def database_reach(subject: str, port: int, groups: Sequence[Answer], clients: Iterable[str]) -> HealthCheck:
    """The database's security groups let the service in, and not the whole world.

    Args:
        groups: the database's groups as `DescribeSecurityGroups` answers them.
        clients: security group ids of the service's tasks.
    """
    client_groups = set(clients)
    permissions = [rule for group in groups for rule in group.get("IpPermissions") or [] if _covers(rule, port)]
    sources = {pair.get("GroupId") for rule in permissions for pair in rule.get("UserIdGroupPairs") or []}
    ranges = [r.get("CidrIp") for rule in permissions for r in rule.get("IpRanges") or []]
    ranges += [r.get("CidrIpv6") for rule in permissions for r in rule.get("Ipv6Ranges") or []]
    if any(cidr in ANYWHERE for cidr in ranges):
        return HealthCheck(
            name="rds-reach", subject=subject, status="fail", message=f"port {port} is open to the world"
        )
    if not client_groups:
        return HealthCheck(
            name="rds-reach", subject=subject, status="fail", message="the service has no security group"
        )
    if not sources & client_groups:
        return HealthCheck(
            name="rds-reach", subject=subject, status="fail", message=f"no rule lets the service reach port {port}"
        )
    return HealthCheck(
        name="rds-reach", subject=subject, status="ok", message=f"the service's security group may reach {port}"
    )


def _covers(rule: Answer, port: int) -> bool:
    if str(rule.get("IpProtocol")) == "-1":
        return True
    return str(rule.get("IpProtocol")) == "tcp" and int(rule.get("FromPort", -1)) <= port <= int(rule.get("ToPort", -1))


def alarms(expected: Sequence[str], found: Sequence[Answer]) -> list[HealthCheck]:
    """Every alarm of ours exists and none is in ALARM; one without data yet is a warning."""
    states = {str(alarm.get("AlarmName")): str(alarm.get("StateValue")) for alarm in found}
    checks = []
    for name in expected:
        state = states.get(name, "missing")
        status: HealthStatus = "ok" if state == "OK" else "warn" if state == "INSUFFICIENT_DATA" else "fail"
        checks.append(HealthCheck(name="alarm", subject=name, status=status, message=state))
    return checks
