"""`inv drift-accept`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from infragate.tasks import waiver_flags
from infragate.tasks.questions import Questions
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.domain.drift.acceptance import Acceptance
    from infragate.domain.drift.report import StackDrift


@verb(
    name="drift-accept",
    help={
        "address": "Only the drift of this resource; may be repeated. Drift that touches security must be named this way.",
        "field": "Only this attribute, as `drift` shows it (backup_retention_period); may be repeated.",
        "document": "Take the drift from this file, which `drift --report` wrote within the last day; default: look now.",
        "yes": "Do not ask before it is written.",
        **waiver_flags.HELP,
        "reason": "Required; a terminal asks for it. Why this may differ for a while.",
    },
    iterable=("address", "field"),
)
def drift_accept(
    run: Run,
    env: str,
    address: tuple[str, ...] = (),
    field: tuple[str, ...] = (),
    reason: str = "",
    days: int = waiver_flags.DAYS,
    until: str = "",
    owner: str = "",
    link: str = "",
    open_pr: bool = False,
    document: str = "",
    yes: bool = False,
) -> Outcome:
    """Accept drift for a while: writes an entry for each difference into policy/waivers.yaml, and their pull request.

    It looks at the Stack as `drift` does, so only what differs now can be accepted. Each entry hides the attribute that
    it names, until its last day, once the pull request is merged.
    Example: inv drift-accept --env prod --address module.rds.aws_db_instance.primary --reason "restore test" --until 2027-01-31
    """
    from functools import partial
    from pathlib import Path

    from infragate.report import drift_accept as report
    from infragate.usecases.drift import accept as usecase
    from infragate.usecases.gate.waiver_request import WaiverRequest

    result = usecase.run(
        usecase.AcceptRequest(
            look=(lambda: usecase.saved(Path(document), env)) if document else (lambda: _look(run, env)),
            addresses=tuple(address),
            fields=tuple(field),
            waiver=WaiverRequest(
                root=run.root,
                project=run.project,
                subjects=(),
                environment=env,
                reason=reason.strip() or waiver_flags.reason(run, f"Why may {env} differ from its code for a while?"),
                days=days,
                until=until,
                owner=owner,
                link=link,
            ),
            confirm=lambda chosen: _confirmed(run, chosen, yes=yes),
            describe=partial(report.markdown, clean=run.printer.clean) if open_pr else None,
        )
    )
    return run.present(report, result, changes=result.written is not None)


def _look(run: Run, env: str) -> StackDrift:
    from infragate.tasks import arguments
    from infragate.usecases.drift import drift

    with arguments.stacks_beside(run, (env,)) as stacks:
        request = drift.DriftRequest(root=run.root, stacks=stacks, shard=None, workers=1, say=run.printer.progress)
        return drift.run(request).stacks[0]


def _confirmed(run: Run, chosen: Sequence[Acceptance], *, yes: bool) -> bool:
    """Show what would be accepted, and ask.

    Raises:
        BadInput: there is nobody to ask.
    """
    from infragate.domain.errors import BadInput
    from infragate.report import drift_accept as report

    report.show_chosen(chosen, run.printer)
    if yes:
        return True
    questions = Questions.of(run.printer)
    if not questions.possible:
        message = f"{len(chosen)} entries need a confirmation, and there is no terminal to ask for it"
        raise BadInput(message, where="command line", fix="add --yes if that is what you mean")
    return questions.ask("Accept this? [y/N]").lower() in ("y", "yes")
