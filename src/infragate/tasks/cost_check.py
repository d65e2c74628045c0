"""`inv cost-check`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    help={
        "plan": "Price this plan: a file of `inv plan --out`, or the JSON of any plan (terraform show -json); "
        "default: the Environment's last plan, or a new one.",
        "policy_ref": "Read rules and prices from this commit instead of the base branch; `.` is the checkout as it is.",
    },
)
def cost_check(run: Run, env: str, plan: str = "", policy_ref: str = "") -> Outcome:
    """Show what a plan changes in the monthly cost, and whether the Environment's rules allow it.

    Infracost prices the plan, from the price books in policy/prices or, with INFRACOST_API_KEY, from its makers' service.
    Example: inv cost-check --env dev --sandbox
    """
    from pathlib import Path

    from infragate.report import cost_check as report
    from infragate.tasks import arguments
    from infragate.usecases.gate import cost_check as usecase

    with arguments.stack(run, env, "plan") as stack:
        result = usecase.run(
            usecase.CostCheckRequest(stack=stack, plan=Path(plan) if plan else None, policy_ref=policy_ref or None)
        )
    return run.decided(report, result, result.verdict)
