"""The result of `apply`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report import findings, plan_summary
from infragate.report.plan_text import output_value, where
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.apply import ApplyResult


def document(result: ApplyResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    ready = result.ready
    return {
        "summary": plan_summary.summary(ready.plan.summary),
        "headline": result.applied.headline,
        "warnings": findings.document(result.warnings, caller),
        "target": plan_summary.target(ready.manifest),
        "outputs": result.applied.outputs,
        "done": list(result.applied.done),
        "failed": list(result.applied.failed),
        "isolation": ready.isolation.document(),
        "plan_sha256": ready.manifest.plan_sha256,
        "commit": ready.manifest.commit,
        "snapshot": ready.snapshot,
        "record": result.record,
        "serial_before": ready.before.serial if ready.before else None,
        "serial_after": result.after.serial if result.after else None,
        "state_encryption": result.after.encryption if result.after else None,
        "state_kms_key": result.after.kms_key if result.after else None,
    }


def show(result: ApplyResult, printer: Printer) -> None:
    """Terraform's own summary, the outputs, and the address of the record."""
    printer.line(result.applied.headline or "Apply complete.", "good")
    printer.line(where(result.ready.manifest))
    show_outputs(result.applied.outputs, printer)
    findings.warn(result.warnings, printer)
    session = result.ready.request.stack.session
    printer.line(f"record: s3://{session.project.state.bucket}/{result.record}")
    printer.next(Command("smoke", ("--wait",), env=session.environment.name))


def show_outputs(outputs: Mapping[str, Any], printer: Printer) -> None:
    """The outputs of the Stack, one on each line; sensitive ones are hidden."""
    for name, value in outputs.items():
        label = f"output.{name}: "
        printer.line(label + output_value(value, printer, len(label)))
