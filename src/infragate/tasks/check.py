"""`inv check`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    help={
        "env": "Only this Environment; default: all whose Stack is in the checkout.",
        "no_fetch": "Fetch nothing: judge the code in the checkout, and modules that were fetched before.",
    },
)
def check(run: Run, env: str = "", no_fetch: bool = False) -> Outcome:
    """Judge the code before Terraform runs any of it: providers, paths, programs, backends, module sources.

    A step of `plan` and `apply`. By itself it needs no credentials. The rules are in policy/code.yaml.
    Example: inv check --env dev --no-fetch
    """
    from infragate.report import check as report
    from infragate.tasks import arguments
    from infragate.usecases import check as usecase

    with arguments.stacks(run, env) as stacks:
        result = usecase.run(usecase.CheckRequest(stacks=stacks, fetch=not no_fetch))
    return run.present(report, result, findings=result.findings)
