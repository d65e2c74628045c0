"""The progress of a rollback, stored between two runs, and the commands that continue or undo it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from infragate.adapters.local import files
from infragate.adapters.process.signals import Terminated
from infragate.adapters.terraform.cli import InterruptedApply
from infragate.domain.command import Advice, Command
from infragate.domain.errors import Blocked, Interrupted
from infragate.usecases.stack import Stack

Phase = Literal["preparing", "ready", "applying", "applied", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The progress of a rollback.

    Attributes:
        apply: True if the request was to apply.
        touched: True if an apply has begun, in this run or in an earlier one that this run continues.
        flags: more flags of the call.
    """

    phase: Phase
    environment: str
    verb: str
    target: str
    module: str | None
    reason: str
    actor: str
    started: str
    branch: str
    commit: str | None
    apply: bool
    touched: bool
    flags: Sequence[str] = ()

    @property
    def again(self) -> Command:
        """The command that runs it again."""
        module = ("--module", self.module) if self.module else ()
        reason = ("--reason", self.reason) if self.reason else ()
        apply = ("--apply",) if self.apply else ()
        flags = ("--to", self.target, *module, *apply, *reason, *self.flags)
        return Command(self.verb, flags, env=self.environment)

    @property
    def undo(self) -> Command:
        """The command that aborts it."""
        return Command(self.verb, ("--abort",), env=self.environment)


def _file(stack: Stack) -> Path:
    return stack.local_folder / "rollback.json"


def read(stack: Stack) -> Note | None:
    """The last rollback of this Environment in this checkout; None if unknown."""
    return parse(files.recall(_file(stack)) or "")


def parse(text: str) -> Note | None:
    """The note in a text; None for anything else."""
    try:
        note = Note(**json.loads(text))
        return note if _is_whole(note) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _is_whole(note: Note) -> bool:
    values = asdict(note)
    flags = values.pop("flags")
    kinds = {"apply": bool, "touched": bool, "module": str | None, "commit": str | None}
    whole = all(isinstance(value, kinds.get(name, str)) for name, value in values.items())
    return whole and note.phase in get_args(Phase) and isinstance(flags, list) and {*map(type, flags)} <= {str}


def write(stack: Stack, note: Note) -> None:
    """Replace the stored note."""
    files.write(_file(stack), json.dumps(asdict(note), indent=2) + "\n", mode=0o600)


def forget(stack: Stack) -> None:
    """Remove the stored note."""
    _file(stack).unlink(missing_ok=True)


@contextmanager
def explained(stack: Stack, note: Note) -> Iterator[None]:
    """Make an interruption name the command that continues or undoes the rollback."""
    try:
        yield
    except InterruptedApply:
        raise  # its message covers what Terraform has done
    except (KeyboardInterrupt, Terminated, Interrupted) as stopped:
        number = signal.SIGTERM if isinstance(stopped, Terminated) else getattr(stopped, "signal_number", signal.SIGINT)
        message = "terminated" if number == signal.SIGTERM else "interrupted"
        known = read(stack)
        fix: Advice = note.again
        if known is not None and known.touched:
            message += "; it has begun to apply; run it again to continue"
        else:
            message += "; nothing was applied"
            fix = (note.again, " to run it again, or ", note.undo)
        raise Interrupted(number, message, where=f"{note.verb} of {note.environment}", fix=fix) from None


def irrevocable(note: Note) -> Blocked:
    """The error for aborting a rollback that has begun to apply."""
    where = f"{note.environment}, begun {note.started} by {note.actor}"
    forward = (Command("plan", env=note.environment), ", then ", Command("apply", env=note.environment))
    is_done = note.phase == "done"
    progress = "is applied" if is_done else "has begun to apply"
    first = (f"keep it and merge {note.branch}",) if is_done else ("complete it: ", note.again)
    return Blocked(
        f"the rollback to {note.target} {progress} and cannot be aborted",
        where=where,
        fix=(*first, "; or go forward again: ", *forward),
    )
