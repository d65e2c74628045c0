"""The result of `cost-check`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.gate import cost
from infragate.report import approvals, findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.gate.cost import CostDelta, ResourceCost
    from infragate.usecases.gate.cost_check import CostCheckResult

STYLES = {"allow": "good", "needs-approvals": "warn", "block": "bad"}
PAGE = "docs/cost.md"


def document(result: CostCheckResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    delta, rules, verdict, evidence = result.delta, result.rules, result.verdict, result.evidence
    return {
        "currency": delta.currency,
        "before": _text(delta.before),
        "after": _text(delta.after),
        "delta": _text(delta.delta),
        "usage": _text(delta.usage),
        "percent": _optional(delta.percent),
        "known": delta.known,
        "threshold_percent": _text(rules.threshold_percent),
        "floor": _text(rules.floor),
        "new_stack_limit": _optional(rules.new_stack_limit),
        "price_source": delta.source,
        "price_date": delta.price_date and delta.price_date.isoformat(),
        "verdict": {
            "decision": verdict.decision,
            "approvals_required": verdict.approvals_required,
            "reasons": list(verdict.reasons),
        },
        "resources": [_resource(resource) for resource in delta.resources],
        "unpriced": [{"address": entry.address or None, "reason": entry.reason} for entry in delta.unpriced],
        "findings": findings.document(result.findings, caller),
        "waived": findings.document(result.waived, caller),
        "evidence": {
            "check": evidence.check,
            "tool": evidence.tool,
            "version": evidence.version,
            "input_digest": evidence.input_digest,
            "scanned": evidence.scanned,
            "duration_seconds": round(evidence.duration_seconds, 3),
        },
        "policy": result.policy.origin,
        "approved_by": list(result.approvals.names),
    }


def _resource(resource: ResourceCost) -> dict[str, Any]:
    return {
        "address": resource.address,
        "type": resource.type,
        "before": _text(resource.before),
        "after": _text(resource.after),
        "delta": _text(resource.delta),
        "usage": _text(resource.usage),
        "components": [
            {
                "name": part.name,
                "unit": part.unit,
                "quantity": _optional(part.quantity),
                "price": _text(part.price),
                "cost": _optional(part.cost),
                "usage": part.usage,
            }
            for part in resource.components
        ],
        "not_estimated": list(resource.not_estimated),
    }


def _text(amount: Decimal) -> str:
    return f"{amount:f}"


def _optional(amount: Decimal | None) -> str | None:
    return None if amount is None else _text(amount)


def show(result: CostCheckResult, printer: Printer) -> None:
    """What changes, the totals, what no total holds, the complaints, and the Verdict last."""
    delta = result.delta
    changed = sorted(
        (entry for entry in delta.resources if entry.delta), key=lambda entry: (-entry.delta, entry.address)
    )
    rows = [
        (entry.address, cost.money(entry.before), cost.money(entry.after), cost.signed(entry.delta))
        for entry in changed
    ]
    printer.table(("resource", "before", "after", f"{delta.currency} a month"), rows)
    _totals(delta, len(delta.resources) - len(changed), printer)
    findings.show([finding for finding in result.findings if finding not in result.waived], printer)
    for finding in result.waived:
        printer.line(f"waived: {finding.where}: {finding.message} ({finding.id})", "dim")
    _verdict(result, printer)


def _totals(delta: CostDelta, unchanged: int, printer: Printer) -> None:
    known = "" if delta.known else "not all known; "
    printer.line(
        f"cost: {known}{cost.money(delta.before)} -> {cost.money(delta.after)} {delta.currency} a month, {cost.change(delta)}"
    )
    if unchanged:
        printer.line(f"{unchanged} more resources do not change it", "dim")
    if by_use := [entry for entry in delta.resources if entry.not_estimated]:
        parts = sum(len(entry.not_estimated) for entry in by_use)
        printer.line(f"not in it: {parts} parts of {len(by_use)} resources, which are paid by use ({PAGE})", "dim")
    day = f" of {delta.price_date.isoformat()}" if delta.price_date else ""
    printer.line(f"prices: {delta.source}{day}", "dim")


def _verdict(result: CostCheckResult, printer: Printer) -> None:
    verdict = result.verdict
    needed = f" ({verdict.approvals_required} approvals)" if verdict.approvals_required else ""
    printer.line(f"verdict: {verdict.decision}{needed}", STYLES[verdict.decision])
    approvals.show(result.approvals, printer)
    if not verdict.allows:
        printer.next(f"{cost.RUNBOOK} says who may approve it, and how")
