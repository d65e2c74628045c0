"""The version and digest of a program file, cached until the file changes.

To read the version the program must be started, and to compute the digest all its hundred megabytes must be read. The
cache entry holds inode, size, modification and change time of the file, so a replaced program is read again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from infragate.adapters.local import files
from infragate.adapters.process import children
from infragate.domain.errors import BadInput, ToolFailed
from infragate.domain.tools_lock import Tool

VERSION_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramIdentity:
    """The version (None if the program does not run or its output has no version) and hex SHA-256 of a program."""

    version: Version | None
    sha256: str


def identify(tool: Tool, program: Path, *, environment: Mapping[str, str], cache: Path) -> ProgramIdentity:
    """The identity of a program file.

    Args:
        environment: of the program when it is started.
        cache: folder of the cache entries; if it cannot be written, nothing is cached.
    """
    real = program.resolve()
    stamp = _stamp(tool, real)
    entry = cache / f"{hashlib.sha256(str(real).encode()).hexdigest()[:24]}.json"
    if cached := _read_entry(entry, stamp):
        return cached
    version, digest = ask_version(tool, program, environment), files.sha256(real)
    if not _is_script(real):
        with suppress(BadInput):
            files.private_folder(cache)
            document = {"stamp": stamp, "version": version and str(version), "sha256": digest}
            files.write(entry, json.dumps(document))
    return ProgramIdentity(version=version, sha256=digest)


def ask_version(
    tool: Tool, program: Path, environment: Mapping[str, str], *, seconds: float = VERSION_SECONDS
) -> Version | None:
    """The version that the program prints; None if it does not run or its output has no version."""
    try:
        done = children.run(
            [*_interpreter(tool, program), str(program), *tool.program.version_command],
            env={**environment, **tool.program.environment},
            timeout=seconds,
        )
    except ToolFailed:
        return None
    return tool.read_version(done.stdout) or tool.read_version(done.stderr)


def _interpreter(tool: Tool, program: Path) -> list[str]:
    """A venv's script is given to its Python: its first line may name a folder that the venv is not in yet."""
    return [str(program.with_name("python"))] if tool.program.own_python else []


def _stamp(tool: Tool, real: Path) -> list[object]:
    # The change time cannot be set by a program; the modification time can, and an archive restores it.
    status = real.stat()
    file = [str(real), status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    return [*file, list(tool.program.version_command), tool.program.version_pattern.pattern]


def _read_entry(path: Path, stamp: list[object]) -> ProgramIdentity | None:
    try:
        entry = json.loads(files.recall(path) or "{}")
        version = Version(entry["version"]) if entry["version"] else None
        return ProgramIdentity(version=version, sha256=entry["sha256"]) if entry["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None


def _is_script(real: Path) -> bool:
    """A version manager's shim is a script; the version that it starts does not depend on its own bytes only."""
    with real.open("rb") as source:
        return source.read(2) == b"#!"
