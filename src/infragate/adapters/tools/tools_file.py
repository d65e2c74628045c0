"""Reads `policy/tools/tools.lock`: TOML, its JSON Schema, then the rules of `infragate.domain.tools_lock`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from infragate.adapters.local import files, schemas, trust
from infragate.domain.errors import BadInput
from infragate.domain.programs import PROGRAMS, Programs
from infragate.domain.tools_lock import ToolsLock, tools_lock

RELATIVE = Path("policy") / "tools" / "tools.lock"


def path(root: Path) -> Path:
    """The lock file of a checkout, from its trusted root; the Go modules are beside it.

    Raises:
        BadInput: it, or a folder above it, is a symbolic link.
    """
    return files.unlinked(trust.root(root), RELATIVE)


def read(file: Path, programs: Programs = PROGRAMS) -> ToolsLock:
    """Read a lock file.

    Raises:
        BadInput: missing or wrong; `where` carries the line.
    """
    text = files.read(file)
    if text is None:
        raise BadInput("no lock file of vendor programs", where=str(file), fix="run it inside a checkout")
    return parse(text, where=file.name, programs=programs)


def parse(text: str, *, where: str, programs: Programs) -> ToolsLock:
    """Decode and check the text of a lock file.

    Raises:
        BadInput: not TOML, or a value that cannot be used; `where` carries the line.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        place = f"{where}:{line.group(1)}" if line else where
        raise BadInput(f"not valid TOML: {error}", where=place, fix="correct the line") from None

    def place_of(key: tuple[str, ...]) -> str:
        return f"{where}:{_line(text, key)}"

    schemas.check(document, "tools", place_of)
    return tools_lock(document, place=place_of, programs=programs)


def _line(text: str, key: tuple[str, ...]) -> int:
    """The line of a key, else of the innermost table that contains it, else 1."""
    best, depth, table = 1, 0, tuple[str, ...]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            current = table = _parts(header[1])
        elif name := re.match(r"""\s*([\w."'-]+)\s*=""", line):
            current = (*table, *_parts(name[1]))
        else:
            continue
        common = min(len(current), len(key))
        if common > depth and current[:common] == key[:common]:
            best, depth = number, common
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip(" \t\"'") for part in dotted.split("."))
