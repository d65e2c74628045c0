"""`policy/tools/tools.lock`: which vendor programs, in which version, with which bytes.

The form of the file is said by `schemas/tools.schema.json`; here are the rules that a schema cannot say.
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
from infragate.domain.suggestions import nearest

PLATFORM = re.compile(r"(linux|darwin|windows)_(amd64|arm64)")
SOURCES_NEEDED = 2  # a digest that nobody else has seen is not a pin
Parsed = TypeVar("Parsed")
Place = Callable[[tuple[str, ...]], str]

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoSource:
    """How to build the program when no release can be had.

    Attributes:
        folder: name of the folder beside the lock file that holds go.mod and go.sum.
        package: Go package to build.
        ldflags: linker flags after `-s -w`; `{version}` is replaced.
    """

    folder: str
    package: str
    ldflags: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One file of a release, for one platform."""

    url: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One pinned program.

    Attributes:
        accepts: versions that are good enough when they are already on PATH.
        sha256: hex digest of the release file by platform (`linux_amd64`).
        confirmed_by: public places where that digest was read, by platform.
        words: what the vendor calls a platform, where it is not `os_arch`.
        program: how it is asked for its version; the code's own, as no data says what is run.
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

    def asset(self, platform: str) -> Asset | None:
        """The release file for a platform, or None when no digest of it is pinned."""
        digest = self.sha256.get(platform)
        if digest is None:
            return None
        system, _, machine = platform.partition("_")
        word = self.words.get(platform, platform)
        url = self.url.format(version=self.version, os=system, arch=machine, platform=word)
        return Asset(url=url, sha256=digest)

    def read_version(self, output: str) -> Version | None:
        """The version that the program printed, or None when it cannot be read."""
        found = self.program.version_pattern.search(output)
        try:
            return Version(found.group(1)) if found else None
        except InvalidVersion:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolsLock:
    """All pinned programs, in the order of the file."""

    tools: tuple[Tool, ...]

    def select(self, names: tuple[str, ...]) -> tuple[Tool, ...]:
        """The named programs, or all of them for no names.

        Raises:
            BadInput: a name that is not pinned.
        """
        known = {tool.name: tool for tool in self.tools}
        unknown = [name for name in names if name not in known]
        if unknown:
            hint = nearest(unknown[0], known)
            raise BadInput(
                f"not a pinned program: {', '.join(unknown)}",
                where="policy/tools/tools.lock",
                fix=f"did you mean {hint}?" if hint else f"choose from: {', '.join(known)}",
            )
        return tuple(known[name] for name in names) if names else self.tools


def platform_of(system: str, machine: str) -> str:
    """The `os_arch` of `platform.system()` and `platform.machine()`, as Go and HashiCorp write it.

    Raises:
        BadInput: a platform that no pinned program is made for.
    """
    try:
        return f"{_SYSTEMS[system.lower()]}_{_MACHINES[machine.lower()]}"
    except KeyError:
        raise BadInput(
            f"no pinned program is made for {system} on {machine}",
            where="platform",
            fix="use Linux or macOS on x86-64 or arm64, or put the programs on PATH yourself",
        ) from None


def tools_lock(document: Mapping[str, Any], *, place: Place, programs: Programs) -> ToolsLock:
    """The programs of a lock file that is as `schemas/tools.schema.json` says.

    Args:
        place: file and line of a key, given as its path.
        programs: the ones that may stand in it.

    Raises:
        BadInput: a rule that a schema cannot say is broken; `where` carries the line.
    """
    return ToolsLock(tools=tuple(_tool(name, table, place, programs) for name, table in document["tools"].items()))


def _tool(name: str, table: Mapping[str, Any], place: Place, programs: Programs) -> Tool:
    def bad(message: str, *key: str) -> BadInput:
        return BadInput(f"{name}: {message}", where=place(("tools", name, *key)), fix="correct that line")

    def parsed(parse: Callable[[str], Parsed], key: str) -> Parsed:
        try:
            return parse(table[key])
        except ValueError as error:
            raise bad(f"{key} is not usable: {error}", key) from None

    program = programs.get(name)
    if program is None:
        raise bad(f"infragate runs no such program, only: {', '.join(programs)}")
    go = None
    if "go" in table:
        if program.go_package is None:
            raise bad("it is not built from source", "go")
        go = GoSource(package=program.go_package, **{"folder": name, "ldflags": "", **table["go"]})
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
    )
    _judge(tool, bad)
    return tool


def _judge(tool: Tool, bad: Callable[..., BadInput]) -> None:
    if not tool.accepts.contains(tool.version):
        raise bad(f"the pinned version {tool.version} is outside accepts {tool.accepts}", "accepts")
    if tool.url and not tool.url.startswith(tool.program.sites):
        raise bad(f"url has to begin with {' or '.join(tool.program.sites)}", "url")
    if not tool.sha256 and tool.go is None:
        raise bad("neither a sha256 nor a go source: it cannot be installed")
    for platform in tool.sha256:
        if len(set(tool.confirmed_by.get(platform, ()))) < SOURCES_NEEDED:
            needed = f"the sha256 of {platform} needs {SOURCES_NEEDED} different sources in confirmed_by"
            raise bad(needed, "confirmed_by", platform)
