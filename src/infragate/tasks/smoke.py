"""`inv smoke`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    help={
        "env": "Environment of infra/environments.yaml (dev, stg, prod).",
        "wait": "Ask again until all is healthy, or the time is over.",
        "timeout": "Seconds to wait with --wait (default 600).",
    },
    break_glass=True,
)
def smoke(run: Run, env: str, wait: bool = False, timeout: int = 600) -> Outcome:
    """Is the service healthy? ECS tasks, load balancer targets, database, alarms. Ends 8 when it is not.

    Asks about everything that the Environment's state manages; a state with nothing to ask about ends 4.
    Example: inv smoke --env dev --wait --sandbox
    """
    from infragate.report import smoke as report
    from infragate.tasks import arguments
    from infragate.usecases import smoke as usecase

    with arguments.session(run, env, "plan") as session:
        result = usecase.run(usecase.SmokeRequest(session=session, wait_seconds=float(timeout) if wait else 0.0))
    return run.present(report, result, findings=result.findings)
