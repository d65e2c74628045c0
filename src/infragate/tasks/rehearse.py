"""`inv rehearse`."""

from __future__ import annotations

from infragate.tasks.verb import Outcome, Run, verb


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
    from infragate.report.printer import Printer
    from infragate.usecases.rehearsal import rehearse as usecase

    run.project.environment(env)
    found = usecase.run(
        usecase.RehearseRequest(
            root=run.root, environment=env, say=run.printer.progress, warn=run.printer.warning, keep=keep
        )
    )
    steps = [
        {
            "name": step.name,
            "status": step.status,
            "duration_seconds": round(step.duration_seconds, 1),
            "detail": step.detail,
        }
        for step in found.steps
    ]
    styles = {"ok": "good", "fail": "bad", "skipped": "dim"}

    def shown(printer: Printer) -> None:
        rows = [(step.status, f"{step.duration_seconds:6.1f} s", step.name, step.detail) for step in found.steps]
        printer.table(("", "took", "step", "seen"), rows, [styles[step.status] for step in found.steps])
        if found.error is None:
            printer.line(f"rehearsed {env} in {found.seconds:.0f} s: {len(found.steps)} steps", "good")
        else:
            printer.error(found.error.message, found.error.where, found.error.fix)

    failed = found.error is not None
    code = found.error.exit_code if found.error else 0
    return Outcome(result={"steps": steps}, show=shown, status="blocked" if failed else "ok", exit_code=code)
