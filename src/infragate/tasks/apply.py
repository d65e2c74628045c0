"""`inv apply`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import DOOR, verb

if TYPE_CHECKING:
    from infragate.usecases.apply import ApplyResult


@verb(
    help={
        **DOOR,
        "plan": "The plan file of `inv plan --out`; default: the one in the checkout's state folder.",
        "reason": "With --break-glass: why this apply goes past the gate; kept in its record.",
        "strict": "End 3 if Terraform warned of anything; the change is applied all the same.",
    },
    break_glass=True,
)
def apply(
    run: Run,
    env: str,
    plan: str = "",
    reason: str = "",
    policy_ref: str = "",
    approvals: str = "",
    strict: bool = False,
) -> Outcome:
    """Apply a plan, if commit, files, account, locks and state are the same as when it was made.

    Where policy/gate.yaml says so, the gate must have judged the plan, and its Verdict must still hold (docs/gate.md).

    First saves a copy of the state; afterwards writes a record of the apply to the state bucket. Ctrl-C is passed to
    Terraform once: it finishes the running operations, saves the state and releases the lock.
    Example: inv apply --env dev --sandbox
    """
    from pathlib import Path

    from infragate.report.apply_progress import ApplyProgress
    from infragate.tasks import arguments
    from infragate.usecases import apply as usecase

    with arguments.stack(run, env, "apply") as stack:
        request = usecase.ApplyRequest(
            stack=stack,
            plan=Path(plan) if plan else None,
            watch=lambda reading: ApplyProgress(run.printer, reading.operations),
            strict=strict,
            door=arguments.door(run, reason=reason, policy_ref=policy_ref, approvals_file=approvals),
        )
        result = usecase.run(request)
    return outcome(run, result)


def outcome(run: Run, result: ApplyResult) -> Outcome:
    """The outcome of an apply."""
    from infragate.report import apply as report

    error = result.error
    return run.present(report, result, error=error, exit_code=error.exit_code if error else None)
