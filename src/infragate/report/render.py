"""The result of `render`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.render import RenderResult

STYLES = {"current": "good", "written": "good", "stale": "bad"}


def document(result: RenderResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"pages": [asdict(page) for page in result.pages]}


def show(result: RenderResult, printer: Printer) -> None:
    """A line for each page."""
    for page in result.pages:
        printer.line(f"{page.state}  {page.path}", STYLES[page.state])
    if result.findings:
        printer.next((Command("render"), ", then commit the pages"))
