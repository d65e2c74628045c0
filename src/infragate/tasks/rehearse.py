"""`inv rehearse`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    help={
        "env": "Environment to rehearse (default dev).",
        "keep": "Keep the sandbox and the copy of the checkout, to inspect them.",
        "pull-request": "Rehearse the life of a pull request instead, through a real Atlantis server on this machine.",
    },
)
def rehearse(run: Run, env: str = "dev", keep: bool = False, pull_request: bool = False) -> Outcome:
    """Run the life of an Environment in a separate sandbox: bootstrap, plan, apply, smoke, empty plan, destroy.

    Starts with empty accounts, and times and reports every step; takes some minutes. Needs no AWS account and does not
    touch your own sandbox. A protected Environment ends at the step that refuses to destroy it.

    With --pull-request: pull requests are opened at an emulator of GitHub, planned, refused, approved and applied by a real
    Atlantis server (inv tools-install --tool atlantis); then something is changed by hand, and that drift is found, told once
    and settled. Comments, commit statuses and a timeline are printed.
    Example: inv rehearse --report rehearsal.json
    Example: inv rehearse --pull-request
    """
    from infragate.report import rehearse as report
    from infragate.report.apply_progress import ApplyProgress
    from infragate.usecases.rehearsal import pull_request as through_atlantis
    from infragate.usecases.rehearsal import rehearse as life

    run.project.environment(env)
    request = life.RehearseRequest(
        root=run.root,
        environment=env,
        say=run.printer.progress,
        warn=run.printer.warning,
        watch=lambda plan: ApplyProgress(run.printer, plan.operations),
        keep=keep,
    )
    result = (through_atlantis if pull_request else life).run(request)
    return run.present(report, result, findings=result.findings, exit_code=result.exit_code)
