"""The result of `doctor`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, advice
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.doctor import DoctorResult

STYLES = {"ok": "good", "warn": "warn", "fail": "bad", "skipped": "dim"}


def document(result: DoctorResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "checks": [{**asdict(check), "fix": caller.spell(check.fix) if check.fix else None} for check in result.checks],
        "isolation": result.isolation and result.isolation.document(),
        "next_command": caller.spell(result.next_command),
    }


def show(result: DoctorResult, printer: Printer) -> None:
    """A line for each check with its fix, then the next command."""
    rows = [
        (
            check.status,
            check.name,
            printer.spell(advice(check.message, "  fix: ", check.fix) if check.fix else check.message),
        )
        for check in result.checks
    ]
    printer.table(("", "check", "result"), rows, [STYLES[check.status] for check in result.checks])
    printer.line(advice("next: ", result.next_command), "head")
