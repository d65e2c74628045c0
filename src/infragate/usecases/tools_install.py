"""`tools-install`: the pinned vendor programs, each from where it can be had first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.tools import downloads, tool_installs, tool_store
from infragate.domain.errors import BadInput, RemoteFailed, ToolFailed
from infragate.domain.programs import PROGRAMS, Programs
from infragate.domain.tools_lock import PLATFORM, ToolsLock, platform_of

Say = Callable[[str], None]
MIRROR = "INFRAGATE_TOOLS_MIRROR"
# For a download that nobody has asked for: soon enough a person is told to look at the network.
SHORT = downloads.Patience(attempts=3, longest_wait=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallRequest:
    """What to install and where.

    Attributes:
        lock_file: `policy/tools/tools.lock`; Go sources lie beside it.
        names: programs to install; empty for all.
        cache: cache folder; None for the user's.
        search_path: PATH; empty to install even what is there.
        mirror: base address or folder instead of the vendors' hosts; None for the vendors.
        check: only look, install nothing.
        environment: what the programs get when they are asked for their version.
        programs: the ones that may be pinned.
        system, machine: `platform.system()`, `platform.machine()`.
        wanted_platform: `os_arch` to fetch for; None for this machine's own.
    """

    lock_file: Path
    names: tuple[str, ...] = ()
    cache: Path | None = None
    search_path: str = ""
    mirror: str | None = None
    check: bool = False
    environment: Mapping[str, str]
    programs: Programs = field(default_factory=lambda: PROGRAMS)
    system: str
    machine: str
    wanted_platform: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallResult:
    """All programs that were asked for, in the order of the lock file."""

    platform: str
    tools: tuple[tool_store.Located, ...]


def run(
    request: ToolsInstallRequest, *, progress: Say, patience: downloads.Patience | None = None
) -> ToolsInstallResult:
    """Install what is missing, or with `check` say what is.

    Raises:
        BadInput, RemoteFailed, Integrity, ToolFailed, Locked: see `tool_installs.obtain`; what was installed before
            stays. With `check` a ToolFailed names every program that is missing.
    """
    lock = tool_store.read_lock(request.lock_file, request.programs)
    places = _places(request)
    if request.check:
        found = _present(lock, request.names, places)
    else:
        found = [
            tool_installs.obtain(tool, places, say=progress, patience=patience) for tool in lock.select(request.names)
        ]
    return ToolsInstallResult(platform=places.platform, tools=tuple(found))


def ready(name: str, root: Path, *, say: Say) -> tool_store.Located:
    """A pinned program, installed when it is nowhere yet: a newcomer's first verb is the only command to type.

    INFRAGATE_INSTALL=never switches that off (servers, whose image holds the programs).

    Raises:
        ToolFailed: it is not here and could not be had.
        BadInput, Integrity, Locked: see `tool_installs.obtain`.
    """
    try:
        return tool_store.program(name, root)
    except ToolFailed as missing:
        if settings.read("INFRAGATE_INSTALL") == "never":
            raise
        pins = tool_store.lock_file(root)
        places = replace(tool_store.own_places(pins), mirror=settings.read(MIRROR))
        tool = tool_store.read_lock(pins).select((name,))[0]
        say(f"{name} is not here yet: installing {tool.version}, its sha256 checked ({tool_store.LOCK_FILE})")
        try:
            return tool_installs.obtain(tool, places, say=say, patience=SHORT)
        except RemoteFailed as failed:
            said = f"{missing.message}, and could not be fetched: {failed.message}"
            raise ToolFailed(said, where=failed.where or "", fix=missing.fix) from failed


def _places(request: ToolsInstallRequest) -> tool_store.Places:
    own = platform_of(request.system, request.machine)
    wanted = request.wanted_platform or own
    if not PLATFORM.fullmatch(wanted):
        raise BadInput(f"{wanted!r} is not a platform", where="--platform", fix="write it as linux_amd64")
    return tool_store.Places(
        cache=request.cache or settings.cache_folder(),
        search_path=request.search_path,
        platform=wanted,
        foreign=wanted != own,
        mirror=request.mirror,
        go_sources=request.lock_file.parent,
        environment=request.environment,
    )


def _present(lock: ToolsLock, names: tuple[str, ...], places: tool_store.Places) -> list[tool_store.Located]:
    looked = [(tool, *tool_store.locate(tool, places)) for tool in lock.select(names)]
    absent = [(tool, notes) for tool, found, notes in looked if found is None]
    if absent:
        raise tool_store.missing(absent)
    return [found for _tool, found, _notes in looked if found is not None]
