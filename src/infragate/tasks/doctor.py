"""`inv doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.domain.environment import Purpose


@verb(
    help={
        "env": "Also check this Environment's account, state backend and lock.",
        "atlantis": "Also check that the Atlantis server at this address refuses what it must; on the server, its settings too.",
    },
    break_glass=True,
)
def doctor(run: Run, env: str = "", atlantis: str = "") -> Outcome:
    """Check what infragate needs on this machine and in AWS; print a fix for each problem, and the next command.

    Ends 0, or 4 if a check fails.

    Example: inv doctor --env dev --sandbox
    """
    from infragate.domain.errors import BadInput
    from infragate.report import doctor as report
    from infragate.tasks import arguments
    from infragate.usecases import clouds
    from infragate.usecases import doctor as usecase

    flags = run.break_glass
    if flags.enabled and not env:
        raise BadInput("break-glass is a role of one Environment", where="command line", fix="add --env NAME")
    purpose: Purpose = "break-glass" if flags.enabled else "plan"
    request = usecase.DoctorRequest(
        root=run.root,
        environment=env or None,
        sandbox=run.sandbox,
        purpose=purpose,
        mfa=arguments.mfa(run, flags),
        atlantis=atlantis or None,
        cloud=lambda project: clouds.choose(
            run.root, project, sandbox=run.sandbox, purpose=purpose, say=run.printer.progress
        ),
    )
    result = usecase.run(request)
    return run.present(report, result, findings=result.findings, error=result.error)
