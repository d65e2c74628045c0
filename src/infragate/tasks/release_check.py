"""`inv release-check`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="release-check",
    help={
        "version": "Version to judge (v0.8.0); default: the newest one that modules/CHANGELOG.md names.",
        "write": "Write modules/releases/VERSION.patch when nothing stands against it.",
    },
    sandbox=False,
)
def release_check(run: Run, version: str = "", write: bool = False) -> Outcome:
    """Does the version of the modules fit what has changed, and is it said? Ends 8 when not.

    Compares modules/ with its newest release; a version that is released already, with the release before it.
    Example: inv release-check --version v0.7.0
    """
    from infragate.report import release_check as report
    from infragate.usecases.modules import release_check as usecase

    result = usecase.run(usecase.ReleaseCheckRequest(root=run.root, version=version or None, write=write))
    return run.present(report, result, findings=result.findings)
