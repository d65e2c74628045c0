"""`tools-install`: install the pinned vendor programs, each from the first source that has it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.tools import downloads, tool_installs, tool_store, tools_file
from infragate.domain.command import Say
from infragate.domain.errors import BadInput, RemoteFailed, ToolFailed
from infragate.domain.programs import PROGRAMS, Programs
from infragate.domain.tools_lock import PLATFORM, Tool

MIRROR = "INFRAGATE_TOOLS_MIRROR"
LONG = downloads.Patience()
# For a download that the user did not start: report a failing network soon.
SHORT = downloads.Patience(attempts=3, longest_wait=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallRequest:
    """What to install and where.

    Attributes:
        lock_file: `policy/tools/tools.lock`.
        names: programs to install; empty for all.
        places: folders of this machine, and the mirror.
        platform: `os_arch` to fetch for; None for this machine's.
        check: install nothing.
        programs: the programs that may be pinned.
    """

    lock_file: Path
    names: tuple[str, ...] = ()
    places: tool_store.Places
    platform: str | None = None
    check: bool = False
    programs: Programs = field(default_factory=lambda: PROGRAMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallResult:
    """The selected programs, in the order of the lock file."""

    platform: str
    tools: tuple[tool_store.Located, ...]


def run(request: ToolsInstallRequest, *, progress: Say, patience: downloads.Patience = LONG) -> ToolsInstallResult:
    """Install the missing programs.

    Raises:
        BadInput, RemoteFailed, Integrity, ToolFailed, Locked: see `tool_installs.obtain`; programs installed before
            the failure stay. With `check` a ToolFailed names every missing program.
    """
    tools = tools_file.read(request.lock_file, request.programs).select(request.names)
    places = _places(request)
    if request.check:
        located = _present(tools, places)
    else:
        located = [tool_installs.obtain(tool, places, say=progress, patience=patience) for tool in tools]
    return ToolsInstallResult(platform=places.platform, tools=tuple(located))


def ready(name: str, root: Path, *, say: Say) -> tool_store.Located:
    """A pinned program, installed if it is missing: a newcomer needs no other command first.

    INFRAGATE_INSTALL=never switches that off (servers, whose image holds the programs).

    Raises:
        ToolFailed: it is not installed and cannot be fetched.
        BadInput, Integrity, Locked: see `tool_installs.obtain`.
    """
    try:
        return tool_store.program(name, root)
    except ToolFailed as missing:
        if settings.read("INFRAGATE_INSTALL") == "never":
            raise
        pins = tools_file.path(root)
        places = replace(tool_store.own_places(pins), mirror=settings.read(MIRROR))
        tool = tools_file.read(pins).select((name,))[0]
        say(f"{name} is not installed yet: installing {tool.version}, its sha256 checked ({tools_file.RELATIVE})")
        try:
            return tool_installs.obtain(tool, places, say=say, patience=SHORT)
        except RemoteFailed as failed:
            message = f"{missing.message}, and cannot be fetched: {failed.message}"
            raise ToolFailed(message, where=failed.where, fix=missing.fix) from failed


def _places(request: ToolsInstallRequest) -> tool_store.Places:
    own, platform = request.places, request.platform
    if platform is None:
        return own
    if not PLATFORM.fullmatch(platform):
        raise BadInput(f"{platform!r} is not a platform", where="--platform", fix="write it as linux_amd64")
    return replace(own, platform=platform, foreign=platform != own.platform)


def _present(tools: tuple[Tool, ...], places: tool_store.Places) -> list[tool_store.Located]:
    results = [(tool, *tool_store.locate(tool, places)) for tool in tools]
    absent = [(tool, notes) for tool, located, notes in results if located is None]
    if absent:
        raise tool_store.missing(absent)
    return [located for _tool, located, _notes in results if located is not None]
