"""`inv rehearse`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    help={
        "env": "Environment to rehearse (default dev).",
        "keep": "Keep the sandbox and the copy of the checkout for a look afterwards.",
    },
)
def rehearse(run: Run, env: str = "dev", keep: bool = False) -> Outcome:
    """The life of an Environment in a sandbox of its own: bootstrap, plan, apply, smoke, empty plan, destroy.

    Starts from bare accounts, times every step and reports what it saw; takes some minutes. Needs no AWS account and
    leaves a sandbox that you use alone. A protected Environment ends where its destruction is refused.
    Example: inv rehearse --report rehearsal.json
    """
    from infragate.report import rehearse as report
    from infragate.usecases.rehearsal import rehearse as usecase

    run.project.environment(env)
    result = usecase.run(
        usecase.RehearseRequest(
            root=run.root, environment=env, say=run.printer.progress, warn=run.printer.warning, keep=keep
        )
    )
    return run.present(report, result, findings=result.findings, exit_code=result.exit_code)
