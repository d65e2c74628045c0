"""Finds pinned vendor programs that are already there: the right version on PATH, else the cache.

The cache lies outside every checkout: `<cache>/tools/<name>/<version>-<platform>/` holds the program and a
`manifest.json` with its digests (written by `infragate.adapters.tools.tool_installs`).
"""

from __future__ import annotations

import json
import os
import platform as machine
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import files, settings, trust
from infragate.adapters.tools import program_identity
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, Integrity, ToolFailed
from infragate.domain.programs import PROGRAMS, Programs
from infragate.domain.tools_lock import Tool, ToolsLock, platform_of, tools_lock

Source = Literal["path", "cache", "release", "mirror", "go"]
LOCK_FILE = Path("policy") / "tools" / "tools.lock"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where to look and where to put.

    Attributes:
        cache: the cache folder of infragate.
        search_path: a PATH; entries that are not absolute are passed over (a checkout must not supply programs).
        platform: `os_arch`.
        foreign: the platform is another machine's: nothing of it can be run here, and PATH holds none of it.
        mirror: base address or folder that stands in for the vendor's host; None for the vendor.
        go_sources: folder that holds `<tool>/go.mod` and `go.sum`.
        environment: what child programs get.
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
    """A program that may be used; `notes` say what was passed over."""

    name: str
    version: str
    path: Path
    source: Source
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def new(self) -> bool:
        """Whether this run has put it there."""
        return self.source not in ("path", "cache")


def program(name: str, root: Path) -> Located:
    """A pinned program that is there; nothing is installed.

    Takes some milliseconds from the second call on this machine: see `program_identity`.

    Args:
        root: the checkout; its trusted root holds `policy/tools/tools.lock`.

    Raises:
        ToolFailed: none is there, or only versions outside the pinned range; the fix is `inv tools-install`.
        BadInput: the lock file is missing or wrong.
        Integrity: the cached program is not what was put there.
    """
    pins = lock_file(root)
    tool = read_lock(pins).select((name,))[0]
    places = own_places(pins)
    found, notes = _search(tool, places)
    if found is None:
        raise missing([(tool, notes)])
    return found


def lock_file(root: Path) -> Path:
    """The lock file that counts for a checkout; Go sources lie beside it.

    Raises:
        BadInput: the trusted root is none.
    """
    return trust.root(root) / LOCK_FILE


def own_places(pins: Path) -> Places:
    """This machine: its PATH, the user's cache, the allow-listed environment."""
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


def read_lock(path: Path, programs: Programs = PROGRAMS) -> ToolsLock:
    """Read `tools.lock`.

    Raises:
        BadInput: missing or wrong; `where` carries the line.
    """
    text = files.read(path)
    if text is None:
        raise BadInput("there is no lock file of vendor programs", where=str(path), fix="run it inside a checkout")
    return parse_lock(text, where=path.name, programs=programs)


def parse_lock(text: str, *, where: str = "tools.lock", programs: Programs = PROGRAMS) -> ToolsLock:
    """Decode and check the text of a lock file.

    Raises:
        BadInput: not TOML, or a value that cannot be meant; `where` carries the line.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{where}:{line.group(1)}" if line else where
        raise BadInput(f"not valid TOML: {error}", where=place, fix="correct the line") from None
    return tools_lock(document, text, where=where, programs=programs)


def locate(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    """A program that is already there, on PATH or in the cache, and what was passed over; never downloads.

    Raises:
        Integrity: the cached program is not what was put there.
    """
    return _search(tool, places)


def missing(tools: list[tuple[Tool, tuple[str, ...]]]) -> ToolFailed:
    """The error for programs that are not there, each with the notes of its search."""
    sentences = [
        f"{tool.name} {tool.accepts} was not found" + (f" ({'; '.join(notes)})" if notes else "")
        for tool, notes in tools
    ]
    names = ",".join(tool.name for tool, _ in tools)
    return ToolFailed("; ".join(sentences), where="PATH and the cache", fix=Command("tools-install", ("--tool", names)))


def on_path(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    """The first program on PATH in the accepted range, and why earlier ones were passed over."""
    notes: list[str] = []
    for folder in () if places.foreign else places.search_path.split(os.pathsep):
        candidate = Path(folder, tool.name)
        if not folder or not candidate.is_absolute() or not candidate.is_file() or not os.access(candidate, os.X_OK):
            continue
        identity = _identity(tool, candidate, places)
        if identity.version is None:
            notes.append(f"{candidate} is not used: its version cannot be read")
        elif not tool.accepts.contains(identity.version):
            notes.append(f"{candidate} is not used: it is {identity.version}, {tool.accepts} is asked for")
        else:
            version = str(identity.version)
            found = Located(
                name=tool.name,
                version=version,
                path=candidate,
                source="path",
                sha256=identity.sha256,
                notes=tuple(notes),
            )
            return found, tuple(notes)
    return None, tuple(notes)


def cached(tool: Tool, places: Places, notes: tuple[str, ...]) -> Located | None:
    """The program in the cache, when it was made from what is pinned now.

    Raises:
        Integrity: its bytes are not those that were put there.
    """
    folder = cache_folder(tool, places)
    text = files.recall(folder / MANIFEST)
    candidate = folder / tool.name
    if text is None or not candidate.is_file():
        return None
    try:
        manifest = json.loads(text)
        source, made_from, digest = manifest["source"], manifest["origin"], manifest["sha256"]
    except (ValueError, KeyError, TypeError):
        return None
    if made_from != origin(tool, places, source):
        return None
    found = files.sha256(candidate) if places.foreign else _identity(tool, candidate, places).sha256
    if found != digest:
        raise Integrity(
            f"the cached {tool.name} was changed: expected sha256 {digest}, found {found}",
            where=str(candidate),
            fix=(f'rm -r "{folder}" && ', Command("tools-install", ("--tool", tool.name))),
        )
    return Located(
        name=tool.name, version=str(tool.version), path=candidate, source="cache", sha256=digest, notes=notes
    )


def cache_folder(tool: Tool, places: Places) -> Path:
    """Where this version for this platform is kept."""
    return places.cache / "tools" / tool.name / f"{tool.version}-{places.platform}"


def origin(tool: Tool, places: Places, source: str) -> str:
    """What a cached program was made from; when the pin changes, the cached one no longer counts."""
    if source == "go" and tool.go is not None:
        folder = places.go_sources / tool.go.folder
        return "+".join(files.sha256(folder / name) for name in ("go.mod", "go.sum") if (folder / name).is_file())
    asset = tool.asset(places.platform)
    return asset.sha256 if asset else ""


def _search(tool: Tool, places: Places) -> tuple[Located | None, tuple[str, ...]]:
    found, notes = on_path(tool, places)
    return found or cached(tool, places, notes), notes


def _identity(tool: Tool, candidate: Path, places: Places) -> program_identity.Identity:
    return program_identity.identify(
        tool, candidate, environment=places.environment, memory=places.cache / "tools" / "identities"
    )
