"""`inv release-check`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="release-check",
    help={
        "version": "Version to check (v0.8.0); default: the newest one in modules/CHANGELOG.md.",
        "write": "Write modules/releases/VERSION.patch if there is no Finding.",
    },
    sandbox=False,
)
def release_check(run: Run, version: str = "", write: bool = False) -> Outcome:
    """Check that the modules' version and changelog fit their changes. Ends 8 if not.

    Compares modules/ with its newest release, or a released version with the release before it.
    Example: inv release-check --version v0.7.0
    """
    from infragate.report import release_check as report
    from infragate.usecases.modules import release_check as usecase

    result = usecase.run(usecase.ReleaseCheckRequest(root=run.root, version=version or None, write=write))
    return run.present(report, result, findings=result.findings)
