"""`inv bootstrap-backend`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from collections.abc import Sequence


@verb(
    name="bootstrap-backend",
    help={
        "env": "Beside the state account only this Environment's; all without it.",
        "plan": "Only show what would be created, adopted and changed.",
        "accept_differences": "Bring existing things that differ to the standard; encryption is never weakened.",
        "yes": "Do not ask before changing something.",
    },
)
def bootstrap_backend(
    run: Run, env: str = "", plan: bool = False, accept_differences: bool = False, yes: bool = False
) -> Outcome:
    """Make or adopt the state bucket, its key, the lock table and every account's roles. Safe to repeat.

    inv bootstrap-backend --plan              look: what would be created, adopted, changed
    inv bootstrap-backend                     do it; asks first (--yes where nobody can answer)
    inv bootstrap-backend --env dev           the state account and one Environment's account
    inv bootstrap-backend --plan --sandbox    try it without a cloud account

    What exists is adopted. Where it differs from the standard, the difference is listed, nothing is changed anywhere,
    and the run ends with 8; --accept-differences brings it to the standard, and encryption is never weakened.
    You need the role callers.bootstrap_role_name of infra/environments.yaml in every account that is concerned.
    Its own state goes into the bucket that it makes. More: docs/state-backend.md, docs/roles.md.
    """
    from infragate.adapters.local import settings
    from infragate.report import bootstrap_backend as report
    from infragate.usecases import clouds
    from infragate.usecases.bootstrap import bootstrap_backend as usecase
    from infragate.usecases.bootstrap.bootstrap_session import BootstrapRequest

    cloud = clouds.choose(run.root, run.project, sandbox=run.sandbox, say=run.printer.progress)
    result = usecase.run(
        BootstrapRequest(
            root=run.root,
            project=run.project,
            cloud=cloud,
            actor=settings.actor(),
            say=run.printer.progress,
            warn=run.printer.warning,
            confirm=lambda lines: yes or run.sandbox or _confirmed(run, lines),
            environment=env or None,
            plan_only=plan,
            accept_differences=accept_differences,
        )
    )
    findings, changes = result.findings, result.changes
    return run.present(report, result, findings=findings, changes=changes, exit_code=0 if plan else None)


def _confirmed(run: Run, lines: Sequence[str]) -> bool:
    """Ask the person at the terminal; where there is none, the answer is no."""
    import sys

    from infragate.adapters.local import settings

    if not settings.is_terminal("stdin"):
        return False
    for line in lines:
        run.printer.progress(line)
    run.printer.progress("go on? type yes")
    return sys.stdin.readline().strip() == "yes"
