"""The result of `module-upgrade` and `module-downgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.finding import failing
from infragate.report import release_change
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.module_change import ModuleChangeResult


def document(result: ModuleChangeResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "environments": [release_change.document(judged, caller) for judged in result.judged],
        "files": list(result.files),
        "written": result.written,
    }


def show(result: ModuleChangeResult, printer: Printer) -> None:
    """Each Environment, then the files that were or would be written."""
    for judged in result.judged:
        release_change.show(judged, printer)
    if result.written:
        printer.line(f"written: {', '.join(result.files)}", "good")
        printer.next("git add infra, git diff --staged, then commit")
    elif result.files and not failing(result.findings):
        printer.line(f"would write: {', '.join(result.files)}")
        printer.next("the same without --dry-run")
