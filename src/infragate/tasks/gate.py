"""`inv gate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks import gate_files
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.usecases.gate.gate_result import GateResult


@verb(
    help={
        "env": "Environment whose last plan is judged; if that is not current, it is planned first.",
        "plan": "Judge this plan: a file of `inv plan --out`, or the JSON of any plan (terraform show -json).",
        "policy_ref": "Read the policy from this commit instead of the base branch; `.` is the checkout as it is.",
        "approvals": "Reviews of the commit as a file, where they are not on GitHub (docs/policy-exceptions.md).",
        **gate_files.HELP,
    },
)
def gate(
    run: Run,
    env: str = "",
    plan: str = "",
    policy_ref: str = "",
    approvals: str = "",
    sarif: str = "",
    junit: str = "",
    html: str = "",
    markdown: str = "",
) -> Outcome:
    """Judge a plan with tfsec, trivy, checkov, Conftest and Infracost: one Verdict, bound to the plan.

    A required check that could not run blocks (4). A Verdict that blocks, or lacks approvals, ends with 8. `apply`
    refuses a plan without a Verdict where policy/gate.yaml says so.
    Example: inv gate --env dev --sandbox
    """
    from contextlib import ExitStack
    from pathlib import Path

    from infragate.adapters.local import settings
    from infragate.tasks import arguments
    from infragate.usecases.gate import gate as usecase

    reports = {"sarif": sarif, "junit": junit, "html": html, "markdown": markdown}
    gate_files.refuse_same(reports)
    with ExitStack() as opened:
        stack = opened.enter_context(arguments.stack(run, env, "plan")) if env else None
        result = usecase.run(
            usecase.GateRequest(
                root=run.root,
                say=run.printer.progress,
                stack=stack,
                plan=Path(plan) if plan else None,
                policy_ref=policy_ref or None,
                pull_request=settings.actor().pull_request,
                approvals=arguments.approvals(run, file=approvals, policy_ref=policy_ref),
            )
        )
    gate_files.write(result, run.printer, reports)
    return outcome(run, result)


def outcome(run: Run, result: GateResult) -> Outcome:
    """The outcome of a judgement."""
    from infragate.report import gate as report

    return run.decided(report, result, result.verdict, summary=gate_files.summary(result, run.printer))
