"""`gate`: engines over the plan and the code of a Stack, one Verdict; it is written into the plan's Manifest."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from infragate.adapters import policy_bundle
from infragate.adapters.local import clock, files, gate_policy_file, own_folder, waivers_file
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.adapters.scanners.engine import Engine
from infragate.adapters.scanners.subject import Subject
from infragate.domain import verdict as verdicts
from infragate.domain.command import Say
from infragate.domain.finding import Evidence, Finding, Severity, Waiver
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import cost, plan_check, same_complaint, waivers
from infragate.domain.gate import sealed_verdict as sealed_verdicts
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.gate_policy import EnvironmentRules, GatePolicy
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.gate.source_places import SourcePlaces
from infragate.domain.gate.waivers import Register
from infragate.domain.verdict import Verdict
from infragate.usecases import turn
from infragate.usecases.gate import added_comments, door, engine_list, gated_plan
from infragate.usecases.gate import engines as engine_runs
from infragate.usecases.gate.engine_list import EngineRequest
from infragate.usecases.gate.engines import EngineResults
from infragate.usecases.gate.gate_result import GateResult
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
    rules, own = _rules(request), _own_stack(request)
    elsewhere = gated_plan.of_file(_given(request)) if own is None else None  # refused before programs are installed
    with ExitStack() as opened:
        scratch = opened.enter_context(_scratch(request.root))
        engines = opened.enter_context(_prepared(request, rules, scratch, code=own is not None))
        if own is not None and request.plan is None:
            gated_plan.current(own)
        if own is not None:
            opened.enter_context(turn.hold(own, "gate", patience=turn.PATIENCE))
        gated = gated_plan.of_stack(own, request.plan) if own else elsewhere or gated_plan.of_file(_given(request))
        subject = _subject(request, gated, rules, scratch)
        applying = [engine for engine in engines if _applies(engine.check, subject)]
        request.say(f"judging side by side: {', '.join(engine.check for engine in applying)}")
        result = _result(request, gated, rules, subject, engine_runs.run(applying, subject))
        if own is not None:
            gated_plan.bind(own, gated, result.sealed)
        return result


def before_apply(stack: Stack) -> None:
    """Judge the Stack's last plan if an apply of it needs a Verdict; a break-glass apply says why it needs none.

    What the Verdict means is the door's to say.
    """
    if door.is_required(stack) and stack.session.purpose != "break-glass":
        run(GateRequest(root=stack.root, say=stack.say, stack=stack))


def _prepared(
    request: GateRequest, rules: _Rules, scratch: Path, *, code: bool
) -> AbstractContextManager[tuple[Engine, ...]]:
    environment = request.stack.environment if request.stack else None
    return engine_list.prepared(
        EngineRequest(
            checks=[check for check in rules.rules.checks if code or check not in ON_CODE],
            pins=rules.bundle.pins(request.root),
            bundle=rules.bundle.folder,
            scratch=scratch,
            policy=rules.policy,
            cost=rules.rules.cost,
            facts={
                "environment": environment and environment.name,
                "protected": environment is None or policy_bundle.protects(rules.bundle, environment),
                "settings": dict(rules.policy.settings),
            },
        ),
        say=request.say,
    )


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
        rules=policy.of(environment.name, protected=policy_bundle.protects(bundle, environment))
        if environment
        else policy.of(None, protected=False),
        register=waivers_file.load(bundle.folder, shown_from=request.root),
    )


def _given(request: GateRequest) -> Path:
    if request.plan is None:
        raise gated_plan.nothing_to_judge()
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
        pins=rules.bundle.pins(request.root),
        folder=stack.folder if stack else None,
        data=stack.terraform_data if stack else None,
        var_file=stack.folder / stack.environment.var_file if stack else None,
        plan_json=copy,
        plan=gated.plan,
        document=gated.document,
        plan_digest=hashlib.sha256(gated.data).hexdigest(),
        code_digest=gated.judged.evidence.input_digest if gated.judged else "",
        managed=len(plan_check.managed(gated.document)),
        scratch=scratch,
        environment=request.stack.environment.name if request.stack else None,
        policy=rules.bundle.folder,
        timeout=TIMEOUT,
    )


def _result(request: GateRequest, gated: GatedPlan, rules: _Rules, subject: Subject, ran: EngineResults) -> GateResult:
    evidence = (*([gated.judged.evidence] if gated.judged else []), *ran.evidence)
    required = _required(rules.rules, subject)
    failures = tuple(_weighed(finding, check, required, evidence) for check, finding in ran.failures.items())
    said = _said(request, gated, rules, ran, required)
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
        directory=environment.directory if environment else None,
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
        sealed=_sealed(unapproved, judging, rules.bundle, ran),
        bound=gated.manifest is not None,
        commit=gated.manifest.commit if gated.manifest else None,
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
            approvals=approvals.counting,
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


def _said(
    request: GateRequest,
    gated: GatedPlan,
    rules: _Rules,
    ran: EngineResults,
    required: Collection[Mapping[str, str]],
) -> tuple[Finding, ...]:
    """What all checks say about plan and code: each complaint once, with its place in the code."""
    modules = gated.judged.modules if gated.judged else ()
    findings = (
        *plan_check.findings(gated.document),
        *_unjudged(gated, rules.rules, required),
        *(gated.judged.findings if gated.judged else ()),
        *added_comments.findings(request.root, modules, rules.bundle.commit),
        *ran.findings,
    )
    places, resources = SourcePlaces.of(modules), plan_check.managed(gated.document)
    return tuple(_placed(finding, places) for finding in same_complaint.joined(findings, resources=resources))


def _unjudged(
    gated: GatedPlan, rules: EnvironmentRules, required: Collection[Mapping[str, str]]
) -> tuple[Finding, ...]:
    """A plan with changes that none of the required checks can judge is not one without faults."""
    return (plan_check.unjudged(),) if rules.required and not required and gated.plan.changes else ()


def _placed(finding: Finding, places: SourcePlaces) -> Finding:
    """The Finding with file and line of its address, if it has none."""
    place = None if finding.file else places.of_address(finding.address)
    return replace(finding, file=place.file, line=place.line) if place else finding


def _of_register(
    register: Register, findings: Collection[Finding], request: GateRequest, *, complete: bool
) -> tuple[Finding, ...]:
    """What is wrong with the Waivers; whether one covers nothing is only known if every check ran."""
    name = request.stack.environment.name if request.stack else None
    today: date = clock.now().date()
    ids = None if complete and request.stack is not None else ()
    return register.complaints(findings, environment=name, today=today, ids_run=ids)


def _sealed(verdict: Verdict, judging: _Judging, bundle: PolicyBundle, ran: EngineResults) -> SealedVerdict:
    ends = [waiver.expires for _, waiver in judging.waived]
    return SealedVerdict(
        **sealed_verdicts.of_verdict(verdict),
        policy=bundle.digest,
        policy_origin=bundle.origin,
        tools=tuple(sorted({f"{proof.tool} {proof.version}" for proof in judging.evidence})),
        checks=tuple(sorted(proof.check for proof in judging.evidence)),
        last_day=min(ends).isoformat() if ends else None,
        cost=None if ran.cost is None else cost.change(ran.cost),
        created=clock.now().isoformat(timespec="seconds"),
    )
