"""The result of `render`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report import findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.render import RenderResult

STYLES = {"current": "good", "written": "good", "stale": "bad"}


def document(result: RenderResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "pages": [asdict(page) for page in result.pages],
        "findings": findings.document(result.complaints, caller),
    }


def show(result: RenderResult, printer: Printer) -> None:
    """A line for each page, then the complaints."""
    for page in result.pages:
        printer.line(f"{page.state}  {page.path}", STYLES[page.state])
    findings.show(result.complaints, printer)
    if result.stale:
        printer.next((Command("render"), ", then commit the pages"))
