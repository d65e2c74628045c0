"""`inv smoke`."""

from __future__ import annotations

from infragate.tasks.verb import Outcome, Run, verb


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
    from infragate.tasks import arguments
    from infragate.usecases import smoke as usecase

    with arguments.session(run, env, "plan") as session:
        found = usecase.run(usecase.SmokeRequest(session=session, wait_seconds=float(timeout) if wait else 0.0))
    checks = [
        {"name": check.name, "subject": check.subject, "status": check.status, "message": check.message}
        for check in found.checks
    ]
    styles = {"ok": "good", "warn": "warn", "fail": "bad"}

    def shown(printer: arguments.Printer) -> None:
        rows = [(check.status, check.name, check.subject, check.message) for check in found.checks]
        printer.table(("", "check", "subject", "found"), rows, [styles[check.status] for check in found.checks])
        bad = sum(check.status == "fail" for check in found.checks)
        if bad:
            printer.line(f"{env} is NOT healthy: {bad} of {len(found.checks)} checks fail", "bad")
        else:
            printer.line(f"{env} is healthy: {len(found.checks)} checks", "good")

    return Outcome(
        result={"healthy": found.healthy, "waited_seconds": round(found.waited_seconds, 1), "checks": checks},
        show=shown,
        status="ok" if found.healthy else "blocked",
        exit_code=0 if found.healthy else 8,
    )
