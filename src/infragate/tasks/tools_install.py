"""`tools-install`: the vendor programs that `policy/tools/tools.lock` pins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.adapters.tools.tool_store import Located
    from infragate.report.printer import Printer
    from infragate.usecases.tools_install import ToolsInstallResult

# Where and how Go may fetch modules is the user's; a Go build checks them against our go.sum.
GO_SETTINGS = ("GOPROXY", "GOPRIVATE", "GONOSUMDB", "GOSUMDB", "GOTOOLCHAIN", "GOCACHE", "GOMODCACHE", "GOPATH")


@verb(
    name="tools-install",
    sandbox=False,
    help={
        "tool": "Only these programs, separated by commas; all without it.",
        "mirror": "Fetch from this address or folder instead of the vendors' sites (else INFRAGATE_TOOLS_MIRROR).",
        "platform": "Fetch for another machine, for instance darwin_arm64, into the cache.",
        "check": "Install nothing; end with 4 when a program is missing.",
    },
)
def tools_install(run: Run, tool: str = "", mirror: str = "", platform: str = "", check: bool = False) -> Outcome:
    """Install the pinned vendor programs: from PATH, the cache, the release, a mirror or a Go build, checked."""
    from dataclasses import replace

    from infragate.adapters.local import settings
    from infragate.adapters.tools import tool_store, tools_file
    from infragate.usecases import tools_install as usecase

    pins = tools_file.path(run.root)
    places = replace(
        tool_store.own_places(pins),
        mirror=mirror or settings.read(usecase.MIRROR),
        environment=settings.child_environment(**settings.subset(GO_SETTINGS)),
    )
    request = usecase.ToolsInstallRequest(
        lock_file=pins,
        names=tuple(name.strip() for name in tool.split(",") if name.strip()),
        places=places,
        platform=platform or None,
        check=check,
    )
    done = usecase.run(request, progress=run.printer.progress)
    return Outcome(result=_document(done), show=lambda printer: _show(printer, done))


def _document(done: ToolsInstallResult) -> dict[str, Any]:
    return {"platform": done.platform, "tools": [_record(tool) for tool in done.tools]}


def _record(tool: Located) -> dict[str, Any]:
    return {
        "name": tool.name,
        "version": tool.version,
        "path": str(tool.path),
        "source": tool.source,
        "installed": tool.new,
        "sha256": tool.sha256,
        "notes": list(tool.notes),
    }


def _show(printer: Printer, done: ToolsInstallResult) -> None:
    rows = [(tool.name, tool.version, tool.source, str(tool.path)) for tool in done.tools]
    printer.table(("program", "version", "from", "path"), rows)
    new = [tool.name for tool in done.tools if tool.new]
    if new:
        printer.line(f"installed for {done.platform}: {', '.join(new)}", "good")
    else:
        printer.line(f"nothing to do: {_counted(len(done.tools))} there for {done.platform}", "good")


def _counted(number: int) -> str:
    return "the program is" if number == 1 else f"all {number} programs are"
