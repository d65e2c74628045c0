"""Builds parts of requests from flags, for several verbs. It is imported inside task bodies, so it may be heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from infragate.adapters.local import settings
from infragate.domain.command import Say, advice
from infragate.domain.errors import BadInput
from infragate.usecases import clouds
from infragate.usecases.session import Mfa, Session
from infragate.usecases.stack import Stack

if TYPE_CHECKING:
    from infragate.domain.environment import Purpose
    from infragate.domain.gate.approvals import Approvals
    from infragate.tasks.run import BreakGlass, Run
    from infragate.usecases.gate.door import DoorRequest


@contextmanager
def stack(run: Run, env: str, purpose: Purpose) -> Iterator[Stack]:
    """One Environment's Stack in this checkout, with its own session."""
    with session(run, env, purpose) as opened:
        yield Stack(session=opened, root=run.root)


@contextmanager
def stacks(run: Run, env: str) -> Iterator[tuple[Stack, ...]]:
    """The Stack of one Environment, or with "" all Stacks in this checkout; each with its own plan session."""
    project, first = run.project, session(run, env or run.project.names[0], "plan")
    present = [environment for environment in project.environments if (run.root / environment.directory).is_dir()]
    with ExitStack() as opened:
        yield tuple(
            Stack(session=opened.enter_context(replace(first, environment=environment)), root=run.root)
            for environment in ([first.environment] if env else present)
        )


@contextmanager
def stacks_beside(run: Run, names: Sequence[str]) -> Iterator[tuple[Stack, ...]]:
    """The Stacks of these Environments, each with its own plan session; what they say begins with their names."""

    def named(name: str, say: Say) -> Say:
        return lambda text: say(advice(f"{name}: ", text))

    with ExitStack() as opened:
        first = session(run, names[0], "plan") if names else None
        yield tuple(
            Stack(
                session=opened.enter_context(
                    replace(
                        first,
                        environment=run.project.environment(name),
                        say=named(name, run.printer.progress),
                        warn=named(name, run.printer.warning),
                    )
                ),
                root=run.root,
            )
            for name in names
            if first is not None
        )


def session(run: Run, env: str, purpose: Purpose, break_glass: BreakGlass | None = None) -> Session:
    """A session in one Environment, under `purpose` or break-glass.

    Args:
        break_glass: instead of the flags of the run.

    Raises:
        BadInput: no such Environment, break-glass without a device, or a variable would redirect AWS calls.
    """
    project = run.project
    environment = project.environment(env)
    break_glass = break_glass or run.break_glass
    if break_glass.enabled:
        purpose = "break-glass"
    return Session(
        root=run.root,
        project=project,
        environment=environment,
        purpose=purpose,
        cloud=clouds.choose(run.root, project, sandbox=run.sandbox, purpose=purpose, say=run.printer.progress),
        actor=settings.actor(),
        say=run.printer.progress,
        warn=run.printer.warning,
        mfa=mfa(run, break_glass),
    )


def door(run: Run, *, reason: str, policy_ref: str, approvals_file: str) -> DoorRequest:
    """What an apply needs for the check of its Verdict."""
    from infragate.usecases.gate.door import DoorRequest

    reader = approvals(run, file=approvals_file, policy_ref=policy_ref)
    return DoorRequest(reason=reason, policy_ref=policy_ref or None, approvals=reader)


def approvals(
    run: Run, *, file: str = "", policy_ref: str = "", ignoring: str | None = None
) -> Callable[[Path], Approvals]:
    """Reads who approved the commit of a checkout: from a file, else from the reviews of the pull request."""

    def read(checkout: Path) -> Approvals:
        from infragate.usecases.gate import approvals as usecase

        request = usecase.ApprovalsRequest(
            root=checkout,
            project=run.project,
            file=Path(file) if file else None,
            pull_request=settings.actor().pull_request,
            policy_ref=policy_ref or None,
            ignoring=ignoring,
        )
        return usecase.read(request)

    return read


def mfa(run: Run, break_glass: BreakGlass) -> Mfa | None:
    """The MFA device of a break-glass run; None for any other run.

    Raises:
        BadInput: serial or code is missing, or one of them is given without break-glass.
    """
    where = f"command line of {run.verb}"
    if not break_glass.enabled:
        if break_glass.serial or break_glass.code:
            flag = "--purpose break-glass" if run.verb == "assume" else "--break-glass"
            raise BadInput("an MFA device is for break-glass only", where=where, fix=f"add {flag}")
        return None
    if not break_glass.serial or not break_glass.code:
        flags = clouds.device_flags(run.project, sandbox=run.sandbox)
        raise BadInput("break-glass requires MFA", where=where, fix=f"add {flags}")
    return Mfa(serial=break_glass.serial, code=break_glass.code)
