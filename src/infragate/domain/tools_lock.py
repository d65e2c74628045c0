"""`policy/tools/tools.lock`: which vendor programs, in which version, with which bytes.

Pure: a document in, values out. Reading the file and looking at PATH is `infragate.adapters.tools.tool_store`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from infragate.domain.errors import BadInput
from infragate.domain.programs import Program, Programs
from infragate.domain.suggestions import nearest

SCHEMA_VERSION = 1
ARCHIVES = ("zip", "tar.gz", "none")
PLATFORM = re.compile(r"(linux|darwin|windows)_(amd64|arm64)")
WORD = re.compile(r"[A-Za-z0-9](?:[._-]?[A-Za-z0-9])*")  # it becomes part of an address
SHA256 = re.compile(r"[0-9a-f]{64}")
NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")
SOURCES_NEEDED = 2
Made = TypeVar("Made")

_SYSTEMS = {"linux": "linux", "darwin": "darwin", "windows": "windows"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_KEYS = {"version", "accepts", "url", "archive", "member", "sha256", "confirmed_by", "words", "go"}


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
    confirmed_by: Mapping[str, tuple[str, ...]]
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


def tools_lock(document: Mapping[str, Any], text: str, *, where: str, programs: Programs) -> ToolsLock:
    """Check a lock file that was read.

    Args:
        document: the decoded TOML.
        text: what it was decoded from, for line numbers.
        where: name of the file for messages.
        programs: the ones that may stand in it.

    Raises:
        BadInput: a value that cannot be meant; `where` carries the line.
    """
    if document.get("schema_version") != SCHEMA_VERSION:
        raise BadInput(f"schema_version has to be {SCHEMA_VERSION}", where=f"{where}:1", fix="update infragate")
    tools = document.get("tools")
    if not isinstance(tools, dict) or not tools:
        raise BadInput("there is no [tools.NAME] table", where=f"{where}:1", fix="add a program")
    return ToolsLock(tools=tuple(_Table(name, value, text, where, programs).tool() for name, value in tools.items()))


class _Table:
    """Reads one [tools.NAME] table; every complaint names the line of the key."""

    def __init__(self, name: str, value: object, text: str, where: str, programs: Programs) -> None:
        self.name, self.text, self.where = name, text, where
        if not NAME.fullmatch(name):
            raise self._bad("the name of a program is lower-case letters, digits and dashes", "")
        if name not in programs:
            raise self._bad(f"infragate runs no such program, only: {', '.join(programs)}", "")
        if not isinstance(value, dict):
            raise self._bad("a program is a table", "")
        self.program = programs[name]
        self.value: dict[str, Any] = value
        unknown = sorted(set(value) - _KEYS)
        if unknown:
            raise self._bad(f"unknown key {unknown[0]!r}", unknown[0])

    def tool(self) -> Tool:
        version = self._made("version", Version, InvalidVersion)
        accepts = self._made("accepts", SpecifierSet, InvalidSpecifier)
        if not accepts.contains(version):
            raise self._bad(f"the pinned version {version} is outside accepts {accepts}", "accepts")
        sha256, go = self._sums(), self._go()
        if not sha256 and go is None:
            raise self._bad("neither a sha256 nor a go source: it cannot be installed", "")
        return Tool(
            name=self.name,
            version=version,
            accepts=accepts,
            url=self._url() if sha256 else "",
            archive=self._archive(),
            member=self._member(),
            program=self.program,
            sha256=sha256,
            confirmed_by=self._confirmed(sha256),
            words=self._words(),
            go=go,
        )

    def _bad(self, message: str, key: str) -> BadInput:
        return BadInput(f"{self.name}: {message}", where=f"{self.where}:{self._line(key)}", fix="correct that line")

    def _line(self, key: str) -> int:
        """Line of a key of this table (also `[tools.NAME.key]`), else of the table, else 1."""
        base, table, inside = f"tools.{self.name}", 0, False
        for number, line in enumerate(self.text.splitlines(), start=1):
            stripped = line.strip()
            if header := re.match(r"\[([^\[\]]+)\]", stripped):
                path = header.group(1).strip()
                inside = path == base or path.startswith(f"{base}.")
                table = table or (number if inside else 0)
                if key and path == f"{base}.{key}":
                    return number
            elif inside and key and re.match(rf"{re.escape(key)}\s*=", stripped):
                return number
        return table or 1

    def _string(self, key: str, default: str | None = None) -> str:
        value = self.value.get(key, default)
        if not isinstance(value, str) or not value.strip():
            raise self._bad(f"{key} has to be a text", key)
        return value

    def _strings(self, key: str) -> Mapping[str, str]:
        value = self.value.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
            raise self._bad(f"{key} has to be a table of texts", key)
        return MappingProxyType(dict(value))

    def _made(self, key: str, make: Callable[[str], Made], failure: type[Exception]) -> Made:
        text = self._string(key)
        try:
            return make(text)
        except (failure, RecursionError, OverflowError) as error:
            raise self._bad(f"{key} {text!r} is not usable: {error}", key) from None

    def _url(self) -> str:
        template = self._string("url")
        bare = re.sub(r"\{(version|os|arch|platform)\}", "x", template)
        if "{" in bare or "}" in bare:
            raise self._bad("url may only contain {version}, {os}, {arch} and {platform}", "url")
        if not bare.startswith(self.program.sites) or ".." in bare.split("/") or not bare.isprintable():
            raise self._bad(f"url has to begin with {' or '.join(self.program.sites)}", "url")
        return template

    def _archive(self) -> str:
        archive = self._string("archive", "none")
        if archive not in ARCHIVES:
            raise self._bad(f"archive has to be one of {', '.join(ARCHIVES)}", "archive")
        return archive

    def _member(self) -> str:
        member = self._string("member", self.name)
        if member.startswith("/") or "\\" in member or ".." in member.split("/"):
            raise self._bad("member has to be a path inside the archive", "member")
        return member

    def _words(self) -> Mapping[str, str]:
        words = self._strings("words")
        for platform, word in words.items():
            if not WORD.fullmatch(word):
                raise self._bad(f"the word for {platform} is letters, digits, dots, dashes and underscores", "words")
        return words

    def _sums(self) -> Mapping[str, str]:
        sums = self._strings("sha256")
        for platform, digest in sums.items():
            if not PLATFORM.fullmatch(platform):
                raise self._bad(f"{platform!r} is not a platform such as linux_amd64", platform)
            if not SHA256.fullmatch(digest):
                raise self._bad(f"the sha256 of {platform} is not 64 lower-case hex digits", platform)
        return sums

    def _confirmed(self, sums: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
        """A digest that nobody else has seen is not a pin: each needs two different public sources."""
        given = self.value.get("confirmed_by", {})
        if not isinstance(given, dict):
            raise self._bad("confirmed_by has to be a table of lists", "confirmed_by")
        for platform in sums:
            sources = given.get(platform, [])
            texts = isinstance(sources, list) and all(isinstance(source, str) for source in sources)
            if not texts or len(set(sources)) < SOURCES_NEEDED:
                raise self._bad(
                    f"the sha256 of {platform} needs {SOURCES_NEEDED} sources in confirmed_by", "confirmed_by"
                )
        return MappingProxyType({platform: tuple(given[platform]) for platform in sums})

    def _go(self) -> GoSource | None:
        if "go" not in self.value:
            return None
        go = self._strings("go")
        if self.program.go_package is None:
            raise self._bad("it is not built from source", "go")
        if set(go) - {"folder", "ldflags"}:
            raise self._bad("go may have folder and ldflags", "go")
        folder = go.get("folder", self.name)
        if not NAME.fullmatch(folder):
            raise self._bad("the go folder is a plain name beside the lock file", "go")
        return GoSource(folder=folder, package=self.program.go_package, ldflags=go.get("ldflags", ""))
