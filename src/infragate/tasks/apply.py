"""`inv apply`."""

from __future__ import annotations

from infragate.domain.command import Command
from infragate.tasks.verb import Outcome, Run, verb


@verb(
    help={
        "env": "Environment of infra/environments.yaml (dev, stg, prod).",
        "plan": "The plan file of `inv plan --out`; default: the one in the checkout's state folder.",
    },
    break_glass=True,
)
def apply(run: Run, env: str, plan: str = "") -> Outcome:
    """Apply what was planned, and only that: commit, files, account, locks and state must be as they were planned.

    Keeps a copy of the state first and writes a record of who did what to the state bucket. Ctrl-C is passed to
    Terraform once: it ends what it has begun, saves the state and frees the lock.
    Example: inv apply --env dev --sandbox
    """
    from pathlib import Path

    from infragate.report import plan_summary
    from infragate.report.apply_progress import ApplyProgress
    from infragate.tasks import arguments
    from infragate.usecases import apply as usecase

    request = usecase.ApplyRequest(
        stack=arguments.stack(run, env, "apply"),
        plan=Path(plan) if plan else None,
        watch=lambda found: ApplyProgress(run.printer, found.operations),
    )
    done = usecase.run(request)
    result = {
        "summary": plan_summary.summary(done.plan.summary),
        "headline": done.applied.headline,
        "done": list(done.applied.done),
        "failed": list(done.applied.failed),
        "plan_sha256": done.manifest.plan_sha256,
        "commit": done.manifest.commit,
        "snapshot": done.snapshot,
        "record": done.record,
        "serial_before": done.before.serial if done.before else None,
        "serial_after": done.after.serial if done.after else None,
        "state_encryption": done.after.encryption if done.after else None,
        "state_kms_key": done.after.kms_key if done.after else None,
    }

    def shown(printer: arguments.Printer) -> None:
        printer.line(done.applied.headline or "Apply complete.", "good")
        printer.line(f"record: s3://{run.project.state.bucket}/{done.record}")
        printer.next(Command("smoke", ("--wait",), env=env))

    return Outcome(result=result, show=shown)
