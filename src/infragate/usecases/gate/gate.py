"""`gate`: engines over the plan and the code of a Stack, one Verdict; it is written into the plan's Manifest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import clock, files, gate_policy_file, own_folder, waivers_file
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.adapters.scanners.subject import Subject
from infragate.domain import verdict as verdicts
from infragate.domain.command import Say
from infragate.domain.finding import Evidence, Finding, Severity, Waiver
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import judgement as judgements
from infragate.domain.gate import plan_check, waivers
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta
from infragate.domain.gate.gate_policy import EnvironmentRules, GatePolicy
from infragate.domain.gate.judgement import Judgement
from infragate.domain.gate.waivers import Register
from infragate.domain.plan import Plan
from infragate.domain.verdict import Verdict
from infragate.usecases import turn
from infragate.usecases.gate import engines, gated_plan
from infragate.usecases.gate.engines import Ran
from infragate.usecases.gate.gated_plan import GatedPlan
from infragate.usecases.stack import Stack

ON_CODE = frozenset({"code", "tfsec", "trivy-code", "checkov-code"})  # checks that need the code
ON_VALUES = frozenset({"trivy-plan", "checkov-plan", "infracost"})  # checks of what the plan leaves
TIMEOUT = 300.0  # seconds for each engine


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """What to judge.

    Attributes:
        root: the checkout.
        stack: None for a plan of another repository.
        plan: a plan file of ours, or the JSON of any plan; None for the Stack's last plan, or a new one.
        policy_ref: the revision that the policy is read from, instead of the base branch.
        approvals: reads who approved the commit; called only if approvals can change the Verdict.
    """

    root: Path
    say: Say
    stack: Stack | None = None
    plan: Path | None = None
    policy_ref: str | None = None
    approvals: Callable[[], Approvals] = lambda: approving.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The Verdict, and all that it was reached from.

    Attributes:
        findings: all, the worst first; waived: those among them that a Waiver covers.
        not_required: why a check of the rules was not required.
        judgement: what the Manifest got; bound: True if the plan has one.
    """

    environment: str | None
    directory: str | None
    plan: Plan
    rules: EnvironmentRules
    verdict: Verdict
    findings: tuple[Finding, ...]
    waived: tuple[tuple[Finding, Waiver], ...]
    evidence: tuple[Evidence, ...]
    failures: tuple[Finding, ...]
    notes: tuple[str, ...]
    cost: CostDelta | None
    policy: PolicyBundle
    approvals: Approvals
    judgement: Judgement
    bound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """The trusted side: the policy bundle and what it says about this Environment."""

    bundle: PolicyBundle
    policy: GatePolicy
    rules: EnvironmentRules
    register: Register


def run(request: GateRequest) -> GateResult:
    """Judge a plan.

    Raises:
        BadInput: the policy, or the plan, cannot be read. Integrity: the plan is stale or was edited.
        Blocked: the code holds what it must not. InfragateError: as `plan.run`, if there is no current plan.
    """
    rules = _rules(request)
    with ExitStack() as opened:
        if (own := _own_stack(request)) is not None:
            if request.plan is None:
                gated_plan.current(own)
            opened.enter_context(turn.hold(own, "gate", patience=turn.PATIENCE))
        scratch = opened.enter_context(_scratch(request.root))
        gated = gated_plan.of_stack(own, request.plan) if own else gated_plan.of_file(_given(request))
        subject = _subject(request, gated, rules, scratch)
        ran = engines.run(engine_list.of(rules.rules, rules.policy, gated), subject)
        result = _result(request, gated, rules, subject, ran)
        if own is not None:
            gated_plan.bind(own, gated, result.judgement)
        return result


def _own_stack(request: GateRequest) -> Stack | None:
    """The Stack of the plan; None for a plan that has no Manifest of ours."""
    stack, plan = request.stack, request.plan
    return stack if stack is not None and (plan is None or gated_plan.has_manifest(stack, plan)) else None


def _rules(request: GateRequest) -> _Rules:
    bundle = policy_bundle.bundle(request.root, ref=request.policy_ref)
    policy = gate_policy_file.load(bundle.folder)
    environment = request.stack.environment if request.stack else None
    return _Rules(
        bundle=bundle,
        policy=policy,
        rules=policy.of(environment and environment.name, protected=environment is not None and environment.protected),
        register=waivers_file.load(bundle.folder),
    )


