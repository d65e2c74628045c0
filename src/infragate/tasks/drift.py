"""`inv drift`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infragate.tasks import drift_files
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from infragate.domain.drift.report import DriftReport
    from infragate.usecases.drift.telling import Told


@verb(
    help={
        "env": "Only this Environment; may be repeated; default: all that have a Stack.",
        "shard": "K/N: only the K-th of N parts of them, for several runs side by side (2/4).",
        "workers": "How many Stacks at a time; default: one for each core, as far as the free memory goes.",
        "tell": "Report changes to Slack and in GitHub issues, and keep the history (docs/drift-telling.md).",
        "detailed_exitcode": "End 2 if there is drift and all Stacks were looked at.",
        **drift_files.HELP,
    },
    iterable=("env",),
)
def drift(
    run: Run,
    env: tuple[str, ...] = (),
    shard: str = "",
    workers: int = 0,
    detailed_exitcode: bool = False,
    tell: bool = False,
    html: str = "",
    junit: str = "",
    markdown: str = "",
) -> Outcome:
    """Show how what runs differs from the code, and why, in all Environments side by side. Changes nothing.

    Each difference has a cause and the evidence for it: changed by hand, not applied yet, noise. A Stack that cannot be
    looked at is an error, or skipped while somebody holds its lock; it is never "no drift".
    Example: inv drift --env stg --env prod
    """
    from infragate.domain.drift import shards
    from infragate.domain.errors import BadInput
    from infragate.tasks import arguments, drift_telling, gate_files
    from infragate.usecases.drift import drift as usecase

    reports = {"html": html, "junit": junit, "markdown": markdown}
    gate_files.refuse_same(reports)
    if workers < 0:
        raise BadInput(f"--workers {workers}", where="command line", fix="give a number from 1, or leave it out")
    run.environment = env[0] if len(env) == 1 else None
    part = shards.parse(shard) if shard else shards.WHOLE
    names = part.of([run.project.environment(name).name for name in env] or usecase.present(run.root, run.project))
    with arguments.stacks_beside(run, names) as stacks:
        if tell:
            drift_telling.refuse_real_people(stacks)
        result = usecase.run(
            usecase.DriftRequest(
                root=run.root,
                stacks=stacks,
                shard=shard or None,
                workers=workers,
                say=run.printer.progress,
            )
        )
        told = drift_telling.told(run, result, stacks) if tell else None
    return _outcome(run, result, told, reports, detailed=detailed_exitcode)


def _outcome(
    run: Run, result: DriftReport, told: Told | None, reports: Mapping[str, str], *, detailed: bool
) -> Outcome:
    """Write the reports; say how it ends."""
    from infragate.domain import exit_codes, verdict
    from infragate.report import drift as report
    from infragate.report import drift_told, drift_view

    view = drift_view.view(result, run.printer, told=drift_told.document(told) if told else ())
    drift_files.write(view, reports)
    return run.decided(
        report.DriftPresenter(told) if told else report,
        result,
        verdict.decide(()),
        changes=any(stack.status == "drift" for stack in result.stacks),
        exit_code=exit_codes.of_drift(result.stacks, detailed=detailed),
        error=report.failure(result),
        summary=drift_files.summary(view),
    )
