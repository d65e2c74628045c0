"""The result of `gate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command, advice
from infragate.report import approvals, findings, plan_summary
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.finding import Evidence
    from infragate.domain.gate.cost import CostDelta
    from infragate.usecases.gate.gate_result import GateResult

STYLES = {"allow": "good", "needs-approvals": "warn", "block": "bad"}


def document(result: GateResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    verdict = result.verdict
    waived = dict(result.waived)
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
    }


def show(result: GateResult, printer: Printer) -> None:
    """The findings, the waived ones, the checks that ran, the cost, and the Verdict last."""
    waived = {finding for finding, _ in result.waived}
    standing = [finding for finding in result.findings if finding not in waived]
    for finding in standing:
        findings.judged(finding, printer, blocks=result.rules.blocks)
        printer.mark(finding)
    for finding, waiver in result.waived:
        printer.line(
            f"waived until {waiver.expires} by {waiver.owner}: {finding.where}: {finding.message} ({finding.id})", "dim"
        )
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
    if result.bound and verdict.allows:
        printer.next(Command("apply", env=result.environment))
    elif not verdict.allows:
        printer.next(advice("docs/gate.md explains the Verdict; runbooks/policy-exception.md how to get an exception"))


def _evidence(proof: Evidence) -> dict[str, Any]:
    return {
        "check": proof.check,
        "tool": proof.tool,
        "version": proof.version,
        "input_digest": proof.input_digest,
        "scanned": proof.scanned,
        "duration_seconds": round(proof.duration_seconds, 3),
    }


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
