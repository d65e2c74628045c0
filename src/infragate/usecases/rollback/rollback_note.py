"""What a rollback leaves between two runs: how far it came, and the commands that go on or undo it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from infragate.adapters.local import files
from infragate.adapters.process.signals import Terminated
from infragate.adapters.terraform.cli import InterruptedApply
from infragate.domain.command import Advice, Command
from infragate.domain.errors import Blocked, Interrupted
from infragate.usecases.stack import Stack

Phase = Literal["preparing", "ready", "applying", "applied", "done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of a rollback between two runs.

    Attributes:
        apply: whether it was asked to apply.
        touched: an apply has begun, in this run or in an earlier one that this run goes on with.
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

    @property
    def again(self) -> Command:
        """The command that runs it once more."""
        module = ("--module", self.module) if self.module else ()
        reason = ("--reason", self.reason) if self.reason else ()
        apply = ("--apply",) if self.apply else ()
        return Command(self.verb, ("--to", self.target, *module, *apply, *reason), env=self.environment)

    @property
    def undo(self) -> Command:
        """The command that forgets it."""
        return Command(self.verb, ("--abort",), env=self.environment)


def _file(stack: Stack) -> Path:
    return stack.local_folder / "rollback.json"


def read(stack: Stack) -> Note | None:
    """The note of the last rollback of this Environment in this checkout."""
    text = files.recall(_file(stack))
    try:
        return Note(**json.loads(text)) if text else None
    except (ValueError, TypeError):
        return None


def write(stack: Stack, note: Note) -> None:
    """Keep it, in the place of the last one."""
    files.write(_file(stack), json.dumps(asdict(note), indent=2) + "\n", mode=0o600)


def forget(stack: Stack) -> None:
    """There is no rollback any more."""
    _file(stack).unlink(missing_ok=True)


@contextmanager
def explained(stack: Stack, note: Note) -> Iterator[None]:
    """An interrupted run says whether it can be run again or undone.

    Raises:
        Interrupted: with the command to type now.
    """
    try:
        yield
    except InterruptedApply:
        raise  # it says what Terraform has done
    except (KeyboardInterrupt, Terminated, Interrupted) as stopped:
        number = stopped.signal_number if isinstance(stopped, Interrupted) else _number(stopped)
        how = "terminated" if number == signal.SIGTERM else "interrupted"
        known = read(stack)
        if known is not None and known.touched:
            said = f"{how}; it has begun to apply, and goes on where it stopped"
            fix: Advice = note.again
        else:
            said, fix = f"{how}; nothing was applied", (note.again, " to run it again, or ", note.undo)
        raise Interrupted(number, said, where=f"{note.verb} of {note.environment}", fix=fix) from None


def _number(stopped: BaseException) -> int:
    return signal.SIGTERM if isinstance(stopped, Terminated) else signal.SIGINT


def irrevocable(note: Note) -> Blocked:
    """Why a rollback that has applied something cannot be aborted."""
    where = f"{note.environment}, begun {note.started} by {note.actor}"
    forward = (Command("plan", env=note.environment), ", then ", Command("apply", env=note.environment))
    if note.phase == "done":
        return Blocked(
            f"the rollback to {note.target} is applied: there is nothing left to abort",
            where=where,
            fix=(f"keep it and merge {note.branch}; or go forward again: ", *forward),
        )
    return Blocked(
        f"the rollback to {note.target} has begun to apply: what it did is not undone by forgetting it",
        where=where,
        fix=("complete it: ", note.again, "; or go forward again: ", *forward),
    )
