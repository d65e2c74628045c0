"""The Verdict: may a run go on? A pure function; more Findings or less Evidence never make it better."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from infragate.domain.finding import Evidence, Finding, Severity, Waiver, failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The decision and its reasons.

    Attributes:
        approvals_required: number of people who must approve; 0 unless the decision is `needs-approvals`.
        findings: those that count against it.
        reasons: one sentence for each of these Findings and for each check without Evidence.
    """

    decision: Literal["allow", "needs-approvals", "block"]
    approvals_required: int = 0
    findings: tuple[Finding, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def allows(self) -> bool:
        """True if the run may go on."""
        return self.decision == "allow"

    def waived(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Those of all Findings that would fail the run without a Waiver."""
        return tuple(finding for finding in findings if finding.fails and finding not in self.findings)


def decide(
    findings: Iterable[Finding],
    *,
    evidence: Collection[Evidence] = (),
    required_checks: Collection[Mapping[str, str]] = (),
    waivers: Collection[Waiver] = (),
    approvals: Collection[str] = (),
    environment: str | None = None,
    today: date | None = None,
    blocks: Severity = Severity.HIGH,
) -> Verdict:
    """The Verdict over Findings, Evidence, Waivers and approvals.

    Args:
        required_checks: for each requirement, the checks of which one is enough, with the digest of their input.
        approvals: names of those who approved; each counts once.
        today: for the expiry of Waivers; without it no Waiver counts.
        blocks: the severity from which a Finding counts.
    """
    counted = sorted(
        {
            finding
            for finding in failing(findings, blocks=blocks)
            if not (today and any(w.covers(finding, environment=environment, today=today) for w in waivers))
            and not 0 < finding.approvals <= len(set(approvals))
        },
        key=rank,
    )
    missing = sorted(" or ".join(sorted(checks)) for checks in required_checks if not _any_ran(checks, evidence))
    reasons = (
        *(f"{check}: no evidence that it ran" for check in missing),
        *(f"{finding.where}: {finding.message}" for finding in counted),
    )
    if not reasons:
        return Verdict(decision="allow")
    if missing or any(finding.approvals == 0 for finding in counted):
        return Verdict(decision="block", findings=tuple(counted), reasons=reasons)
    required = max(finding.approvals for finding in counted)
    return Verdict(decision="needs-approvals", approvals_required=required, findings=tuple(counted), reasons=reasons)


def rank(finding: Finding) -> tuple[int, str, str, str, str, str]:
    """The worst first; the whole Finding last, so that no two are equal."""
    return (-finding.severity, finding.source, finding.id, finding.where, finding.message, repr(finding))


def _any_ran(checks: Mapping[str, str], evidence: Collection[Evidence]) -> bool:
    return any(_ran(check, digest, evidence) for check, digest in checks.items())


def _ran(check: str, digest: str, evidence: Collection[Evidence]) -> bool:
    return any(
        proof.check == check and proof.input_digest == digest and proof.result == "complete" and proof.scanned > 0
        for proof in evidence
    )
