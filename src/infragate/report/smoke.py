"""The result of `smoke`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.finding import failing
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.smoke import SmokeResult

STYLES = {"ok": "good", "warn": "warn", "fail": "bad"}


def document(result: SmokeResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "healthy": result.healthy,
        "waited_seconds": round(result.waited_seconds, 1),
        "checks": [asdict(check) for check in result.checks],
    }


def show(result: SmokeResult, printer: Printer) -> None:
    """A line for each check, then the result."""
    checks = result.checks
    rows = [(check.status, check.name, check.subject, check.message) for check in checks]
    printer.table(("", "check", "subject", "result"), rows, [STYLES[check.status] for check in checks])
    if bad := len(failing(result.findings)):
        printer.line(f"{result.environment} is NOT healthy: {bad} of {len(checks)} checks fail", "bad")
    elif all(check.status == "warn" for check in checks):
        printer.line(f"{result.environment}: nothing was checked", "warn")
    else:
        printer.line(f"{result.environment} is healthy: {len(checks)} checks", "good")
