"""`cost-check`: what a plan costs per month, and whether the rules of its Environment allow that."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import clock, files, gate_policy_file, own_folder, waivers_file
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.adapters.scanners import infracost
from infragate.adapters.scanners.infracost import CostScan
from infragate.adapters.scanners.subject import Subject
from infragate.domain import verdict as verdicts
from infragate.domain.command import Say
from infragate.domain.finding import Evidence, Finding
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import plan_check, waivers
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta, CostRules
from infragate.domain.verdict import Verdict
from infragate.usecases import plan, plan_inputs, tools_install
from infragate.usecases.gate import gated_plan
from infragate.usecases.gate.gated_plan import GatedPlan
from infragate.usecases.plan import PlanRequest
from infragate.usecases.stack import Stack

TIMEOUT = 300.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCheckRequest:
    """Which plan, under the rules of which Environment.

    Attributes:
        root: the checkout.
        stack: None for a plan of another repository, under the rules for all Environments.
        plan: a plan file of ours, or the JSON of any plan; None for the Stack's last plan, or a new one.
        policy_ref: the revision that the policy and the prices are read from, instead of the base branch.
        approvals: reads who approved the commit; called only if approvals can change the Verdict.
    """

    root: Path
    say: Say
    stack: Stack | None = None
    plan: Path | None = None
    policy_ref: str | None = None
    approvals: Callable[[], Approvals] = lambda: approving.NONE


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
    bundle = policy_bundle.bundle(request.root, ref=request.policy_ref)
    rules = _rules(request, bundle)
    gated = _plan(request)
    tools_install.ready(infracost.PROGRAM, bundle.pins(request.root), say=request.say)
    request.say("infracost breakdown")
    above = files.private_folder(own_folder.of(request.root) / "gate")
    with tempfile.TemporaryDirectory(prefix="cost-", dir=above) as scratch:
        scan = infracost.run(_subject(request, gated, bundle, Path(scratch)), rules)
    return _result(request, scan, rules, bundle)


def _rules(request: CostCheckRequest, bundle: PolicyBundle) -> CostRules:
    environment = request.stack.environment if request.stack else None
    protected = environment is not None and policy_bundle.protects(bundle, environment)
    return gate_policy_file.load(bundle.folder).of(_name(request), protected=protected).cost


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


def _subject(request: CostCheckRequest, gated: GatedPlan, bundle: PolicyBundle, scratch: Path) -> Subject:
    copy = scratch / "plan.json"
    files.write(copy, gated.data, mode=0o600)
    return Subject(
        root=request.root,
        pins=bundle.pins(request.root),
        folder=None,
        data=None,
        var_file=None,
        plan_json=copy,
        plan=gated.plan,
        document=gated.document,
        plan_digest=hashlib.sha256(gated.data).hexdigest(),
        code_digest="",
        managed=len(plan_check.managed(gated.document)),
        scratch=scratch,
        environment=_name(request),
        policy=bundle.folder,
        timeout=TIMEOUT,
    )


def _name(request: CostCheckRequest) -> str | None:
    return request.stack.environment.name if request.stack else None


def _result(request: CostCheckRequest, scan: CostScan, rules: CostRules, bundle: PolicyBundle) -> CostCheckResult:
    name, today = _name(request), clock.now().date()
    register = waivers_file.load(bundle.folder, shown_from=request.root)
    counting = waivers.counting(register.waivers, today=today)
    waived = tuple(
        finding for finding in scan.findings if waivers.first(counting, finding, environment=name, today=today)
    )

    def decide(approvals: Approvals) -> Verdict:
        return verdicts.decide(
            scan.findings, waivers=counting, approvals=approvals.counting, environment=name, today=today
        )

    asks = decide(approving.NONE).decision == "needs-approvals"
    approvals = request.approvals() if asks else approving.NONE
    return CostCheckResult(
        delta=scan.delta,
        rules=rules,
        verdict=decide(approvals),
        findings=scan.findings,
        waived=waived,
        evidence=scan.evidence,
        approvals=approvals,
        policy=bundle,
    )
