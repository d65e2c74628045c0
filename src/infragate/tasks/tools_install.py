"""`tools-install`: the vendor programs that `policy/tools/tools.lock` pins."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="tools-install",
    sandbox=False,
    help={
        "tool": "Only these programs, separated by commas; default: all.",
        "mirror": "Download from this address or folder instead of the vendors' sites (default: INFRAGATE_TOOLS_MIRROR).",
        "platform": "Download for another platform, for example darwin_arm64, into the cache.",
        "check": "Install nothing; end 4 if a program is missing.",
    },
)
def tools_install(run: Run, tool: str = "", mirror: str = "", platform: str = "", check: bool = False) -> Outcome:
    """Install the pinned vendor programs, with checked digests: from PATH, cache, release, mirror, Go or pip."""
    from infragate.adapters.tools import tools_file
    from infragate.report import tools_install as report
    from infragate.usecases import tools_install as usecase

    pins = tools_file.path(run.root)
    request = usecase.ToolsInstallRequest(
        lock_file=pins,
        names=tuple(name.strip() for name in tool.split(",") if name.strip()),
        places=usecase.own_places(pins, mirror=mirror or None),
        platform=platform or None,
        check=check,
    )
    return run.present(report, usecase.run(request, progress=run.printer.progress))
