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
        "env": "Only the state account and this Environment's account; default: all accounts.",
        "plan": "Only show what would be created, adopted and changed.",
        "accept_differences": "Change existing resources that differ from the standard; encryption is never weakened.",
        "yes": "Do not ask before a change.",
    },
)
def bootstrap_backend(
    run: Run, env: str = "", plan: bool = False, accept_differences: bool = False, yes: bool = False
) -> Outcome:
    """Create or adopt the state bucket, its key, the lock table and every account's roles. Safe to repeat.

    inv bootstrap-backend --plan              show what would be created, adopted and changed
    inv bootstrap-backend                     do it; asks first (--yes: do not ask)
    inv bootstrap-backend --env dev           the state account and one Environment's account
    inv bootstrap-backend --plan --sandbox    try it without a cloud account

    Existing resources are adopted. If one differs from the standard, the run lists the difference, changes nothing and
    ends with 8; --accept-differences changes it to the standard, but never weakens encryption.
    You need the role callers.bootstrap_role_name of infra/environments.yaml in each of these accounts.
    The bucket also holds bootstrap's own state. More: docs/state-backend.md, docs/roles.md.
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
    """Ask the user at the terminal; without a terminal the answer is no."""
    import sys

    from infragate.adapters.local import settings

    if not settings.is_terminal("stdin"):
        return False
    for line in lines:
        run.printer.progress(line)
    run.printer.progress("go on? type yes")
    return sys.stdin.readline().strip() == "yes"
