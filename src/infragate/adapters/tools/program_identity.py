"""What a program file is: the version that it says and its digest, remembered as long as the file stays the same.

Asking for the version starts the program, and its digest needs all of its hundred megabytes: both are done once. What
was learned belongs to one inode with its size and its times of change, so a replaced program is a new one.
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
    """Version (None when the program does not run or cannot be understood) and hex SHA-256 of a program."""

    version: Version | None
    sha256: str


def identify(tool: Tool, program: Path, *, environment: Mapping[str, str], memory: Path) -> ProgramIdentity:
    """The identity of a program file.

    Args:
        environment: what the program gets when it has to be asked.
        memory: folder for what was learned; one that cannot be written only costs time.
    """
    real = program.resolve()
    stamp = _stamp(tool, real)
    note = memory / f"{hashlib.sha256(str(real).encode()).hexdigest()[:24]}.json"
    if known := _recall(note, stamp):
        return known
    version, digest = ask_version(tool, program, environment), files.sha256(real)
    if not _is_script(real):
        with suppress(BadInput):
            files.private_folder(memory)
            said = None if version is None else str(version)
            files.write(note, json.dumps({"stamp": stamp, "version": said, "sha256": digest}))
    return ProgramIdentity(version=version, sha256=digest)


def ask_version(tool: Tool, program: Path, environment: Mapping[str, str]) -> Version | None:
    """What the program says of itself; None when it does not run or cannot be understood."""
    try:
        done = children.run(
            [str(program), *tool.program.version_command],
            env={**environment, **tool.program.environment},
            timeout=VERSION_SECONDS,
        )
    except ToolFailed:
        return None
    return tool.read_version(done.stdout) or tool.read_version(done.stderr)


def _stamp(tool: Tool, real: Path) -> list[object]:
    """The change time cannot be set from outside, unlike the modification time that an archive restores."""
    about = real.stat()
    file = [str(real), about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns]
    return [*file, list(tool.program.version_command), tool.program.version_pattern.pattern]


def _recall(note: Path, stamp: list[object]) -> ProgramIdentity | None:
    try:
        known = json.loads(files.recall(note) or "{}")
        version = Version(known["version"]) if known["version"] else None
        return ProgramIdentity(version=version, sha256=known["sha256"]) if known["stamp"] == stamp else None
    except (ValueError, KeyError, TypeError):
        return None


def _is_script(real: Path) -> bool:
    """A version manager's shim is a script: which version it starts depends on more than its own bytes."""
    with real.open("rb") as source:
        return source.read(2) == b"#!"
