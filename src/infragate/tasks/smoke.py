"""`inv smoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.usecases.smoke import SmokeResult


@verb(
    help={
        "wait": "Repeat the checks until all are healthy or the timeout ends.",
        "timeout": "Seconds to wait with --wait (default 600).",
    },
    break_glass=True,
)
def smoke(run: Run, env: str, wait: bool = False, timeout: int = 600) -> Outcome:
    """Check the service's health: ECS tasks, load balancer targets, database, alarms. Ends 8 if it is not healthy.

    Checks the resources in the Environment's state, and the http and command checks of infra/environments.yaml. Nothing
    to check is a warning; a state without resources ends 4.
    Example: inv smoke --env dev --wait --sandbox
    """
    from infragate.tasks import arguments
    from infragate.usecases import smoke as usecase

    with arguments.session(run, env, "plan") as session:
        result = usecase.run(usecase.SmokeRequest(session=session, wait_seconds=float(timeout) if wait else 0.0))
    return outcome(run, result)


def outcome(run: Run, result: SmokeResult) -> Outcome:
    """The outcome of a look at the service."""
    from infragate.report import smoke as report

    return run.present(report, result, findings=result.findings)
