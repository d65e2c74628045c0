"""`inv providers-lock`."""

from __future__ import annotations

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb


@verb(
    name="providers-lock",
    sandbox=False,
    help={
        "env": "Only this Environment; default: every one whose Stack is in this checkout.",
        "mirror": "Folder or https address of a provider mirror; default: a complete local mirror, else the registry.",
    },
)
def providers_lock(run: Run, env: str = "", mirror: str = "") -> Outcome:
    """Complete the .terraform.lock.hcl files for all platforms of policy/tools/tools.lock.

    A version changes only where the code requires another one. All files are completed, or none is written.
    Example: inv providers-lock
    """
    from infragate.report import providers_lock as report
    from infragate.usecases import providers_lock as usecase

    known = [run.project.environment(env)] if env else run.project.environments
    present = [environment for environment in known if env or (run.root / environment.directory).is_dir()]
    result = usecase.run(
        usecase.ProvidersLockRequest(
            root=run.root, environments=present, mirror=mirror or None, say=run.printer.progress
        )
    )
    return run.present(report, result, changes=any(lock.added for lock in result.locks))
