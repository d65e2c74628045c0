"""`inv cost-check`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    help={
        "env": "Environment whose last plan is priced, under its rules; without it only with --plan.",
        "plan": "Price this plan: a file of `inv plan --out`, or the JSON of any plan (terraform show -json); "
        "default: the Environment's last plan, or a new one.",
        "policy_ref": "Read rules and prices from this commit instead of the base branch; `.` is the checkout as it is.",
        "approvals": "Reviews of the commit as a file, where they are not on GitHub (docs/policy-exceptions.md).",
    },
)
def cost_check(run: Run, env: str = "", plan: str = "", policy_ref: str = "", approvals: str = "") -> Outcome:
    """Show what a plan changes in the monthly cost, and whether the Environment's rules allow it.

    Infracost prices the plan, from the price books in policy/prices or, with INFRACOST_API_KEY, from Infracost's service.
    Example: inv cost-check --env dev --sandbox
    """
    from contextlib import ExitStack
    from pathlib import Path

    from infragate.report import cost_check as report
    from infragate.tasks import arguments
    from infragate.usecases.gate import cost_check as usecase

    read_approvals = arguments.approvals(run, file=approvals, policy_ref=policy_ref)
    with ExitStack() as opened:
        stack = opened.enter_context(arguments.stack(run, env, "plan")) if env else None
        result = usecase.run(
            usecase.CostCheckRequest(
                root=run.root,
                say=run.printer.progress,
                stack=stack,
                plan=Path(plan) if plan else None,
                policy_ref=policy_ref or None,
                approvals=read_approvals,
            )
        )
    return run.decided(report, result, result.verdict)
