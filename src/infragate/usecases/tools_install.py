"""`tools-install`: the pinned vendor programs, each from where it can be had first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import tool_store
from infragate.domain.tools_lock import platform_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallRequest:
    """What to install and where.

    Attributes:
        lock_file: `policy/tools/tools.lock`; Go sources lie beside it.
        names: programs to install; empty for all.
        cache: cache folder; None for the user's.
        search_path: PATH; empty to install even what is there.
        mirror: base address instead of the vendors' hosts.
        environment: what the programs get when they are asked for their version.
        system, machine: `platform.system()`, `platform.machine()`.
    """

    lock_file: Path
    names: tuple[str, ...] = ()
    cache: Path | None = None
    search_path: str = ""
    mirror: str | None = None
    environment: Mapping[str, str]
    system: str
    machine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledTool:
    """One program, ready to run; `source` is path, cache, release, mirror or go, `sha256` is the program's own."""

    name: str
    version: str
    path: Path
    source: str
    sha256: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsInstallResult:
    """All programs that were asked for, in the order of the lock file."""

    platform: str
    tools: tuple[InstalledTool, ...]


def run(request: ToolsInstallRequest, *, progress: Callable[[str], None]) -> ToolsInstallResult:
    """Install what is missing.

    Raises:
        BadInput, RemoteFailed, Integrity, ToolFailed, Locked: see `tool_store.obtain`; what was installed before stays.
    """
    lock = tool_store.read_lock(request.lock_file)
    places = tool_store.Places(
        cache=request.cache or tool_store.default_cache(),
        search_path=request.search_path,
        platform=platform_of(request.system, request.machine),
        mirror=request.mirror,
        go_sources=request.lock_file.parent,
        environment=request.environment,
    )
    found = [tool_store.obtain(tool, places, say=progress) for tool in lock.select(request.names)]
    return ToolsInstallResult(platform=places.platform, tools=tuple(_installed(one) for one in found))


def _installed(found: tool_store.Located) -> InstalledTool:
    return InstalledTool(
        name=found.name,
        version=found.version,
        path=found.path,
        source=found.source,
        sha256=found.sha256,
        notes=found.notes,
    )
