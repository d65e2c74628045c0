"""The result of the gate: what every report of it shows."""

from __future__ import annotations

from dataclasses import dataclass

from infragate.adapters.policy_bundle import PolicyBundle
from infragate.domain.finding import Evidence, Finding, Waiver
from infragate.domain.gate.acceptance import Point
from infragate.domain.gate.approvals import Approvals
from infragate.domain.gate.cost import CostDelta
from infragate.domain.gate.gate_policy import EnvironmentRules
from infragate.domain.gate.sealed_verdict import SealedVerdict
from infragate.domain.plan import Plan
from infragate.domain.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The Verdict, and all that it was reached from.

    Attributes:
        environment, directory: None for a plan of another repository.
        plan: what it would do, for the tree of resources in reports.
        rules: those of the Environment.
        verdict: with the approvals.
        findings: all, the worst first; waived: those among them that a Waiver covers, and which one.
        evidence: a record of each check that ran to its end.
        failures: those among the findings that say that a check could not run.
        notes: what was left out, and why.
        cost: None if no engine estimated it.
        policy: where the policy was from, and which of its files the change edits.
        sealed: what the Manifest gets; bound: True if there is one.
        commit: that of the checkout that was planned; None if it is not known.
        acceptance: what is known of each point of the acceptance list.
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
    sealed: SealedVerdict
    bound: bool
    commit: str | None
    acceptance: tuple[Point, ...]
