"""The result of `modules-lock`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.gate import policy_lock
from infragate.domain.modules import module_lock
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.modules_lock import ModulesLockResult


def document(result: ModulesLockResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "pins": [asdict(pin) for pin in result.lock.pins],
        "differences": list(result.differences),
        "written": result.written,
        "policies": {
            "pins": [asdict(pin) for pin in result.policies.lock.pins],
            "differences": list(result.policies.differences),
            "written": result.policies.written,
        },
    }


def show(result: ModulesLockResult, printer: Printer) -> None:
    """The changes of the lock files."""
    modules, policies = result, result.policies
    _show_file(module_lock.FILE, modules.differences, len(modules.lock.pins), printer, written=modules.written)
    if policies.lock.pins or policies.differences:
        _show_file(policy_lock.FILE, policies.differences, len(policies.lock.pins), printer, written=policies.written)
    written = [
        name for name, is_new in ((module_lock.FILE, modules.written), (policy_lock.FILE, policies.written)) if is_new
    ]
    if written:
        printer.next(f"git add {' '.join(written)}, and commit it with the change of the pins")


def _show_file(name: str, differences: Sequence[str], pins: int, printer: Printer, *, written: bool) -> None:
    for line in differences:
        printer.line(line)
    printer.line(f"{name}: {pins} pins, {'written' if written else 'unchanged'}", "good")
