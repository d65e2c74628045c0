"""Builders of results of the gate, for the tests of its reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.unit.plan_documents import plan, resource

from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain import plan as plans
from infragate.domain import verdict as verdicts
from infragate.domain.finding import Evidence, Finding, Severity, Waiver
from infragate.domain.gate import acceptance, sealed_verdict
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta, CostRules, ResourceCost, Unpriced
from infragate.domain.gate.gate_policy import EnvironmentRules
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.redaction import Masker
from infragate.report import gate_view
from infragate.report.gate_view import GateView
from infragate.report.printer import Printer
from infragate.usecases.gate.gate_result import GateResult

TODAY = date(2026, 11, 1)
RULES = EnvironmentRules(
    required=(("conftest",),), optional=(), blocks=Severity.HIGH, cost=CostRules(), verdict_for_apply=True
)
OPEN_PORT = Finding(
    id="AWS-0107",
    source="trivy-code",
    engines=("tfsec", "checkov"),
    message="the security group allows ingress from 0.0.0.0/0 to port 22",
    severity=Severity.CRITICAL,
    address='module.web["blue"].aws_security_group_rule.ssh',
    file="infra/envs/dev/main.tf",
    line=12,
    link="https://avd.aquasec.com/misconfig/aws-0107",
    fix="name the networks that may connect",
    snippet='12 | module "web" {\n   | ^^^^^^',
)
DATABASE = Finding(
    id="IG-DEL-01",
    source="conftest",
    message="aws_db_instance.main would be replaced: its data is lost",
    address="aws_db_instance.main",
    approvals=2,
    link="runbooks/policies/IG-DEL-01.md",
)
NO_LOGS = Finding(
    id="CKV_AWS_91",
    source="checkov",
    message="the load balancer writes no access log",
    address="module.alb.aws_lb.main",
    file="infra/envs/dev/main.tf",
    line=40,
)
MINOR = Finding(
    id="CKV_AWS_226",
    source="checkov",
    message="no minor upgrades",
    severity=Severity.LOW,
    address="aws_db_instance.main",
)
CRASHED = Finding(id="engine/infracost", source="engine", message="infracost was ended by signal 9", fix="run it again")
WAIVER = Waiver(
    id="CKV_AWS_91",
    address="module.alb.*",
    environment=None,
    owner="@acme/platform",
    reason="dev has no log bucket",
    link="https://github.com/acme/infra/pull/7",
    expires=date(2026, 12, 1),
)
FINDINGS = (OPEN_PORT, DATABASE, NO_LOGS, MINOR, CRASHED)
COST = CostDelta(
    currency="USD",
    resources=(
        ResourceCost(address="aws_db_instance.main", type="aws_db_instance", before=Decimal("24.82"), after=Decimal("49.64")),
        ResourceCost(address="module.alb.aws_lb.main", type="aws_lb", before=Decimal("16.43"), after=Decimal("16.43")),
        ResourceCost(address="aws_nat_gateway.old", type="aws_nat_gateway", before=Decimal("43.07"), after=Decimal(0)),
    ),
    unpriced=(Unpriced(address="aws_msk_cluster.events", reason="no price in ap-northeast-2"),),
    source="price book of 2026-10-01",
)  # fmt: skip


def evidence(check: str, *, tool: str = "", scanned: int = 34) -> Evidence:
    """The record that a check ran."""
    return Evidence(
        check=check,
        tool=tool or check,
        version="1.2.3",
        input_digest="ab" * 32,
        scanned=scanned,
        duration_seconds=1.25,
        result="complete",
    )


EVIDENCE = tuple(map(evidence, ("code", "tfsec", "trivy-code", "trivy-plan", "checkov-plan", "conftest")))


def changes() -> dict[str, Any]:
    """A plan with each kind of change, in modules and with a secret."""
    return plan(
        resource(
            "create", 'module.web["blue"].aws_security_group_rule.ssh', after={"type": "ingress", "from_port": 22}
        ),
        resource(
            "replace",
            "aws_db_instance.main",
            before={"engine": "mysql", "password": "old-password-1", "instance_class": "db.t4g.micro"},
            after={"engine": "postgres", "password": "new-password-1", "instance_class": "db.t4g.small"},
            before_sensitive={"password": True},
            after_sensitive={"password": True},
            after_unknown={"id": True, "arn": True},
            replace_paths=[["engine"]],
            action_reason="replace_because_cannot_update",
        ),
        resource("delete", "aws_nat_gateway.old", before={"subnet_id": "subnet-1"}),
        resource(
            "update", "module.alb.aws_lb.main", previous_address="aws_lb.main", before={"idle": 60}, after={"idle": 30}
        ),
    )


def result(
    *findings: Finding,
    document: dict[str, Any] | None = None,
    waivers: tuple[Waiver, ...] = (WAIVER,),
    approvals: Approvals | None = None,
    cost: CostDelta | None = COST,
    **more: Any,
) -> GateResult:
    """What the gate says about these Findings; without any, about FINDINGS."""
    given = findings or FINDINGS
    approvals = approvals or Approvals(
        names=("lee",), commit="c0ffee", source="pull request 7", not_counted=(("kim", "is the author"),)
    )
    verdict = verdicts.decide(
        given, evidence=EVIDENCE, waivers=waivers, approvals=approvals.counting, environment="dev", today=TODAY
    )
    covering = {
        finding: waiver
        for finding in given
        for waiver in waivers
        if waiver.covers(finding, environment="dev", today=TODAY)
    }
    made = GateResult(
        environment="dev",
        directory="infra/envs/dev",
        plan=plans.read(document or changes()),
        rules=RULES,
        verdict=verdict,
        findings=tuple(sorted(given, key=verdicts.rank)),
        waived=tuple(covering.items()),
        evidence=EVIDENCE,
        failures=tuple(finding for finding in given if finding.source == "engine"),
        notes=("tfsec cannot read the block `import`: trivy covers it",),
        cost=cost,
        policy=PolicyBundle(
            folder=Path("policy"), origin="the base branch origin/main (c0ffee)", commit="c0ffee", digest="cd" * 32
        ),
        approvals=approvals,
        sealed=_sealed(verdict),
        bound=True,
        commit="0123456789abcdef0123456789abcdef01234567",
        acceptance=acceptance.points(
            changes=1, verdict=verdict, open_ids=[], checks={proof.check for proof in EVIDENCE}, links=None
        ),
    )
    return replace(made, **more)


def _sealed(verdict: verdicts.Verdict) -> SealedVerdict:
    return SealedVerdict(
        **sealed_verdict.of_verdict(verdict),
        policy="cd" * 32,
        policy_origin="origin/main",
        tools=(),
        checks=(),
        last_day=None,
        cost=None,
        created="2026-11-01T00:00:00Z",
    )


def printer(*secrets: str) -> Printer:
    """One that knows these secrets."""
    return Printer(mode="plain", colour=False, masker=Masker(secrets))


def view(*findings: Finding, secrets: tuple[str, ...] = (), **more: Any) -> GateView:
    """The view of `result`."""
    return gate_view.view(result(*findings, **more), printer(*secrets))
