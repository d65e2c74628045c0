"""Flags to requests: what several verbs build in the same way. Imported inside task bodies, so it may be heavy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infragate.adapters.local import settings
from infragate.domain.errors import BadInput
from infragate.report.printer import Printer
from infragate.usecases import clouds
from infragate.usecases.modules.module_pins import Workshop
from infragate.usecases.session import Mfa, Session
from infragate.usecases.stack import Stack

if TYPE_CHECKING:
    from infragate.domain.environment import Purpose
    from infragate.tasks.run import Run

__all__ = ["Printer", "mfa", "session", "stack", "workshop"]


@contextmanager
def stack(run: Run, env: str, purpose: Purpose) -> Iterator[Stack]:
    """One Environment's Stack in this checkout, in a session of its own.

    Raises:
        BadInput: as `session`.
    """
    with session(run, env, purpose) as opened:
        yield Stack(session=opened, root=run.root)


def session(run: Run, env: str, purpose: Purpose, device: Mfa | None = None) -> Session:
    """One Environment under one purpose; under break-glass where that was asked for.

    Raises:
        BadInput: no such Environment, break-glass without a device, or a variable would send calls elsewhere.
    """
    project = run.project
    environment = project.environment(env)
    flags = run.break_glass
    if flags.wanted:
        purpose = "break-glass"
    device = device or mfa(run, flags.wanted, flags.serial, flags.code)
    return Session(
        root=run.root,
        project=project,
        environment=environment,
        purpose=purpose,
        cloud=clouds.choose(run.root, project, sandbox=run.sandbox, purpose=purpose, say=run.printer.progress),
        actor=settings.actor(),
        say=run.printer.progress,
        warn=run.printer.warning,
        mfa=device,
    )


def workshop(run: Run) -> Workshop:
    """Where the modules of all Stacks are fetched.

    Raises:
        BadInput: environments.yaml is broken, or a variable would send calls elsewhere.
    """
    say = run.printer.progress
    cloud = clouds.choose(run.root, run.project, sandbox=run.sandbox, say=say)
    return Workshop(root=run.root, project=run.project, cloud=cloud, say=say)


def mfa(run: Run, wanted: bool, serial: str, code: str) -> Mfa | None:
    """The MFA device of a break-glass request.

    Raises:
        BadInput: a half of it is missing, or there is a device and no break-glass.
    """
    where = f"command line of {run.verb}"
    if not wanted:
        if serial or code:
            asked = "--purpose break-glass" if run.verb == "assume" else "--break-glass"
            raise BadInput("an MFA device is for break-glass only", where=where, fix=f"add {asked}")
        return None
    if not serial or not code:
        flags = clouds.device_flags(run.project, sandbox=run.sandbox)
        raise BadInput("break-glass requires MFA", where=where, fix=f"add {flags}")
    return Mfa(serial=serial, code=code)
