"""The result of `tools-install`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.tools_install import ToolsInstallResult


def document(result: ToolsInstallResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    tools = [{**asdict(tool), "installed": tool.new} for tool in result.tools]
    return {"platform": result.platform, "tools": tools}


def show(result: ToolsInstallResult, printer: Printer) -> None:
    """A line for each program, then the newly installed ones."""
    rows = [(tool.name, tool.version, tool.source, str(tool.path)) for tool in result.tools]
    printer.table(("program", "version", "from", "path"), rows)
    if new := [tool.name for tool in result.tools if tool.new]:
        printer.line(f"installed for {result.platform}: {', '.join(new)}", "good")
    else:
        programs = "the program is" if len(result.tools) == 1 else f"all {len(result.tools)} programs are"
        printer.line(f"nothing to do: {programs} installed for {result.platform}", "good")
