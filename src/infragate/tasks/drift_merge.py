"""`inv drift-merge`."""

from __future__ import annotations

from infragate.tasks import drift_files
from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    sandbox=False,
    iterable=("document",),
    help={
        "document": "A file that --report of a part (`drift --shard`) wrote; give all of them.",
        "detailed_exitcode": "End 2 if there is drift and all Stacks were looked at.",
        **drift_files.HELP,
    },
)
def drift_merge(
    run: Run,
    document: tuple[str, ...] = (),
    detailed_exitcode: bool = False,
    html: str = "",
    junit: str = "",
    markdown: str = "",
) -> Outcome:
    """Join the documents of `drift --shard` into one, with the reports of all Stacks. It looks at no Stack.

    The parts must be from one commit and make up the whole. A missing part is named, and the run ends with 3; the other
    parts are shown all the same. Otherwise it ends as `drift` over all Stacks would.
    Example: inv drift-merge --document one.json --document two.json --html drift.html
    """
    from pathlib import Path

    from infragate.domain import exit_codes, verdict
    from infragate.report import drift_merge as report
    from infragate.report import drift_view
    from infragate.tasks import gate_files
    from infragate.usecases.drift import merge as usecase

    reports = {"html": html, "junit": junit, "markdown": markdown}
    gate_files.refuse_same(reports)
    merged = usecase.run([Path(path) for path in document])
    view = drift_view.view(merged.report, run.printer, told=merged.told or (), missing=merged.missing)
    drift_files.write(view, reports)
    code = exit_codes.of_drift(merged.report.stacks, detailed=detailed_exitcode)
    error = report.failure(merged)
    return run.decided(
        report,
        merged,
        verdict.decide(()),
        changes=any(stack.status == "drift" for stack in merged.report.stacks),
        exit_code=error.exit_code if error and merged.missing else code,
        error=error,
        summary=drift_files.summary(view),
    )
