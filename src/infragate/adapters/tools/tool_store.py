"""Locates installed vendor programs: an accepted version on PATH, else the pinned one in the cache.

The cache is outside of every checkout. `<cache>/tools/<name>/<version>-<platform>/` holds the program and a
`manifest.json` with its digest, written by `infragate.adapters.tools.tool_installs`.
"""

from __future__ import annotations

import json
import os
import platform as machine
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import files, settings
from infragate.adapters.tools import program_identity, tools_file
from infragate.domain.command import Command
from infragate.domain.errors import Integrity, ToolFailed
from infragate.domain.tools_lock import Tool, platform_of

Source = Literal["path", "cache", "release", "mirror", "go"]
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where programs are looked for and installed.

    Attributes:
        cache: the cache folder of infragate.
        search_path: a PATH; entries that are not absolute are ignored (a checkout must not supply programs).
        platform: `os_arch`.
        foreign: the platform is another machine's: its programs cannot run here and are not on PATH.
        mirror: base address or folder used in place of the vendor's site.
        go_sources: folder that holds `<tool>/go.mod` and `go.sum`.
        environment: of child programs.
    """

    cache: Path
    search_path: str
    platform: str
    foreign: bool = False
    mirror: str | None = None
    go_sources: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A program that may be used; `notes` say which other programs were rejected, and why."""

    name: str
    version: str
    path: Path
    source: Source
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        """True if this run installed it."""
        return self.source not in ("path", "cache")


def program(name: str, root: Path) -> Located:
    """Locate a pinned program; nothing is installed. Takes milliseconds from the second call on (`program_identity`).

    Args:
        root: the checkout; its trusted root holds `policy/tools/tools.lock`.

    Raises:
        ToolFailed: not installed, or only in versions outside the pinned range.
        BadInput: the lock file is missing or wrong.
        Integrity: the cached program was changed.
    """
    pins = tools_file.path(root)
    tool = tools_file.read(pins).select((name,))[0]
    located, notes = locate(tool, own_places(pins))
    if located is None:
        raise missing([(tool, notes)])
    return located


def own_places(pins: Path) -> Places:
    """The places of this machine; `pins` is the lock file, with the Go modules beside it."""
    return Places(
        cache=settings.cache_folder(),
        search_path=settings.search_path(),
        platform=own_platform(),
        go_sources=pins.parent,
        environment=settings.child_environment(),
    )


def own_platform() -> str:
    """This machine's `os_arch`."""
    return platform_of(machine.system(), machine.machine())


def locate(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    """The program on PATH or in the cache, and notes on rejected ones."""
    located, notes = on_path(tool, places)
    return located or cached(tool, places, notes), notes


def missing(tools: list[tuple[Tool, tuple[str, ...]]]) -> ToolFailed:
    """The error for programs that are not installed, each with the notes of `locate`."""
    sentences = [
        f"{tool.name} {tool.accepts} was not found" + (f" ({'; '.join(notes)})" if notes else "")
        for tool, notes in tools
    ]
    names = ",".join(tool.name for tool, _ in tools)
    return ToolFailed("; ".join(sentences), where="PATH and the cache", fix=Command("tools-install", ("--tool", names)))


def on_path(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    """The first program on PATH in the accepted range, and why earlier ones were rejected."""
    notes: list[str] = []
    for folder in () if places.foreign else places.search_path.split(os.pathsep):
        candidate = Path(folder, tool.name)
        # A folder of PATH may be closed to this user: only `access` is no error there.
        if not folder or not candidate.is_absolute() or not os.access(candidate, os.X_OK) or not candidate.is_file():
            continue
        identity = _identity(tool, candidate, places)
        version = identity.version
        if version is not None and tool.accepts.contains(version):
            return Located(
                name=tool.name,
                version=str(version),
                path=candidate,
                source="path",
                sha256=identity.sha256,
                notes=tuple(notes),
            ), tuple(notes)
        reason = "its version cannot be read" if version is None else f"it is {version}, {tool.accepts} is required"
        notes.append(f"{candidate} is not used: {reason}")
    return None, tuple(notes)


def cached(tool: Tool, places: Places, notes: tuple[str, ...]) -> Located | None:
    """The program in the cache, if it was installed from the present pin.

    Raises:
        Integrity: its digest differs from the one in its manifest.
    """
    folder = cache_folder(tool, places)
    text = files.recall(folder / MANIFEST)
    candidate = folder / tool.name
    if text is None or not candidate.is_file():
        return None
    try:
        manifest = json.loads(text)
        source, installed_from, digest = manifest["source"], manifest["origin"], manifest["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    if installed_from != origin(tool, places, source):
        return None
    actual = files.sha256(candidate) if places.foreign else _identity(tool, candidate, places).sha256
    if actual != digest:
        raise Integrity(
            f"the cached {tool.name} was changed: expected sha256 {digest}, got {actual}",
            where=str(candidate),
            fix=(f'rm -r "{folder}" && ', Command("tools-install", ("--tool", tool.name))),
        )
    return Located(
        name=tool.name, version=str(tool.version), path=candidate, source="cache", sha256=digest, notes=notes
    )


def cache_folder(tool: Tool, places: Places) -> Path:
    """The cache folder of this version for this platform."""
    return places.cache / "tools" / tool.name / f"{tool.version}-{places.platform}"


def origin(tool: Tool, places: Places, source: str) -> str:
    """Digests of what a cached program was installed from; when the pin changes, it is not used any more."""
    if source == "go" and tool.go is not None:
        folder = places.go_sources / tool.go.folder
        return "+".join(files.sha256(folder / name) for name in ("go.mod", "go.sum") if (folder / name).is_file())
    asset = tool.asset(places.platform)
    return asset.sha256 if asset else ""


def _identity(tool: Tool, candidate: Path, places: Places) -> program_identity.ProgramIdentity:
    return program_identity.identify(
        tool, candidate, environment=places.environment, cache=places.cache / "tools" / "identities"
    )
