"""The result of `modules-verify`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.modules_verify import ModulesVerifyResult


def document(result: ModulesVerifyResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    pins = [{"stack": stack, **asdict(pin)} for stack, states in result.stacks.items() for pin in states]
    return {"pins": pins, "remotes": result.remotes}


def show(result: ModulesVerifyResult, printer: Printer) -> None:
    """A line for each module of each Stack."""
    rows = [
        (stack, pin.module or pin.source, pin.ref or "-", pin.commit or "-", pin.state, pin.message)
        for stack, states in result.stacks.items()
        for pin in states
    ]
    printer.table(("stack", "module", "ref", "commit", "state", ""), rows)
    if result.remotes:
        printer.line(f"tags of {result.remotes} repositories checked")
    if result.findings:
        printer.next("docs/module-lock.md says what each state means and what to do")
