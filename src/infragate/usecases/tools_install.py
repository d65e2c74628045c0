"""`tools-install`: install the pinned vendor programs, each from the first source that has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from infragate.adapters.local import settings
from infragate.adapters.tools import downloads, tool_store, tools_file
from infragate.adapters.tools.tool_store import Located
from infragate.domain.command import Say
from infragate.domain.errors import BadInput, InfragateError, Interrupted, RemoteFailed, ToolFailed
from infragate.domain.programs import PROGRAMS, Programs
from infragate.domain.tools_lock import PLATFORM, Tool

Failed = Callable[[str, InfragateError], None]
MIRROR = "INFRAGATE_TOOLS_MIRROR"
# The user's settings of Go and pip are passed on: every file that they bring is checked against our digests.
SOURCES = (
    "GOPROXY GOPRIVATE GONOSUMDB GOSUMDB GOTOOLCHAIN GOCACHE GOMODCACHE GOPATH PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CERT "
    "PIP_CLIENT_CERT PIP_TRUSTED_HOST PIP_PROXY PIP_FIND_LINKS PIP_NO_INDEX PIP_CONFIG_FILE PIP_CACHE_DIR "
    "PIP_DEFAULT_TIMEOUT PIP_RETRIES PIP_KEYRING_PROVIDER"
).split()
LONG = downloads.Patience()
# For a download that the user did not start: report a failing network soon.
SHORT = downloads.Patience(attempts=3, longest_wait=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallRequest:
    """What to install and where.

    Attributes:
        lock_file: `policy/tools/tools.lock`.
        names: programs to install; empty for all (for another platform: all that have a release for it).
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
    tools: tuple[Located, ...]


def run(request: ToolsInstallRequest, *, progress: Say, patience: downloads.Patience = LONG) -> ToolsInstallResult:
    """Install the missing programs.

    Raises:
        BadInput, RemoteFailed, Integrity, ToolFailed, Locked: see `tool_installs.obtain`; programs installed before
            the failure stay. With `check` a ToolFailed names every missing program.
    """
    tools = tools_file.read(request.lock_file, request.programs).select(request.names)
    places = _places(request)
    if places.foreign and not request.names:  # Go and pip install for their own machine only
        tools = tuple(tool for tool in tools if tool.asset(places.platform)) or tools
    if request.check:
        located = _present(tools, places)
    else:
        located = [_obtain(tool, places, say=progress, patience=patience) for tool in tools]
    return ToolsInstallResult(platform=places.platform, tools=tuple(located))


def own_places(pins: Path, *, mirror: str | None = None) -> tool_store.Places:
    """The places of this machine for installs.

    Args:
        pins: the lock file.
        mirror: address or folder; None for that of the settings.
    """
    return replace(
        tool_store.own_places(pins),
        mirror=mirror or settings.read(MIRROR),
        environment=settings.child_environment(**settings.subset(tuple(SOURCES))),
    )


def ready(name: str, root: Path, *, say: Say) -> Located:
    """A pinned program, installed if it is missing: as `ensure`."""
    return ensure((name,), root, say=say)[0]


def ensure(names: Sequence[str], root: Path, *, say: Say, failed: Failed | None = None) -> tuple[Located, ...]:
    """The named programs; none if no name is given. Missing ones are installed: a newcomer needs no other command.

    INFRAGATE_INSTALL=never switches that off (servers, whose image holds the programs).

    Args:
        failed: called for each program that cannot be had; it is then left out. None to raise its error.

    Raises:
        ToolFailed: one is not installed and cannot be fetched.
        BadInput, Integrity, Locked: see `tool_installs.obtain`.
        Interrupted: a signal arrived, whatever `failed` is.
    """
    pins = tools_file.path(root)
    places = own_places(pins)
    located: dict[str, Located] = {}
    absent: list[tuple[Tool, tuple[str, ...]]] = []
    for tool in tools_file.read(pins).select(tuple(names)) if names else ():
        with _told(tool.name, failed):
            program, notes = tool_store.locate(tool, places)
            located |= {tool.name: program} if program else {}
            absent += [] if program else [(tool, notes)]
    if absent:
        _allow(absent, failed is None, say)
    for tool, notes in absent:
        with _told(tool.name, failed):
            located[tool.name] = _fetched(tool, places, say, notes)
    return tuple(located[name] for name in names if name in located)


@contextmanager
def _told(name: str, failed: Failed | None) -> Iterator[None]:
    try:
        yield
    except Interrupted:
        raise
    except InfragateError as error:
        if failed is None:
            raise
        failed(name, error)


def _allow(absent: list[tuple[Tool, tuple[str, ...]]], all_needed: bool, say: Say) -> None:
    """Say what will be installed; refuse all at once if nothing may be."""
    if settings.read("INFRAGATE_INSTALL") != "never":
        say(_announcement([tool for tool, _notes in absent]))
    elif all_needed:
        raise tool_store.missing(absent)


def _announcement(tools: list[Tool]) -> str:
    versions = ", ".join(f"{tool.name} {tool.version}" for tool in tools)
    minutes = sum(tool.program.minutes for tool in tools)
    long = f"; up to {minutes} minutes if no release can be downloaded, once on this machine" if minutes else ""
    return f"installing what is missing: {versions}; every digest is checked ({tools_file.RELATIVE}){long}"


def _fetched(tool: Tool, places: tool_store.Places, say: Say, notes: tuple[str, ...]) -> Located:
    missing = tool_store.missing([(tool, notes)])
    if settings.read("INFRAGATE_INSTALL") == "never":
        raise missing
    try:
        return _obtain(tool, places, say=say, patience=SHORT)
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


def _present(tools: tuple[Tool, ...], places: tool_store.Places) -> list[Located]:
    results = [(tool, *tool_store.locate(tool, places)) for tool in tools]
    absent = [(tool, notes) for tool, located, notes in results if located is None]
    if absent:
        raise tool_store.missing(absent)
    return [located for _tool, located, _notes in results if located is not None]


def _obtain(tool: Tool, places: tool_store.Places, *, say: Say, patience: downloads.Patience) -> Located:
    from infragate.adapters.tools import tool_installs  # 5 ms, which most verbs do not need

    return tool_installs.obtain(tool, places, say=say, patience=patience)
