"""One run at a time on a Stack of a checkout: plan and apply share the plan file and Terraform's data."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from infragate.adapters.local import clock, files, locks
from infragate.adapters.process import output
from infragate.domain.errors import Locked
from infragate.usecases.stack import Stack

PATIENCE = 900.0  # of a plan; an apply does not wait: the plan that it was called for could be another one by then


@contextmanager
def hold(stack: Stack, verb: str, *, patience: float = 0.0) -> Iterator[None]:
    """Hold the lock of a Stack.

    Args:
        verb: for the message of a run that finds the lock held.
        patience: seconds to wait for the other run.

    Raises:
        Locked: another run holds it, or the Terraform of an apply that was killed still runs.
    """
    folder, where = files.private_folder(stack.local_folder), stack.environment.directory
    note = folder / "turn.txt"

    def holder() -> str:
        return files.recall(note) or "it has just started"

    def refusal() -> Locked:
        return Locked(
            f"another run works on this Stack in this checkout: {holder()}",
            where=where,
            fix="wait for it to end, then plan again",
        )

    def waiting() -> None:
        stack.say(f"another run works on this Stack in this checkout: {holder()}; waiting for it")

    with locks.hold(folder / "turn.lock", refusal, patience=patience, waiting=waiting):
        if output.in_use(stack.transcript):
            raise Locked(
                "an apply was killed in this checkout, and its Terraform still runs",
                where=where,
                fix="wait for it to end; it saves the state and frees the lock",
            )
        try:
            since = f"{clock.now():%H:%M:%S} UTC"
            files.write(note, f"{verb} by {stack.session.actor.name}, process {os.getpid()}, since {since}")
            yield
        finally:
            note.unlink(missing_ok=True)
