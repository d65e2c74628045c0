"""`inv doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.domain.environment import Purpose


@verb(help={"env": "Ask this Environment's account, state backend and lock as well."}, break_glass=True)
def doctor(run: Run, env: str = "") -> Outcome:
    """What is needed, what is there, and the command that cures what is missing. Ends 0, or 4 when something fails.

    Example: inv doctor --env dev --sandbox
    """
    from infragate.domain.errors import BadInput
    from infragate.report import doctor as report
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
    result = usecase.run(request)
    return run.present(report, result, findings=result.findings, error=result.error)
