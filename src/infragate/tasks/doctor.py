"""`inv doctor`."""

from __future__ import annotations

from infragate.tasks.verb import Outcome, Run, verb


@verb(help={"env": "Ask this Environment's account, state backend and lock as well."})
def doctor(run: Run, env: str = "") -> Outcome:
    """What is needed, what is there, and the command that cures what is missing. Ends 0, or 4 when something fails.

    Example: inv doctor --env dev --sandbox
    """
    from infragate.domain.suggestions import in_sandbox
    from infragate.report.printer import Printer
    from infragate.usecases import clouds
    from infragate.usecases import doctor as usecase

    request = usecase.DoctorRequest(
        root=run.root,
        environment=env or None,
        sandbox=run.sandbox,
        cloud=lambda project: clouds.choose(run.root, project, sandbox=run.sandbox, say=run.printer.progress),
    )
    found = usecase.run(request)
    here = in_sandbox if run.sandbox else str
    cures = [here(check.fix) if check.fix else None for check in found.checks]
    result = {
        "checks": [
            {"name": check.name, "status": check.status, "message": check.message, "fix": cure}
            for check, cure in zip(found.checks, cures, strict=True)
        ],
        "next_command": here(found.next_command),
    }
    styles = {"ok": "good", "warn": "warn", "fail": "bad", "skipped": "dim"}

    def shown(printer: Printer) -> None:
        rows = []
        for check, cure in zip(found.checks, cures, strict=True):
            rows.append((check.status, check.name, check.message + (f"  fix: {cure}" if cure else "")))
        printer.table(("", "check", "found"), rows, [styles[check.status] for check in found.checks])
        printer.line(f"next: {result['next_command']}", "head")

    return Outcome(
        result=result, show=shown, status="ok" if found.well else "blocked", exit_code=0 if found.well else 4
    )
