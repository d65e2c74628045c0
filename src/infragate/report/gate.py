"""The result of `gate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report import approvals, complaints, findings, gate_states, plan_summary
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.finding import Evidence, Finding, Waiver
    from infragate.domain.gate.acceptance import Point
    from infragate.domain.gate.cost import CostDelta
    from infragate.usecases.gate.gate_result import GateResult

STYLES = {"allow": "good", "needs-approvals": "warn", "block": "bad"}


def document(result: GateResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    verdict = result.verdict
    waived, states = dict(result.waived), dict(gate_states.states(result))
    return {
        "directory": result.directory,
        "verdict": {
            "decision": verdict.decision,
            "approvals_required": verdict.approvals_required,
            "reasons": list(verdict.reasons),
        },
        "summary": plan_summary.summary(result.plan.summary),
        "findings": [
            {
                **entry,
                "engine": finding.source,
                "engines": list(finding.engines),
                "approvals": finding.approvals,
                "state": states[finding],
                "waived_by": waived[finding].owner if finding in waived else None,
                "waived_until": waived[finding].expires.isoformat() if finding in waived else None,
            }
            for finding, entry in zip(result.findings, findings.document(result.findings, caller), strict=True)
        ],
        "evidence": [_evidence(proof) for proof in result.evidence],
        "notes": list(result.notes),
        "cost": result.cost and _cost(result.cost),
        "policy": {
            "origin": result.policy.origin,
            "commit": result.policy.commit,
            "digest": result.policy.digest,
            "changed": list(result.policy.changed),
        },
        "approved_by": list(result.approvals.names),
        "bound": result.bound,
        "acceptance": [_point(point) for point in result.acceptance],
    }


def show(result: GateResult, printer: Printer) -> None:
    """The findings, what counts first, the checks that ran, the cost, and the Verdict last."""
    waivers, judged = dict(result.waived), list(gate_states.states(result))
    for (state, waiver, _), group in _alike(judged, waivers).items():
        first = group[0]
        if waiver is not None:
            places = ", ".join(finding.where for finding in group)
            told = f"waived until {waiver.expires} by {waiver.owner}: {places}: {first.message} ({first.id})"
            printer.line(told, "dim")
        else:
            findings.judged(first, state, printer, also=group[1:])
    _mark(judged, printer)
    for note in result.notes:
        printer.line(f"note: {note}", "dim")
    printer.table(
        ("check", "program", "looked at", "seconds"),
        [
            (proof.check, f"{proof.tool} {proof.version}", str(proof.scanned), f"{proof.duration_seconds:.1f}")
            for proof in result.evidence
        ],
    )
    if result.cost is not None:
        printer.line(_cost_line(result.cost))
    _policy(result, printer)
    _verdict(result, printer)


def _alike(
    judged: Sequence[tuple[Finding, str]], waivers: Mapping[Finding, Waiver]
) -> dict[tuple[str, Waiver | None, Finding], list[Finding]]:
    """Findings that differ only in their resource, together; by state and Waiver, in the order of the first of each."""
    groups: dict[tuple[str, Waiver | None, Finding], list[Finding]] = {}
    for finding, state in judged:
        anywhere = replace(finding, address=None, file=None, line=None, snippet=None)
        groups.setdefault((state, waivers.get(finding), anywhere), []).append(finding)
    return groups


def _mark(judged: Sequence[tuple[Finding, str]], printer: Printer) -> None:
    """Mark lines of the pull request: what counts as errors, the rest as warnings; GitHub shows ten of each."""
    counting = [finding for finding, state in judged if state in gate_states.COUNTING]
    others = [finding for finding, state in judged if state in ("approved", "warning")]
    for kind, marked in (("error", counting), ("warning", others)):
        for finding in marked[: complaints.SHOWN]:
            printer.mark(finding, kind)


def _policy(result: GateResult, printer: Printer) -> None:
    printer.line(f"policy: {result.policy.origin}", "dim")
    if changed := result.policy.changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        names = f"{', '.join(changed[:3])}{more}"
        printer.warning(f"changed here, without effect on this Verdict; its owners must approve it: {names}")


def _verdict(result: GateResult, printer: Printer) -> None:
    verdict = result.verdict
    counts = f"{len(verdict.findings)} of {len(result.findings)} findings count, {len(result.waived)} are waived"
    needed = f" ({verdict.approvals_required} approvals)" if verdict.approvals_required else ""
    printer.line(f"verdict: {verdict.decision}{needed}; {counts}", STYLES[verdict.decision])
    approvals.show(result.approvals, printer)
    for step in gate_states.next_steps(result):
        printer.next(step)


def _evidence(proof: Evidence) -> dict[str, Any]:
    return {
        "check": proof.check,
        "tool": proof.tool,
        "version": proof.version,
        "input_digest": proof.input_digest,
        "scanned": proof.scanned,
        "duration_seconds": round(proof.duration_seconds, 3),
    }


def _point(point: Point) -> dict[str, str]:
    return {"name": point.name, "state": point.state, "detail": point.detail}


def _cost(cost: CostDelta) -> dict[str, Any]:
    return {
        "currency": cost.currency,
        "before": f"{cost.before:f}",
        "after": f"{cost.after:f}",
        "delta": f"{cost.delta:f}",
        "percent": None if cost.percent is None else f"{cost.percent:f}",
        "known": cost.known,
    }


def _cost_line(cost: CostDelta) -> str:
    percent = "" if cost.percent is None else f" ({cost.percent:+f}%)"
    unknown = "" if cost.known else f"; unknown for {len(cost.unpriced)} parts"
    return f"cost: {cost.before:,.2f} -> {cost.after:,.2f} {cost.currency} a month{percent}{unknown}"
