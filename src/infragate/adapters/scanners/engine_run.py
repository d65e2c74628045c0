"""Runs an engine apart from everything, and reads its output strictly: what is odd counts as not run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Protocol, TypeVar

import orjson

from infragate.adapters.local import clock, files
from infragate.adapters.process import children, outcome
from infragate.adapters.process.wall import Wall
from infragate.adapters.scanners.subject import Subject
from infragate.adapters.tools.tool_store import Located
from infragate.domain import plan_json
from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed
from infragate.domain.finding import Evidence, Severity

# Garbage of a program that ends in a second need not be collected: a sixth of the time of tfsec, trivy and Conftest.
_GO = {"GOGC": "400", "GOMEMLIMIT": "2GiB"}
LIMIT = 64 * 2**20  # bytes of an engine's output; of the example's plan they print less than 1 MB
_COMMENTS = re.compile(r"(?i),? or add an? (?:tfsec|trivy) ignore\b[^.]*")
Locate = Callable[[str, Path], Located]
Kind = TypeVar("Kind")


class Bounds(Protocol):
    """How long a program may run, in seconds, and the event that ends it earlier. A Subject has both."""

    @property
    def timeout(self) -> float: ...
    @property
    def stop(self) -> Event: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOutput:
    """An engine that ended.

    Attributes:
        output: the file with its stdout.
        stderr: its last part.
    """

    code: int
    output: Path
    stderr: str
    seconds: float


def own_scratch(subject: Subject, check: str) -> Path:
    """The private folder of one check."""
    return files.private_folder(subject.scratch / check)


def environment(scratch: Path, **extra: str) -> dict[str, str]:
    """None of the caller's variables: they may hold settings of engines, tokens and cloud credentials."""
    home = files.private_folder(scratch / "home")
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), "TMPDIR": str(home), "LC_ALL": "C.UTF-8", **_GO, **extra}


def run(
    located: Located,
    arguments: Sequence[str],
    *,
    bounds: Bounds,
    scratch: Path,
    readable: Iterable[Path] = (),
    **extra: str,
) -> EngineOutput:
    """Run an engine behind a wall: it can read what it scans, write to its own folder, and reach no network.

    Raises:
        ToolFailed: it cannot be started, was killed, did not end in time, or wrote too much.
    """
    begin, output = clock.monotonic(), scratch / "stdout"
    home = files.private_folder(scratch / "home")
    wall = Wall(readable=(located.path, located.path.resolve(), *readable), writable=(home,))
    argv = [str(located.path), *arguments]
    with children.started(argv, env=environment(scratch, **extra), wall=wall, output=output, cwd=home) as program:
        done = program.wait(timeout=bounds.timeout, limit=LIMIT, stop=bounds.stop)
    if done.returncode < 0:
        raise failed(located.name, outcome.ending(done.returncode), done.stderr)
    return EngineOutput(code=done.returncode, output=output, stderr=done.stderr, seconds=clock.monotonic() - begin)


def plan(name: str, subject: Subject) -> Path:
    """The plan's JSON, which must be the bytes that were found valid: engines skip anything else without a message.

    Raises:
        ToolFailed: it is not the file that the Subject was made from.
    """
    if files.sha256(subject.plan_json) != subject.plan_digest:
        raise failed(name, "was given another plan than the one that was read")
    return subject.plan_json


def failed(name: str, why: str, said: str = "") -> ToolFailed:
    """The error for an engine that ran, but did not do its work."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = f": {lines[-1][:300]}" if lines else ""
    error = ToolFailed(f"{name} {why}{words}", where=name, fix=(Command("doctor"), " shows which program it is"))
    error.said = said
    return error


def document(name: str, path: Path, said: str = "") -> Any:
    """The JSON that an engine wrote.

    Raises:
        ToolFailed: it is missing, a link, too large, or not one JSON document.
    """
    if path.is_symlink() or not path.is_file() or path.stat().st_size == 0:  # a link could show any file of ours
        raise failed(name, "printed nothing", said)
    if path.stat().st_size > LIMIT:
        raise failed(name, f"wrote more than {LIMIT >> 20} MiB")
    try:
        return strict(path.read_bytes())
    except (ValueError, RecursionError):
        raise failed(name, f"did not print JSON, but {_begin(path)!r}", said) from None


def strict(data: bytes) -> Any:
    """JSON that all programs read in the same way: UTF-8, each key once, no NaN, no half of a surrogate pair.

    Raises:
        ValueError: it is not. RecursionError: it is nested too deeply.
    """
    orjson.loads(data)
    return json.loads(data.decode(), object_pairs_hook=plan_json.once)


def _begin(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(80).decode(errors="replace").strip().partition("\n")[0]


def part(name: str, holder: Any, key: str, kind: type[Kind], absent: Kind | None = None) -> Kind:
    """`holder[key]`, checked for its type; `absent`, if given, where it is missing or null.

    Raises:
        ToolFailed: it is missing, or of another type.
    """
    value = holder.get(key) if isinstance(holder, dict) else None
    if value is None and absent is not None:
        return absent
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise failed(name, f"printed an unknown document: `{key}` is a {type(value).__name__}, not a {kind.__name__}")
    return value


def severity(word: str) -> Severity:
    """The Severity of the engine's word; an unknown word counts as the worst."""
    return Severity.__members__.get(word.upper(), Severity.CRITICAL)


def advice(text: str) -> str | None:
    """An engine's advice without its hint to add an ignore comment, which would have no effect here."""
    return _COMMENTS.sub("", text).strip() or None


def evidence(check: str, located: Located, *, digest: str, scanned: int, seconds: float) -> Evidence:
    """The record of a complete run."""
    return Evidence(
        check=check,
        tool=located.name,
        version=located.version,
        input_digest=digest,
        scanned=scanned,
        duration_seconds=seconds,
        result="complete",
    )
