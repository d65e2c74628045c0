"""`inv render`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(help={"check": "Write nothing; end 8 if a file is stale, and name each."}, sandbox=False)
def render(run: Run, check: bool = False) -> Outcome:
    """Generate files: atlantis.yaml, repos.yaml, CODEOWNERS, tables of roles, READMEs of modules.

    They are made from infra/environments.yaml and the code. What is written by hand beside the marker lines stays.
    Example: inv render --check
    """
    from infragate.report import render as report
    from infragate.usecases import render as usecase

    result = usecase.run(usecase.RenderRequest(root=run.root, check=check))
    return run.present(report, result, findings=result.findings)
