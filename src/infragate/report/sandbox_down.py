"""The result of `sandbox-down`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.sandbox import DownResult


def document(result: DownResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"stopped": result.stopped, "wiped": result.wiped, "folder": str(result.folder)}


def show(result: DownResult, printer: Printer) -> None:
    """Did it run, and what became of its data."""
    printer.line("the sandbox is down" if result.stopped else "no sandbox was running", "good")
    if result.wiped:
        printer.line("what it held is deleted")
    elif result.folder.exists():
        printer.line(f"what it held is kept in {result.folder}")
