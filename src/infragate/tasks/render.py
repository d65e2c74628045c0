"""`inv render`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(help={"check": "Write nothing; end 8 if a page does not match the code."}, sandbox=False)
def render(run: Run, check: bool = False) -> Outcome:
    """Generate pages from code: inputs and outputs in the READMEs of the modules.

    Example: inv render --check
    """
    from infragate.report import render as report
    from infragate.usecases import render as usecase

    result = usecase.run(usecase.RenderRequest(root=run.root, check=check))
    return run.present(report, result, findings=result.findings)
