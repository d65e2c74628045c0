"""The result of `modules-lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.modules_lock import ModulesLockResult


def document(result: ModulesLockResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "pins": [
            {"source": pin.source, "ref": pin.ref, "commit": pin.commit, "tree": pin.tree, "stacks": list(pin.stacks)}
            for pin in result.lock.pins
        ],
        "differences": list(result.differences),
        "written": result.written,
    }


def show(result: ModulesLockResult, printer: Printer) -> None:
    """What changed in the lock."""
    for line in result.differences:
        printer.line(line)
    kept = "written" if result.written else "as it was"
    printer.line(f"infra/modules.lock: {len(result.lock.pins)} pins, {kept}", "good")
    if result.written:
        printer.next("git add infra/modules.lock, and commit it with the change of the pins")
