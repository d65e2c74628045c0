"""The result of `modules-lock`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.modules_lock import ModulesLockResult


def document(result: ModulesLockResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "pins": [asdict(pin) for pin in result.lock.pins],
        "differences": list(result.differences),
        "written": result.written,
    }


def show(result: ModulesLockResult, printer: Printer) -> None:
    """The changes of the lock file."""
    for line in result.differences:
        printer.line(line)
    state = "written" if result.written else "unchanged"
    printer.line(f"infra/modules.lock: {len(result.lock.pins)} pins, {state}", "good")
    if result.written:
        printer.next("git add infra/modules.lock, and commit it with the change of the pins")
