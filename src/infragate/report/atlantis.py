"""The results of `atlantis-plan` and `atlantis-apply`: the comment that Atlantis writes, what matters first.

Atlantis shows it as a diff: a line that begins with + is green, with - red, with ! orange.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.front_doors import atlantis_text
from infragate.report import apply as apply_report
from infragate.report import gate as gate_report
from infragate.report import gate_view, smoke
from infragate.report import plan as plan_report
from infragate.report.comment import change_lines
from infragate.report.comment_printer import headline
from infragate.report.gate_states import COUNTING
from infragate.report.gate_view import FindingRow, GateView
from infragate.report.plan_summary import show_lock
from infragate.report.plan_text import where
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.atlantis.apply_step import ApplyStepResult
    from infragate.usecases.atlantis.plan_step import PlanStepResult
    from infragate.usecases.plan import PlanResult

_APPLY = "this plan can be applied when the pull request is approved: comment `atlantis apply`"
_BLOCKED = "nothing can be applied: correct it and push, or comment `atlantis plan`"


def plan_document(result: PlanStepResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document of `atlantis-plan`."""
    return {
        "can_apply": result.can_apply,
        "plan": plan_report.document(result.plan, caller),
        "gate": gate_report.document(result.gate, caller),
    }


def show_plan(result: PlanStepResult, printer: Printer) -> None:
    """Terraform's line, the Verdict and what to do, the cost, the findings, the changes."""
    view = gate_view.view(result.gate, printer)
    headline(printer, _own_line(result.plan))
    needs = f" ({view['approvals_required']} approvals)" if view["approvals_required"] else ""
    sign = {"allow": "+", "needs-approvals": "!", "block": "-"}[view["decision"]]
    printer.line(f"{sign} {view['subject']}: {view['decision']}{needs}")
    printer.line(where(result.plan.manifest))
    steps = view["steps"][:-1] if view["decision"] == "allow" else view["steps"]  # the last one is the apply
    for step in [*steps, _APPLY if result.can_apply else _BLOCKED]:
        printer.line(f"next: {step}")
    if cost := view["cost"]:
        unknown = f"; unknown for {len(cost['unpriced'])} parts" if cost["unpriced"] else ""
        printer.line(f"cost: {cost['before']} -> {cost['after']} a month, {cost['change']}{unknown}")
    if names := view["policy_changed"]:
        printer.line(f"! changed here, without effect before it is merged: {', '.join(names)}")
    for line in (*_findings(view), *_changes(view)):
        printer.line(line)
    printer.line(f"policy: {view['policy']}")
    show_lock(result.plan.lock, printer)


def apply_document(result: ApplyStepResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document of `atlantis-apply`."""
    return {
        "apply": apply_report.document(result.apply, caller),
        "smoke": result.smoke and smoke.document(result.smoke, caller),
    }


def show_apply(result: ApplyStepResult, printer: Printer) -> None:
    """What was applied and recorded, and the service's health."""
    if (error := result.error) is not None:
        printer.line(f"- {error.message}")
    apply_report.show(result.apply, printer)
    if result.smoke is None:
        printer.line("health: unknown" if result.unknown else "health: the Stack has no resources")
    else:
        smoke.show(result.smoke, printer)


def _own_line(result: PlanResult) -> str:
    """Terraform's own line of a plan; Terraform counts a replacement on both sides."""
    if not result.planned.changes:
        return atlantis_text.NO_CHANGES
    if atlantis_text.READ_BY_ATLANTIS.fullmatch(result.planned.headline):
        return result.planned.headline
    counts = result.plan.summary
    return atlantis_text.headline(
        add=counts.add + counts.replace,
        change=counts.change,
        destroy=counts.destroy + counts.replace,
        imported=counts.imported,
        forget=counts.forget,
    )


def _findings(view: GateView) -> Iterator[str]:
    rows = view["findings"]
    counted = ", ".join(f"{number} {state}" for state, number in view["counts"].items() if number)
    yield f"findings: {counted or 'none'}"
    for row in rows:
        if row["state"] in COUNTING:
            yield from _finding(row)
    quiet = [row for row in rows if row["state"] not in COUNTING and row["state"] != "waived"]
    for row in quiet[:20]:
        yield f"  {row['state']}: {row['id']} {row['where']}: {_flat(row['message'])}"
    if left := max(len(quiet) - 20, 0) + view["findings_left"]:
        yield f"  {left} more findings in the report"


def _finding(row: FindingRow) -> Iterator[str]:
    sign = "!" if row["state"] == "needs approvals" else "-"
    needs = f", needs {row['approvals']} approvals" if row["state"] == "needs approvals" else ""
    place = row["where"] + (f" ({row['address']})" if row["file"] and row["address"] else "")
    yield f"{sign} {row['severity']} {row['id']} ({', '.join(row['engines'])}){needs}: {_flat(row['message'])}"
    yield f"    where: {place}"
    if told := row["fix"] or row["link"]:
        yield f"    fix: {_flat(told)}"


def _changes(view: GateView) -> Iterator[str]:
    yield f"changes: {len(view['changes']) + view['changes_left'] or 'none'}"
    for change in view["changes"]:
        yield from change_lines(change)
    if view["changes_left"]:
        yield f"  {view['changes_left']} more changes in the report"


def _flat(text: str) -> str:
    return " ".join(text.split())
