"""`policy/tools/tools.lock`: the versions and digests of the vendor programs.

`schemas/tools.schema.json` defines the form of the file; this module adds the rules that a schema cannot express.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from infragate.domain.errors import BadInput
from infragate.domain.programs import Program, Programs
from infragate.domain.suggestions import choice

PLATFORM = re.compile(r"(linux|darwin|windows)_(amd64|arm64)")
SOURCES_NEEDED = 2  # a digest from a single source is not confirmed
Parsed = TypeVar("Parsed")
Place = Callable[[tuple[str, ...]], str]

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSource:
    """How to build the program if no release can be downloaded.

    Attributes:
        folder: name of the folder beside the lock file that holds go.mod and go.sum.
        package: Go package to build.
        ldflags: linker flags after `-s -w`; `{version}` is replaced.
    """

    folder: str
    package: str
    ldflags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSource:
    """The pins that pip installs the program from.

    Attributes:
        folder: name of the folder beside the lock file that holds requirements.lock.
        package: the package that has the program.
    """

    folder: str
    package: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of a release, for one platform."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One pinned program.

    Attributes:
        accepts: versions that are used if they are on PATH already.
        sha256: hex digest of the release file by platform (`linux_amd64`).
        confirmed_by: public sources of that digest, by platform.
        words: the vendor's name of a platform, where it is not `os_arch`.
        program: its commands and sites, from the code and not from the lock file.
    """

    name: str
    version: Version
    accepts: SpecifierSet
    url: str
    archive: str
    member: str
    program: Program
    sha256: Mapping[str, str]
    confirmed_by: Mapping[str, Sequence[str]]
    words: Mapping[str, str]
    go: GoSource | None
    python: PythonSource | None

    def asset(self, platform: str) -> Asset | None:
        """The release file for a platform; None without a pinned digest."""
        digest = self.sha256.get(platform)
        if digest is None:
            return None
        system, _, machine = platform.partition("_")
        word = self.words.get(platform, platform)
        url = self.url.format(version=self.version, os=system, arch=machine, platform=word)
        return Asset(url=url, sha256=digest)

    def read_version(self, output: str) -> Version | None:
        """The version in the program's output, or None."""
        match = self.program.version_pattern.search(output)
        try:
            return Version(match.group(1)) if match else None
        except InvalidVersion:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsLock:
    """All pinned programs, in file order."""

    tools: tuple[Tool, ...]

    def select(self, names: tuple[str, ...]) -> tuple[Tool, ...]:
        """The named programs, or all if no name is given, but for those that are installed only by name."""
        known = {tool.name: tool for tool in self.tools}
        unknown = [name for name in names if name not in known]
        if unknown:
            message = f"not a pinned program: {', '.join(unknown)}"
            raise BadInput(message, where="policy/tools/tools.lock", fix=choice(unknown[0], known))
        return tuple(known[name] for name in names) or tuple(tool for tool in self.tools if not tool.program.by_name)


def platform_of(system: str, machine: str) -> str:
    """The `os_arch` of `platform.system()` and `platform.machine()`, in the spelling of Go and HashiCorp."""
    platform = f"{system}_{_MACHINES.get(machine.lower(), machine)}".lower()
    if PLATFORM.fullmatch(platform):
        return platform
    raise BadInput(
        f"no pinned program supports {system} on {machine}",
        where="platform",
        fix="use Linux or macOS on x86-64 or arm64, or put the programs on PATH yourself",
    )


def tools_lock(document: Mapping[str, Any], *, place: Place, programs: Programs) -> ToolsLock:
    """The programs of a lock file that matches `schemas/tools.schema.json`.

    Args:
        place: file and line of a key, given as its path.
        programs: those that may be in it.

    Raises:
        BadInput: a rule beyond the schema is broken; `where` holds the line.
    """
    return ToolsLock(tools=tuple(_tool(name, table, place, programs) for name, table in document["tools"].items()))


def _tool(name: str, table: Mapping[str, Any], place: Place, programs: Programs) -> Tool:
    def bad(message: str, *key: str) -> BadInput:
        return BadInput(f"{name}: {message}", where=place(("tools", name, *key)), fix="correct that line")

    def parsed(parse: Callable[[str], Parsed], key: str) -> Parsed:
        try:
            return parse(table[key])
        except ValueError as error:
            raise bad(f"invalid {key}: {error}", key) from None

    program = programs.get(name)
    if program is None:
        raise bad(f"not a program that infragate runs; those are {', '.join(programs)}")
    go = python = None
    if "go" in table:
        if program.go_package is None:
            raise bad("this program is not built from source", "go")
        go = GoSource(package=program.go_package, **{"folder": name, "ldflags": "", **table["go"]})
    if "python" in table:
        if program.python_package is None:
            raise bad("this program is not installed by pip", "python")
        python = PythonSource(package=program.python_package, **{"folder": name, **table["python"]})
    tool = Tool(
        name=name,
        version=parsed(Version, "version"),
        accepts=parsed(SpecifierSet, "accepts"),
        url=table.get("url", ""),
        archive=table.get("archive", "none"),
        member=table.get("member", name),
        program=program,
        sha256=table.get("sha256", {}),
        confirmed_by=table.get("confirmed_by", {}),
        words=table.get("words", {}),
        go=go,
        python=python,
    )
    _check(tool, bad)
    return tool


def _check(tool: Tool, bad: Callable[..., BadInput]) -> None:
    if not tool.accepts.contains(tool.version):
        raise bad(f"the pinned version {tool.version} is outside accepts {tool.accepts}", "accepts")
    if tool.program.own_python and (tool.python is None or tool.url or tool.sha256):
        raise bad("this program has a python source and no other")
    if tool.url and not tool.url.startswith(tool.program.sites):
        raise bad(f"url must begin with {' or '.join(tool.program.sites)}", "url")
    if not tool.sha256 and tool.go is None and tool.python is None:
        raise bad("a sha256, a go source or a python source is required")
    for platform in tool.sha256:
        if len(set(tool.confirmed_by.get(platform, ()))) < SOURCES_NEEDED:
            needed = f"the sha256 of {platform} needs {SOURCES_NEEDED} different sources in confirmed_by"
            raise bad(needed, "confirmed_by", platform)
