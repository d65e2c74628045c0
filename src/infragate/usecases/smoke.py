"""`smoke`: check the health of the Stack's resources in AWS, under the plan role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from infragate.adapters import service_probe
from infragate.adapters.aws import aws_api
from infragate.adapters.local import clock, trust
from infragate.domain import smoke_checks
from infragate.domain.command import Command
from infragate.domain.environment import DeclaredCheck
from infragate.domain.errors import ToolFailed
from infragate.domain.finding import Finding, failing
from infragate.domain.smoke_checks import HealthCheck, HealthStatus
from infragate.domain.terraform.state_file import Resource
from infragate.usecases.session import Session

POLL_SECONDS = 5.0
_ABSENT = (
    "DBInstanceNotFound TargetGroupNotFound ClusterNotFoundException ServiceNotFoundException InvalidGroup.NotFound"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeRequest:
    """What to check; `wait_seconds` is the longest wait for health (0: one round)."""

    session: Session
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeResult:
    """All checks of the last round."""

    environment: str
    checks: tuple[HealthCheck, ...]
    waited_seconds: float

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything unhealthy, warnings included."""
        return tuple(check.finding for check in self.checks if check.finding)

    @property
    def healthy(self) -> bool:
        """True if no check failed."""
        return not failing(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """AWS clients by name, and the Stack's resources."""

    client: Callable[[str], Any]
    resources: Sequence[Resource]

    def of(self, *types: str) -> list[Resource]:
        return [resource for resource in self.resources if resource.type in types]


def run(request: SmokeRequest) -> SmokeResult:
    """Check until everything is healthy or the time is over.

    Raises:
        ToolFailed: nothing is applied.
        RemoteFailed: a call to AWS failed.
    """
    session = request.session
    service = _service(session)
    began = clock.monotonic()
    while True:
        checks = (*_ask(service), *_declared(session)) or (smoke_checks.nothing(session.environment.name),)
        waited = clock.monotonic() - began
        result = SmokeResult(environment=session.environment.name, checks=checks, waited_seconds=waited)
        if result.healthy or waited >= request.wait_seconds:
            return result
        reasons = [f"{finding.where}: {finding.message}" for finding in failing(result.findings)]
        more = f" (+{len(reasons) - 1})" if reasons[1:] else ""
        session.say(f"not yet healthy after {waited:.0f} s: {reasons[0]}{more}")
        clock.sleep(min(POLL_SECONDS, request.wait_seconds - waited))


def _service(session: Session) -> _Service:
    store, environment = session.store(), session.environment.name
    # Created in one thread: boto3 clients are thread-safe, creating them is not.
    clients = {name: session.client(name) for name in ("ecs", "elbv2", "rds", "ec2", "cloudwatch")}
    service = _Service(client=clients.__getitem__, resources=store.resources())
    if not service.resources:
        raise ToolFailed(
            "nothing to check: the state holds no resource",
            where=store.address,
            fix=(Command("plan", env=environment), ", then ", Command("apply", env=environment)),
        )
    return service


def _ask(service: _Service) -> tuple[HealthCheck, ...]:
    rounds = (_services, _targets, _databases, _alarms)
    with ThreadPoolExecutor(max_workers=len(rounds)) as pool:
        return tuple(check for checks in pool.map(lambda ask: list(ask(service)), rounds) for check in checks)


def _declared(session: Session) -> tuple[HealthCheck, ...]:
    """The checks that environments.yaml declares."""
    checks = session.environment.checks
    if not session.cloud.has_services:
        message = "not checked in the sandbox"
        return tuple(HealthCheck(name="declared", subject=each.name, status="warn", message=message) for each in checks)
    outputs = session.store().document().get("outputs") or {} if any(check.output for check in checks) else {}
    # One after the other: Ctrl-C reaches a program only from the main thread.
    return tuple(_probe(session, check, outputs) for check in checks)


def _probe(session: Session, check: DeclaredCheck, outputs: Mapping[str, Any]) -> HealthCheck:
    environment = session.environment
    if check.command:
        failure = service_probe.command_failure(
            check.command,
            folder=trust.root(session.root),
            variables={"INFRAGATE_ENVIRONMENT": environment.name, "AWS_REGION": environment.region},
            timeout=check.timeout_seconds,
        )
        status: HealthStatus = "fail" if failure else "ok"
        return HealthCheck(name="command", subject=check.name, status=status, message=failure or "ended with 0")
    address = check.url or str((outputs.get(check.output) or {}).get("value") or "")
    if not address.startswith(("http://", "https://")):
        why = f"the output {check.output} is not an http address"
        return HealthCheck(name="http", subject=check.name, status="fail", message=why)
    answer = service_probe.http_status(address.rstrip("/") + check.path, timeout=check.timeout_seconds)
    return smoke_checks.http(check.name, answer, check.status)


def _services(service: _Service) -> Iterator[HealthCheck]:
    for resource in service.of("aws_ecs_service"):
        name = resource.text("name")
        call = partial(service.client("ecs").describe_services, cluster=resource.text("cluster"), services=[name])
        yield smoke_checks.ecs_service(name, _first(call, "services"))


def _targets(service: _Service) -> Iterator[HealthCheck]:
    for resource in service.of("aws_lb_target_group", "aws_alb_target_group"):
        call = partial(service.client("elbv2").describe_target_health, TargetGroupArn=resource.text("arn"))
        yield smoke_checks.targets(resource.text("name"), _answer(call, "TargetHealthDescriptions"))


def _databases(service: _Service) -> Iterator[HealthCheck]:
    clients = {
        group
        for resource in service.of("aws_ecs_service")
        for network in resource.attributes.get("network_configuration") or []
        for group in network.get("security_groups") or []
    }
    for resource in service.of("aws_db_instance"):
        name = resource.text("identifier")
        call = partial(service.client("rds").describe_db_instances, DBInstanceIdentifier=name)
        database = _first(call, "DBInstances")
        yield smoke_checks.database(name, database)
        if database is not None:
            groups = [group["VpcSecurityGroupId"] for group in database.get("VpcSecurityGroups") or []]
            call = partial(service.client("ec2").describe_security_groups, GroupIds=groups)
            rules = _answer(call, "SecurityGroups") if groups else []  # without ids AWS returns every group
            port = int((database.get("Endpoint") or {}).get("Port") or database.get("DbInstancePort") or 0)
            yield smoke_checks.database_reach(name, port, rules, clients)


def _alarms(service: _Service) -> Iterator[HealthCheck]:
    names = [resource.text("alarm_name") for resource in service.of("aws_cloudwatch_metric_alarm")]
    alarms: list[Any] = []
    for start in range(0, len(names), 100):  # the limit of one call
        part = names[start : start + 100]
        alarms += _answer(partial(service.client("cloudwatch").describe_alarms, AlarmNames=part), "MetricAlarms")
    yield from smoke_checks.alarms(names, alarms)


def _answer(call: Callable[[], Any], key: str) -> list[Any]:
    """The list under `key` in AWS's answer; [] for a missing resource, which is a Finding and not a failed call."""
    with aws_api.reported("ask about the service's health"):
        answer = aws_api.unless_absent(call, _ABSENT)
    return [] if answer is None else list(answer[key])


def _first(call: Callable[[], Any], key: str) -> Any:
    answers = _answer(call, key)
    return answers[0] if answers else None
