"""`inv sandbox-up`, `inv sandbox-down`, `inv sandbox-status`."""

from __future__ import annotations

from dataclasses import replace

from infragate.report.apply_progress import ApplyProgress
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="sandbox-up",
    sandbox=False,
    help={
        "bare": "Without state backend and roles, as for a new organisation: bootstrap-backend creates them.",
        "scenario": "A practice world on a branch of its own: rollback, drift, locked or errored-state.",
    },
)
def sandbox_up(run: Run, bare: bool = False, scenario: str = "") -> Outcome:
    """Start and seed the AWS emulator of this checkout; existing resources stay.

    Four accounts with IAM enforced, the platform's baseline, the state backend, the module repository. No AWS account
    is needed and none can be reached. Verbs with --sandbox start it by themselves. With --scenario the protected
    Environment (for drift: every one) is applied on the newest release of the modules: two or three minutes the first
    time, then seconds.

    Example: inv sandbox-up --scenario rollback
    """
    from infragate.domain.errors import BadInput
    from infragate.report import sandbox as report
    from infragate.usecases import practice
    from infragate.usecases import sandbox as usecase

    if scenario and bare:
        raise BadInput("--scenario needs the state backend", where="command line", fix="leave --bare out")
    world = None
    if scenario:
        world = practice.run(
            practice.PracticeRequest(
                root=run.root,
                project=run.project,
                scenario=practice.scenario(scenario),
                say=run.printer.progress,
                warn=run.printer.warning,
                watch=lambda plan: ApplyProgress(run.printer, plan.operations),
            )
        )
    result = usecase.up(run.root, run.project, bare=bare, say=run.printer.progress)
    return run.present(report, replace(result, practice=world, changed=result.changed or world is not None))


@verb(
    name="sandbox-down",
    sandbox=False,
    help={"wipe": "Also delete its resources, state and plans; without it the next start restores them."},
)
def sandbox_down(run: Run, wipe: bool = False) -> Outcome:
    """Stop the AWS emulator of this checkout; its data is kept in its snapshot.

    Example: inv sandbox-down --wipe
    """
    from infragate.report import sandbox as report
    from infragate.usecases import sandbox as usecase

    return run.present(report, usecase.down(run.root, wipe=wipe, say=run.printer.progress))


@verb(name="sandbox-status", sandbox=False, help={})
def sandbox_status(run: Run) -> Outcome:
    """Show the state of this checkout's AWS emulator; starts nothing.

    Example: inv sandbox-status
    """
    from infragate.report import sandbox as report
    from infragate.usecases import sandbox as usecase

    return run.present(report, usecase.status(run.root, run.project))
