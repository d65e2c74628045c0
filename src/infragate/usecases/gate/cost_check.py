"""`cost-check`: what a plan costs per month, and whether the rules of its Environment allow that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.local import clock
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.adapters.scanners import infracost
from infragate.adapters.scanners.infracost import CostScan
from infragate.domain import verdict as verdicts
from infragate.domain.command import Say
from infragate.domain.finding import Evidence, Finding
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import waivers
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta, CostRules
from infragate.domain.verdict import Verdict
from infragate.usecases import plan, plan_inputs, tools_install
from infragate.usecases.gate import gate_start, gated_plan, subjects, trusted_rules
from infragate.usecases.gate.gated_plan import GatedPlan
from infragate.usecases.gate.trusted_rules import TrustedRules
from infragate.usecases.plan import PlanRequest
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCheckRequest:
    """Which plan, under the rules of which Environment.

    Attributes:
        root: the checkout.
        stack: None for a plan of another repository, under the rules for all Environments.
        plan: a plan file of ours, or the JSON of any plan; None for the Stack's last plan, or a new one.
        policy_ref: the revision that the policy and the prices are read from, instead of the base branch.
        approvals: reads who approved the commit of a checkout; called only if approvals can change the Verdict.
    """

    root: Path
    say: Say
    stack: Stack | None = None
    plan: Path | None = None
    policy_ref: str | None = None
    approvals: Callable[[Path], Approvals] = approving.nobody


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCheckResult:
    """The cost, and the Verdict over it; `waived` are the Findings that a Waiver covers."""

    delta: CostDelta
    rules: CostRules
    verdict: Verdict
    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    evidence: Evidence
    approvals: Approvals
    policy: PolicyBundle


def run(request: CostCheckRequest) -> CostCheckResult:
    """Price a plan, and judge the difference.

    Raises:
        BadInput: policy, price books or plan cannot be read. Integrity: the plan is stale or was edited.
        ToolFailed: Infracost failed. InfragateError: as `plan.run`, if there is no plan yet.
    """
    stack, root = request.stack, request.root
    trusted = trusted_rules.read(root, stack.environment if stack else None, ref=request.policy_ref)
    gated = _plan(request)
    tools_install.ready(infracost.PROGRAM, trusted.pins, say=request.say)
    request.say("infracost breakdown")
    with gate_start.scratch(root) as scratch:
        scan = infracost.run(subjects.subject(gated, trusted, stack, scratch), trusted.rules.cost)
    return _result(request, scan, trusted)


def _plan(request: CostCheckRequest) -> GatedPlan:
    stack, given = request.stack, request.plan
    if given is not None and (stack is None or not gated_plan.has_manifest(stack, given)):
        return gated_plan.of_file(given)
    if stack is None:
        raise gated_plan.nothing_to_judge()
    if given is None and not plan_inputs.plan_files(stack).manifest.is_file():
        stack.say(f"{stack.environment.name} has no plan yet: planning")
        plan.run(PlanRequest(stack=stack))
    return gated_plan.of_stack(stack, given)


def _result(request: CostCheckRequest, scan: CostScan, trusted: TrustedRules) -> CostCheckResult:
    name, today = request.stack.environment.name if request.stack else None, clock.now().date()
    counting = waivers.counting(trusted.register.waivers, today=today)
    waived = tuple(
        finding for finding in scan.findings if waivers.first(counting, finding, environment=name, today=today)
    )

    def decide(approvals: Approvals) -> Verdict:
        return verdicts.decide(
            scan.findings, waivers=counting, approvals=approvals.counting, environment=name, today=today
        )

    can_be_approved = decide(approving.NONE).decision == "needs-approvals"
    approvals = request.approvals(request.root) if can_be_approved else approving.NONE
    return CostCheckResult(
        delta=scan.delta,
        rules=trusted.rules.cost,
        verdict=decide(approvals),
        findings=scan.findings,
        waived=waived,
        evidence=scan.evidence,
        approvals=approvals,
        policy=trusted.bundle,
    )