def _given(request: GateRequest) -> Path:
    if request.plan is None:
        raise BadInput("no Environment and no plan", where="command line", fix="add --env NAME or --plan FILE")
    return request.plan


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A private folder for the copies that engines read, and for what they write."""
    above = files.private_folder(own_folder.of(root) / "gate")
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=above))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _subject(request: GateRequest, gated: GatedPlan, rules: _Rules, scratch: Path) -> Subject:
    stack = request.stack if gated.judged is not None else None
    copy = scratch / "plan.json"
    files.write(copy, gated.data, mode=0o600)
    return Subject(
        root=request.root,
        folder=stack and stack.folder,
        data=stack and stack.terraform_data,
        var_file=stack and stack.folder / stack.environment.var_file,
        plan_json=copy,
        plan=gated.plan,
        document=gated.document,
        plan_digest=hashlib.sha256(gated.data).hexdigest(),
        code_digest=gated.judged.evidence.input_digest if gated.judged else "",
        managed=len(plan_check.managed(gated.document)),
        scratch=scratch,
        environment=request.stack and request.stack.environment.name,
        policy=rules.bundle.folder,
        timeout=TIMEOUT,
    )


def _result(request: GateRequest, gated: GatedPlan, rules: _Rules, subject: Subject, ran: Ran) -> GateResult:
    evidence = (*([gated.judged.evidence] if gated.judged else []), *ran.evidence)
    required = _required(rules.rules, subject)
    failures = tuple(_weighed(finding, check, required, evidence) for check, finding in ran.failures.items())
    said = _said(gated, subject, ran)
    judging = _Judging(
        findings=(*said, *failures, *_of_register(rules.register, said, request, complete=not failures)),
        evidence=evidence,
        required=required,
        waivers=waivers.counting(rules.register.waivers, today=clock.now().date()),
        environment=subject.environment,
        rules=rules.rules,
    )
    unapproved = judging.verdict(approving.NONE)
    approvals = request.approvals() if unapproved.decision == "needs-approvals" else approving.NONE
    environment = request.stack.environment if request.stack else None
    return GateResult(
        environment=subject.environment,
        directory=environment and environment.directory,
        plan=gated.plan,
        rules=rules.rules,
        verdict=judging.verdict(approvals),
        findings=tuple(sorted(judging.findings, key=verdicts.rank)),
        waived=judging.waived,
        evidence=evidence,
        failures=failures,
        notes=(*ran.notes, *_left_out(rules.rules, subject)),
        cost=ran.cost,
        policy=rules.bundle,
        approvals=approvals,
        judgement=_judgement(unapproved, judging, rules.bundle, ran),
        bound=gated.manifest is not None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """What the Verdict is decided from, but for the approvals."""

    findings: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    required: tuple[Mapping[str, str], ...]
    waivers: tuple[Waiver, ...]
    environment: str | None
    rules: EnvironmentRules

    def verdict(self, approvals: Approvals) -> Verdict:
        return verdicts.decide(
            self.findings,
            evidence=self.evidence,
            required_checks=self.required,
            waivers=self.waivers,
            approvals=approvals.names,
            environment=self.environment,
            today=clock.now().date(),
            blocks=self.rules.blocks,
        )

    @property
    def waived(self) -> tuple[tuple[Finding, Waiver], ...]:
        """Each Finding that a Waiver covers, with the first one that does."""
        today = clock.now().date()
        pairs = (
            (finding, waivers.first(self.waivers, finding, environment=self.environment, today=today))
            for finding in self.findings
        )
        return tuple((finding, waiver) for finding, waiver in pairs if waiver is not None)


def _required(rules: EnvironmentRules, subject: Subject) -> tuple[Mapping[str, str], ...]:
    """For each requirement that this plan can meet, the checks that do, with the digest of their input."""
    groups = ([check for check in group if _applies(check, subject)] for group in rules.required)
    return tuple(
        {check: subject.code_digest if check in ON_CODE else subject.plan_digest for check in group}
        for group in groups
        if group
    )


def _applies(check: str, subject: Subject) -> bool:
    """False for a check that has nothing to look at: no code beside the plan, or nothing left after it."""
    if subject.folder is None and check in ON_CODE:
        return False
    return subject.managed > 0 or check not in ON_VALUES


def _left_out(rules: EnvironmentRules, subject: Subject) -> Iterator[str]:
    left = sorted({check for group in rules.required for check in group if not _applies(check, subject)})
    if left:
        why = "there is only a plan, and no code" if subject.folder is None else "the plan leaves no resource"
        yield f"not required, since {why}: {', '.join(left)}"


def _weighed(
    failure: Finding, check: str, required: Collection[Mapping[str, str]], evidence: Collection[Evidence]
) -> Finding:
    """The failure of a check; a warning if another check did for it, or if it is not required."""
    ran = {proof.check for proof in evidence}
    needed = any(check in group and not ran & group.keys() for group in required)
    return failure if needed else replace(failure, severity=Severity.LOW)


def _said(gated: GatedPlan, subject: Subject, ran: Ran) -> tuple[Finding, ...]:
    """What all checks say about plan and code: each complaint once, with its place in the code."""
    code = gated.judged.findings if gated.judged else ()
    findings = (*plan_check.findings(gated.document), *code, *ran.findings)
    return same_complaint.joined(source_places.placed(findings, subject))


def _of_register(
    register: Register, findings: Collection[Finding], request: GateRequest, *, complete: bool
) -> tuple[Finding, ...]:
    """What is wrong with the Waivers; whether one covers nothing is only known if every check ran."""
    name = request.stack and request.stack.environment.name
    today: date = clock.now().date()
    ids = None if complete and request.stack is not None else ()
    return register.complaints(findings, environment=name, today=today, ids_run=ids)


def _judgement(verdict: Verdict, judging: _Judging, bundle: PolicyBundle, ran: Ran) -> Judgement:
    ends = [waiver.expires for _, waiver in judging.waived]
    return Judgement(
        **judgements.of_verdict(verdict),
        policy=bundle.digest,
        policy_origin=bundle.origin,
        tools=tuple(sorted({f"{proof.tool} {proof.version}" for proof in judging.evidence})),
        checks=tuple(sorted(proof.check for proof in judging.evidence)),
        last_day=min(ends).isoformat() if ends else None,
        cost=None if ran.cost is None else cost.change(ran.cost),
        created=clock.now().isoformat(timespec="seconds"),
    )
