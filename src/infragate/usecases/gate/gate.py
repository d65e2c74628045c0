"""`gate`: engines over the plan and the code of a Stack, one Verdict; it is written into the plan's Manifest."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from infragate.adapters.local import clock
from infragate.adapters.policy_bundle import PolicyBundle
from infragate.adapters.scanners.subject import Subject
from infragate.domain import verdict as verdicts
from infragate.domain.command import Say
from infragate.domain.finding import Evidence, Finding, Waiver
from infragate.domain.gate import acceptance, cost, plan_check, required_checks, same_complaint, waivers
from infragate.domain.gate import approvals as approving
from infragate.domain.gate import sealed_verdict as sealed_verdicts
from infragate.domain.gate.acceptance import Point
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.gate_policy import EnvironmentRules
from infragate.domain.gate.required_checks import Judgeable, Requirement
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.gate.source_places import SourcePlaces
from infragate.domain.gate.waivers import Register
from infragate.domain.verdict import Verdict
from infragate.usecases import turn
from infragate.usecases.gate import (
    added_comments,
    door,
    gate_start,
    gated_plan,
    pull_request_links,
    subjects,
)
from infragate.usecases.gate import engines as engine_runs
from infragate.usecases.gate.door import DoorRequest
from infragate.usecases.gate.engines import EngineResults
from infragate.usecases.gate.gate_result import GateResult
from infragate.usecases.gate.gate_start import GateStart, StartRequest
from infragate.usecases.gate.gated_plan import GatedPlan
from infragate.usecases.gate.pull_request_links import Links
from infragate.usecases.gate.trusted_rules import TrustedRules
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequest:
    """What to judge.

    Attributes:
        root: the checkout.
        stack: None for a plan of another repository.
        plan: a plan file of ours, or the JSON of any plan; None for the Stack's last plan, or a new one.
        policy_ref: the revision that the policy is read from, instead of the base branch.
        pull_request: its number, if its text is to be read for the links that every change needs.
        approvals: reads who approved the commit of a checkout; called only if approvals can change the Verdict.
        new_plan: makes the plan that is judged, while the engines start; None for the Stack's last one, if it is current.
        start: gives what `gate_start.early` began; None to begin now.
    """

    root: Path
    say: Say
    stack: Stack | None = None
    plan: Path | None = None
    policy_ref: str | None = None
    pull_request: str | None = None
    approvals: Callable[[Path], Approvals] = approving.nobody
    new_plan: Callable[[], object] | None = None
    start: Callable[[], GateStart] | None = None


def run(request: GateRequest) -> GateResult:
    """Judge a plan.

    Raises:
        BadInput: the policy, or the plan, cannot be read. Integrity: the plan is stale or was edited.
        Blocked: the code holds what it must not. InfragateError: as `plan.run`, if there is no current plan.
    """
    own = _own_stack(request)
    elsewhere = gated_plan.of_file(_given(request)) if own is None else None  # refused before programs are installed
    with ExitStack() as opened:
        start = request.start() if request.start else opened.enter_context(gate_start.started(_start(request, own)))
        trusted, links = start.trusted, _links(request)
        if request.new_plan is not None:
            request.new_plan()
        elif own is not None and request.plan is None:
            gated_plan.current(own)
        if own is not None:
            opened.enter_context(turn.hold(own, "gate", patience=turn.PATIENCE))
        gated = gated_plan.of_stack(own, request.plan) if own else elsewhere or gated_plan.of_file(_given(request))
        subject = subjects.subject(gated, trusted, request.stack, start.scratch)
        judgeable = _judgeable(gated, subject)
        applying = [engine for engine in start.engines if judgeable.concerns(engine.check)]
        request.say(f"judging side by side: {', '.join(engine.check for engine in applying)}")
        ran = engine_runs.run(applying, subject)
        result = _result(request, gated, trusted, judgeable, ran, links())
        if own is not None:
            gated_plan.bind(own, gated, result.sealed)
        return result


def before_apply(stack: Stack, request: DoorRequest) -> None:
    """Judge the Stack's last plan if an apply of it needs a Verdict; a break-glass apply says why it needs none.

    `door` decides what the Verdict means for the apply, and counts the approvals.

    Raises:
        InfragateError: as `run`, and as `door.needs_verdict`.
    """
    ref = request.policy_ref
    if stack.session.purpose != "break-glass" and door.needs_verdict(stack, policy_ref=ref):
        result = run(GateRequest(root=stack.root, say=stack.say, stack=stack, policy_ref=ref))
        stack.say(f"verdict: {result.verdict.decision}")


def _judgeable(gated: GatedPlan, subject: Subject) -> Judgeable:
    return Judgeable(
        code=gated.judged.evidence.input_digest if gated.judged else None,
        plan=subject.plan_digest,
        resources=subject.managed,
        changes=bool(gated.plan.changes),
    )


def _start(request: GateRequest, own: Stack | None) -> StartRequest:
    return StartRequest(
        root=request.root,
        environment=request.stack.environment if request.stack else None,
        say=request.say,
        policy_ref=request.policy_ref,
        code=own is not None,
    )


def _links(request: GateRequest) -> Callable[[], Links]:
    """Reads the text of the pull request beside plan and engines."""
    if request.stack is None:
        return Links
    return pull_request_links.reading(request.stack.session.project, request.pull_request)


def _own_stack(request: GateRequest) -> Stack | None:
    """The Stack of the plan; None for a plan that has no Manifest of ours."""
    stack, plan = request.stack, request.plan
    return stack if stack is not None and (plan is None or gated_plan.has_manifest(stack, plan)) else None


def _given(request: GateRequest) -> Path:
    if request.plan is None:
        raise gated_plan.nothing_to_judge()
    return request.plan


def _result(
    request: GateRequest,
    gated: GatedPlan,
    trusted: TrustedRules,
    judgeable: Judgeable,
    ran: EngineResults,
    links: Links,
) -> GateResult:
    judging = _judging(request, gated, trusted, judgeable, ran, links)
    unapproved = judging.verdict(approving.NONE)
    approvals = request.approvals(request.root) if unapproved.decision == "needs-approvals" else approving.NONE
    environment = request.stack.environment if request.stack else None
    return GateResult(
        environment=environment.name if environment else None,
        directory=environment.directory if environment else None,
        plan=gated.plan,
        rules=trusted.rules,
        verdict=judging.verdict(approvals),
        findings=tuple(sorted(judging.findings, key=verdicts.rank)),
        waived=judging.waived,
        evidence=judging.evidence,
        failures=judging.failures,
        notes=(*ran.notes, *required_checks.left_out(trusted.rules, judgeable)),
        cost=ran.cost,
        policy=trusted.bundle,
        approvals=approvals,
        sealed=_sealed(unapproved, judging, trusted.bundle, ran),
        bound=gated.manifest is not None,
        commit=gated.manifest.commit if gated.manifest else None,
        acceptance=_acceptance(gated, judging, judging.verdict(approvals)),
    )


def _acceptance(gated: GatedPlan, judging: _Judging, verdict: Verdict) -> tuple[Point, ...]:
    waived = {finding for finding, _ in judging.waived}
    return acceptance.points(
        changes=len(gated.plan.changes) + len(gated.plan.outputs),
        verdict=verdict,
        open_ids=[finding.id for finding in judging.findings if finding not in waived],
        checks={proof.check for proof in judging.evidence},
        links=judging.missing_links,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judging:
    """What the Verdict is decided from, except for the approvals; `failures` are those of checks that could not run."""

    findings: tuple[Finding, ...]
    failures: tuple[Finding, ...]
    evidence: tuple[Evidence, ...]
    required: tuple[Requirement, ...]
    waivers: tuple[Waiver, ...]
    environment: str | None
    rules: EnvironmentRules
    missing_links: tuple[str, ...] | None

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


def _judging(
    request: GateRequest,
    gated: GatedPlan,
    trusted: TrustedRules,
    judgeable: Judgeable,
    ran: EngineResults,
    links: Links,
) -> _Judging:
    evidence = (*([gated.judged.evidence] if gated.judged else []), *ran.evidence)
    required = required_checks.requirements(trusted.rules, judgeable)
    failures = tuple(
        required_checks.weighed(failure, check, required, evidence) for check, failure in ran.failures.items()
    )
    complaints = (
        *_complaints(request.root, gated, trusted.bundle, ran),
        *required_checks.unjudged(trusted.rules, required, judgeable),
        *links.findings,
    )
    register = trusted.register
    return _Judging(
        findings=(*complaints, *failures, *_of_register(register, complaints, request, complete=not failures)),
        failures=failures,
        evidence=evidence,
        required=required,
        waivers=waivers.counting(register.waivers, today=clock.now().date()),
        environment=request.stack.environment.name if request.stack else None,
        rules=trusted.rules,
        missing_links=links.missing,
    )


def _complaints(root: Path, gated: GatedPlan, bundle: PolicyBundle, ran: EngineResults) -> tuple[Finding, ...]:
    """What all checks say about plan and code: each complaint once, with its place in the code."""
    modules = gated.judged.modules if gated.judged else ()
    findings = (
        *plan_check.findings(gated.document),
        *(gated.judged.findings if gated.judged else ()),
        *added_comments.findings(root, modules, bundle),
        *ran.findings,
    )
    places, resources = SourcePlaces.of(modules), plan_check.managed(gated.document)
    return tuple(_placed(finding, places) for finding in same_complaint.joined(findings, resources=resources))


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
