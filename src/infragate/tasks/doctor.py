"""`inv doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.domain.environment import Purpose


@verb(help={"env": "Ask this Environment's account, state backend and lock as well."}, break_glass=True)
def doctor(run: Run, env: str = "") -> Outcome:
    """What is needed, what is there, and the command that cures what is missing. Ends 0, or 4 when something fails.

    Example: inv doctor --env dev --sandbox
    """
    from infragate.domain.errors import BadInput, ToolFailed
    from infragate.report.printer import Printer
    from infragate.tasks import arguments
    from infragate.usecases import clouds
    from infragate.usecases import doctor as usecase

    flags = run.break_glass
    if flags.wanted and not env:
        raise BadInput("break-glass is a role of one Environment", where="command line", fix="add --env NAME")
    purpose: Purpose = "break-glass" if flags.wanted else "plan"
    device = arguments.mfa(run, flags.wanted, flags.serial, flags.code)
    request = usecase.DoctorRequest(
        root=run.root,
        environment=env or None,
        sandbox=run.sandbox,
        purpose=purpose,
        mfa=device,
        cloud=lambda project: clouds.choose(
            run.root, project, sandbox=run.sandbox, purpose=purpose, say=run.printer.progress
        ),
    )
    found = usecase.run(request)
    cures = [run.printer.spell(check.fix) if check.fix else None for check in found.checks]
    following = run.printer.spell(found.next_command)
    result = {
        "checks": [
            {"name": check.name, "status": check.status, "message": check.message, "fix": cure}
            for check, cure in zip(found.checks, cures, strict=True)
        ],
        "next_command": following,
    }
    styles = {"ok": "good", "warn": "warn", "fail": "bad", "skipped": "dim"}

    def shown(printer: Printer) -> None:
        rows = []
        for check, cure in zip(found.checks, cures, strict=True):
            rows.append((check.status, check.name, check.message + (f"  fix: {cure}" if cure else "")))
        printer.table(("", "check", "found"), rows, [styles[check.status] for check in found.checks])
        printer.line(f"next: {following}", "head")

    failed = [check.name for check in found.checks if check.status == "fail"]
    if not failed:
        return Outcome(result=result, show=shown)
    error = ToolFailed(f"failed: {', '.join(failed)}", where="doctor", fix=found.next_command)
    return Outcome(result=result, show=shown, status="error", exit_code=error.exit_code, error=error)
