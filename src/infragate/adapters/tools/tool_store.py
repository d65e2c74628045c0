"""Locates installed vendor programs: an accepted version on PATH, else the pinned one in the cache.

The cache is outside of every checkout. `<cache>/tools/<name>/<version>-<platform>/` holds the program, or the venv that
it runs in, and a `manifest.json` with its digest, written by `infragate.adapters.tools.tool_installs`.
"""

from __future__ import annotations

import json
import os
import platform as machine
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.version import Version

from infragate.adapters.local import files, settings
from infragate.adapters.tools import folder_identity, program_identity, tools_file
from infragate.domain.command import Command
from infragate.domain.errors import Integrity, ToolFailed
from infragate.domain.tools_lock import Tool, platform_of

Source = Literal["path", "cache", "release", "mirror", "go", "python"]
MANIFEST = "manifest.json"
REQUIREMENTS = "requirements.lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where programs are looked for and installed.

    Attributes:
        cache: the cache folder of infragate.
        search_path: a PATH; entries that are not absolute are ignored (a checkout must not supply programs).
        platform: `os_arch`.
        foreign: the platform is another machine's: its programs cannot run here and are not on PATH.
        mirror: base address or folder used in place of the vendor's site.
        sources: folder that holds `<tool>/go.mod` and `go.sum`, or `<tool>/requirements.lock`.
        environment: of child programs.
    """

    cache: Path
    search_path: str
    platform: str
    foreign: bool = False
    mirror: str | None = None
    sources: Path
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A program that may be used.

    Attributes:
        sha256: of the program, or of all files of the venv that it runs in.
        notes: which other programs were rejected, and why.
    """

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

    @property
    def python(self) -> Path:
        """The Python of the program's own venv (only of programs that are Python packages)."""
        return self.path.with_name("python")


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
    """The places of this machine; `pins` is the lock file, with the sources of builds beside it."""
    return Places(
        cache=settings.cache_folder(),
        search_path=settings.search_path(),
        platform=own_platform(),
        sources=pins.parent,
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
    for folder in () if places.foreign or tool.program.own_python else places.search_path.split(os.pathsep):
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
        notes.append(f"{candidate} is not used: {_unfit(tool, version)}")
    return None, tuple(notes)


def _unfit(tool: Tool, version: Version | None) -> str:
    if version is None:
        return "its version cannot be read"
    why = f" ({tool.program.too_new})" if tool.program.too_new and version > tool.version else ""
    return f"it is {version}, {tool.accepts} is required{why}"


def cached(tool: Tool, places: Places, notes: tuple[str, ...]) -> Located | None:
    """The program in the cache, if it was installed from the present pin.

    Raises:
        Integrity: its digest differs from the one in its manifest.
    """
    folder = cache_folder(tool, places)
    text = files.recall(folder / MANIFEST)
    candidate = program_file(tool, folder)
    if (
        text is None
        or not candidate.is_file()
        or (tool.program.own_python and not candidate.with_name("python").exists())
    ):
        return None
    try:
        manifest = json.loads(text)
        source, installed_from, digest = manifest["source"], manifest["origin"], manifest["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    if installed_from != origin(tool, places, source):
        return None
    actual = files.sha256(candidate) if places.foreign else installed_digest(tool, folder, places)
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
    """The cache folder of this version for this platform; a venv belongs to the version of Python that made it."""
    python = f"-{sys.implementation.cache_tag}" if tool.program.own_python else ""
    return places.cache / "tools" / tool.name / f"{tool.version}-{places.platform}{python}"


def program_file(tool: Tool, folder: Path) -> Path:
    """The program in its cache folder."""
    return folder / "bin" / tool.name if tool.program.own_python else folder / tool.name


def installed_digest(tool: Tool, folder: Path, places: Places) -> str:
    """The digest of an installed program: of its file, or of all files of its venv."""
    if tool.program.own_python:
        return folder_identity.digest(folder, without=MANIFEST, cache=_identities(places))
    return _identity(tool, program_file(tool, folder), places).sha256


def origin(tool: Tool, places: Places, source: str) -> str:
    """Digests of what a cached program was installed from; when the pin changes, it is not used any more."""
    if source == "go" and tool.go is not None:
        names = [places.sources / tool.go.folder / name for name in ("go.mod", "go.sum")]
        return "+".join(files.sha256(name) for name in names if name.is_file())
    if source == "python" and tool.python is not None:
        pins = places.sources / tool.python.folder / REQUIREMENTS
        return files.sha256(pins) if pins.is_file() else ""
    asset = tool.asset(places.platform)
    return asset.sha256 if asset else ""


def _identity(tool: Tool, candidate: Path, places: Places) -> program_identity.ProgramIdentity:
    return program_identity.identify(tool, candidate, environment=places.environment, cache=_identities(places))


def _identities(places: Places) -> Path:
    return places.cache / "tools" / "identities"
