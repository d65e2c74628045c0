"""`inv render`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.domain.command import Command
from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.report.printer import Printer


@verb(help={"check": "Write nothing; end 8 when a page is not what the code says."}, sandbox=False)
def render(run: Run, check: bool = False) -> Outcome:
    """Make the pages that come from code: inputs and outputs in the READMEs of the modules.

    Example: inv render --check
    """
    from infragate.usecases import render as usecase

    found = usecase.run(usecase.RenderRequest(root=run.root, check=check))
    styles = {"current": "good", "written": "good", "stale": "bad"}

    def shown(printer: Printer) -> None:
        for page in found.pages:
            printer.line(f"{page.state}  {page.path}", styles[page.state])
        if found.is_stale:
            printer.next((Command("render"), ", then commit the pages"))

    return Outcome(
        result={"pages": [{"path": page.path, "state": page.state} for page in found.pages]},
        show=shown,
        status="blocked" if found.is_stale else "ok",
        exit_code=8 if found.is_stale else 0,
    )
