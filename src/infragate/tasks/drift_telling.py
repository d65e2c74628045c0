"""What `drift --tell` does in addition to `drift`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from infragate.tasks.run import Run

if TYPE_CHECKING:
    from infragate.domain.drift.report import DriftReport
    from infragate.usecases.drift.telling import Told
    from infragate.usecases.stack import Stack


def refuse_real_people(stacks: Sequence[Stack]) -> None:
    """Refuse to tell of a sandbox; called before any Stack is looked at.

    Raises:
        BadInput: the sandbox's drift would be told to people.
    """
    from infragate.usecases.drift import telling

    if stacks:
        telling.refuse_real_people(stacks[0].session.cloud)


def told(run: Run, report: DriftReport, stacks: Sequence[Stack]) -> Told | None:
    """Tell it; None without a Stack."""
    from infragate.report import drift_texts
    from infragate.usecases import comment
    from infragate.usecases.drift import telling

    if not stacks:
        return None
    session = stacks[0].session
    return telling.run(
        report,
        root=run.root,
        project=run.project,
        cloud=session.cloud,
        actor=session.actor,
        texts=drift_texts.of_run(comment.page_of_run()),
        warn=run.printer.warning,
    )
