"""`inv drift-fix`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.questions import Questions
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.domain.drift.proposal import Offer


@verb(
    name="drift-fix",
    help={
        "import_": "Bring all that was added by hand into the code, with import blocks; a terminal asks for each otherwise.",
        "keep": "Bring only this into the code: the address of a resource, or the id of what was added; may be repeated.",
        "dry_run": "Plan and show it, but make no branch.",
        "open_pr": "Push the branch and open the pull request (needs GITHUB_TOKEN).",
    },
    iterable=("keep",),
)
def drift_fix(
    run: Run,
    env: str,
    import_: bool = False,
    keep: tuple[str, ...] = (),
    dry_run: bool = False,
    open_pr: bool = False,
) -> Outcome:
    """Propose what settles the drift of an Environment: apply the code again, import what was added by hand.

    Additions that you do not keep stay as they are; the commands that remove them are shown. A plan in which an import
    would change something, or that would lose data, ends 8, and nothing is proposed.
    Example: inv drift-fix --env prod --dry-run --sandbox
    """
    from functools import partial

    from infragate.report import drift_fix as report
    from infragate.tasks import arguments
    from infragate.usecases.drift import drift_fix as usecase

    questions = Questions.of(run.printer)
    with arguments.stack(run, env, "plan") as stack:
        result = usecase.run(
            usecase.FixRequest(
                stack=stack,
                keep=tuple(keep),
                everything=import_,
                ask=lambda offer: _keeps(offer, questions),
                dry_run=dry_run,
                describe=partial(report.markdown, clean=run.printer.clean) if open_pr and not dry_run else None,
            )
        )
    return run.present(report, result, findings=result.findings, changes=result.plan is not None)


def _keeps(offer: Offer, questions: Questions) -> bool:
    from infragate.report import drift_fix as report

    if not questions.possible:
        return False
    report.show_offer(offer, questions.printer)
    return questions.ask("Bring it into the code? [y/N]").lower() in ("y", "yes")
