"""How a program ended, and what to say about it."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infragate.domain.errors import Interrupted, ToolFailed
from infragate.domain.shortening import cut


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """The result of a finished program; its output is decoded, with undecodable bytes replaced."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class InterruptedRun(Interrupted):
    """A run that a signal ended; `completed` holds the child's output."""

    def __init__(self, number: int, completed: Completed) -> None:
        super().__init__(number, f"interrupted; {name_of(completed.argv)} received the signal once and has ended")
        self.completed = completed


def too_long(argv: Sequence[str], timeout: float) -> ToolFailed:
    message = f"{name_of(argv)} did not end within {timeout:.0f} s"
    return ToolFailed(message, where=shown(argv), fix="run it again; check the network")


def too_much(argv: Sequence[str], limit: int) -> ToolFailed:
    message = f"{name_of(argv)} wrote more than {limit >> 20} MiB"
    return ToolFailed(message, where=shown(argv), fix="check which program it is: its output is not read")


def checked(done: Completed, number: int | None, success_codes: Container[int] | None) -> Completed:
    if number is not None:
        raise InterruptedRun(number, done)
    if success_codes is not None and done.returncode not in success_codes:
        failed = ToolFailed(
            f"{name_of(done.argv)} {ending(done.returncode)}: {_last_words(done)}",
            where=shown(done.argv),
            fix="run it again; if memory was short, with more of it" if done.returncode < 0 else None,
        )
        failed.said = done.stderr or done.stdout
        raise failed
    return done


def not_started(error: OSError, argv: Sequence[str], env: Mapping[str, str] | None) -> str:
    # "Permission denied" may be about another folder of PATH, one that this user may not look into.
    named = "/" not in argv[0] and shutil.which(argv[0], path=(env or {}).get("PATH")) is None
    if isinstance(error, FileNotFoundError) or (isinstance(error, PermissionError) and named):
        return f"{error.filename or argv[0]} was not found"
    return f"cannot start {name_of(argv)}: {error.strerror}"


def ending(returncode: int) -> str:
    """The exit code of a failed program, or the signal that killed it."""
    if returncode >= 0:
        return f"ended with exit code {returncode}"
    number = -returncode
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"was killed by {name}" + (" (the kernel does so when memory is short)" if number == signal.SIGKILL else "")


def name_of(argv: Sequence[str]) -> str:
    return Path(argv[0]).name


def shown(argv: Sequence[str]) -> str:
    return " ".join([name_of(argv), *argv[1:3]])


def _last_words(done: Completed) -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return cut(lines[-1], 300) if lines else "no output"
