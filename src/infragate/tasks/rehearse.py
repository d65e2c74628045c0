"""`inv rehearse`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    help={
        "env": "Environment to rehearse (default dev).",
        "keep": "Keep the sandbox and the copy of the checkout, to inspect them.",
    },
)
def rehearse(run: Run, env: str = "dev", keep: bool = False) -> Outcome:
    """Run the life of an Environment in a separate sandbox: bootstrap, plan, apply, smoke, empty plan, destroy.

    Starts with empty accounts, and times and reports every step; takes some minutes. Needs no AWS account and does not
    touch your own sandbox. A protected Environment ends at the step that refuses to destroy it.
    Example: inv rehearse --report rehearsal.json
    """
    from infragate.report import rehearse as report
    from infragate.report.apply_progress import ApplyProgress
    from infragate.usecases.rehearsal import rehearse as usecase

    run.project.environment(env)
    result = usecase.run(
        usecase.RehearseRequest(
            root=run.root,
            environment=env,
            say=run.printer.progress,
            warn=run.printer.warning,
            watch=lambda plan: ApplyProgress(run.printer, plan.operations),
            keep=keep,
        )
    )
    return run.present(report, result, findings=result.findings, exit_code=result.exit_code)
