"""The result of `sandbox-up`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report import sandbox_status
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.sandbox import UpResult


def document(result: UpResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"changed": result.changed, **sandbox_status.document(result.status, caller)}


def show(result: UpResult, printer: Printer) -> None:
    """Was something to do, and what is there now."""
    printer.line("the sandbox is up" if result.changed else "the sandbox was up already: nothing to do", "good")
    sandbox_status.table(result.status, printer)
