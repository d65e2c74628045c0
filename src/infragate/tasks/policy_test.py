"""`inv policy-test`."""

from __future__ import annotations

from collections.abc import Sequence

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="policy-test",
    help={
        "policies": "A folder with one set of policies; default: those of policy/gate.yaml that are folders here.",
        "plan": "Count how often each rule fires over this plan (terraform show -json); may be given several times.",
    },
    iterable=("plan",),
    sandbox=False,
)
def policy_test(run: Run, policies: str = "", plan: Sequence[str] = ()) -> Outcome:
    """Test Rego policies without a Stack: their tests, their known-bad inputs, how often they fire, what tests reach.

    A failed test, or a rule that does not refuse its known-bad input, ends with 8.
    Example: inv policy-test --policies policy/rego --plan plan.json
    """
    from pathlib import Path

    from infragate.report import policy_test as report
    from infragate.usecases.gate import policy_test as usecase

    result = usecase.run(
        usecase.PolicyTestRequest(
            root=run.root,
            say=run.printer.progress,
            policies=Path(policies) if policies else None,
            plans=tuple(map(Path, plan)),
        )
    )
    return run.present(report, result, findings=result.findings)
