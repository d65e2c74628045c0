"""The result of `notify`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.notify import NotifyResult


def document(result: NotifyResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return asdict(result)


def show(result: NotifyResult, printer: Printer) -> None:
    """Where it went, and what it cannot do."""
    where = f"into {result.channel} ({result.severity})" if result.way == "bot" else "through the webhook"
    printer.line(f"a test message was sent {where}", "good")
    if result.problem:
        printer.warning(f"if Slack's answer gets lost, that change may not be told: {result.problem}")
