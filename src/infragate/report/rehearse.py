"""The result of `rehearse`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.rehearsal.rehearse import RehearseResult

STYLES = {"ok": "good", "fail": "bad", "skipped": "dim"}


def document(result: RehearseResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    steps = [{**asdict(step), "duration_seconds": round(step.duration_seconds, 1)} for step in result.steps]
    return {"steps": steps}


def show(result: RehearseResult, printer: Printer) -> None:
    """A line for each step, then the result or the error."""
    rows = [(step.status, f"{step.duration_seconds:6.1f} s", step.name, step.detail) for step in result.steps]
    printer.table(("", "took", "step", "detail"), rows, [STYLES[step.status] for step in result.steps])
    if result.error is None:
        printer.line(f"rehearsed {result.environment} in {result.seconds:.0f} s: {len(result.steps)} steps", "good")
    else:
        printer.error(result.error)
