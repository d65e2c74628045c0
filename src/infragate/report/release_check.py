"""The result of `release-check`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report import findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.release_check import ReleaseCheckResult


def document(result: ReleaseCheckResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "version": str(result.version) if result.version else None,
        "previous": str(result.previous) if result.previous else None,
        "needed": str(result.needed) if result.needed else None,
        "changes": [asdict(change) for change in result.changes],
        "findings": findings.document(result.findings, caller),
        "written": result.written,
    }


def show(result: ReleaseCheckResult, printer: Printer) -> None:
    """The changes since the previous release, and the Findings against this version."""
    if result.version is None:
        printer.line(f"nothing to release: modules/ equals {result.previous}", "good")
        return
    printer.line(f"{result.version} after {result.previous or 'nothing'}")
    rows = [
        ("breaks" if change.breaking else "adds", change.module, change.kind, change.name, change.detail)
        for change in result.changes
    ]
    styles = ["warn" if change.breaking else "good" for change in result.changes]
    printer.table(("", "module", "change", "name", "detail"), rows, styles)
    findings.show(result.findings, printer)
    if result.findings:
        printer.line(f"{result.version} does NOT fit; the rules are in docs/module-releases.md", "bad")
    else:
        printer.line(f"{result.version} fits" + (f": {result.written} written" if result.written else ""), "good")
