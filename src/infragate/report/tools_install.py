"""The result of `tools-install`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.tools_install import ToolsInstallResult


def document(result: ToolsInstallResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    tools = [
        {
            "name": tool.name,
            "version": tool.version,
            "path": str(tool.path),
            "source": tool.source,
            "installed": tool.new,
            "sha256": tool.sha256,
            "notes": list(tool.notes),
        }
        for tool in result.tools
    ]
    return {"platform": result.platform, "tools": tools}


def show(result: ToolsInstallResult, printer: Printer) -> None:
    """A line for each program, then what is new."""
    rows = [(tool.name, tool.version, tool.source, str(tool.path)) for tool in result.tools]
    printer.table(("program", "version", "from", "path"), rows)
    if new := [tool.name for tool in result.tools if tool.new]:
        printer.line(f"installed for {result.platform}: {', '.join(new)}", "good")
    else:
        count = len(result.tools)
        programs = "the program is" if count == 1 else f"all {count} programs are"
        printer.line(f"nothing to do: {programs} there for {result.platform}", "good")
