"""The result of `plan`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Advice, Caller, Command
from infragate.report import findings, plan_summary
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.plan import PlanResult


def document(result: PlanResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    lock = result.lock
    return {
        **plan_summary.document(result.plan, result.manifest),
        "headline": result.planned.headline,
        "warnings": findings.document(result.planned.warnings, caller),
        "plan_file": str(result.files.plan),
        "plan_json": str(result.files.json),
        "manifest_file": str(result.files.manifest),
        "manifest": result.manifest.document(),
        "isolation": result.isolation.document(),
        "lock": lock and {"id": lock.id, "who": lock.who, "created": lock.created},
    }


def show(result: PlanResult, printer: Printer) -> None:
    """The changes, Terraform's warnings, the holder of the lock."""
    request, changes = result.request, result.planned.changes
    environment = request.stack.environment
    plan_summary.show(
        result.plan,
        title=f"{request.stack.session.project.service} {environment.name}: plan of {environment.directory}",
        headline=result.planned.headline,
        changes=changes,
        drift=request.mode == "refresh-only",
        printer=printer,
        manifest=result.manifest,
        full=request.full,
    )
    findings.warn(result.planned.warnings, printer)
    plan_summary.show_lock(result.lock, printer)
    if changes:
        printer.next(_next(result))


def _next(result: PlanResult) -> Advice:
    """The apply, or the gate before it; where data would be lost, what to do first."""
    request, plan = result.request, result.plan
    name = request.stack.environment.name
    loses = any(change.loses_state for change in plan.changes)
    verb = "gate" if result.needs_verdict else "apply"
    apply = Command(verb, ("--plan", str(request.out)) if request.out else (), env=name)
    if plan.renames:
        again = ("if it is a rename, write the `moved` blocks, then ", Command("plan", env=name))
        return again if loses else (*again, "; if not, ", apply)
    return "decide whether that data may be lost: docs/plan-summary.md, 'Data at risk'" if loses else apply
