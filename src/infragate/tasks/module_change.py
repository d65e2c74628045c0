"""`inv module-upgrade` and `inv module-downgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.tasks.arguments import Printer
    from infragate.usecases.modules.module_change import Direction

HELP = {
    "module": "A module's name (rds) or the name of its call; left out: every git module of the Stack.",
    "to": "The release's tag (v0.7.0).",
    "env": "Environment of infra/environments.yaml (dev, stg, prod).",
    "all_envs": "Every Environment whose Stack is in this checkout: all or none.",
    "dry_run": "Do everything but the last step: write nothing into the checkout.",
}


@verb(name="module-upgrade", help=HELP, break_glass=True)
def module_upgrade(
    run: Run, to: str, module: str = "", env: str = "", all_envs: bool = False, dry_run: bool = False
) -> Outcome:
    """Take a module to a newer release: pins, module lock, plan, and what its callers have to write.

    Refuses (8) when a plan would destroy or replace something stateful, and writes nothing then.
    Example: inv module-upgrade --module rds --env dev --to v0.7.0 --sandbox
    """
    return _change(run, "upgrade", to, module, env, all_envs=all_envs, dry_run=dry_run)


@verb(name="module-downgrade", help=HELP, break_glass=True)
def module_downgrade(
    run: Run, to: str, module: str = "", env: str = "", all_envs: bool = False, dry_run: bool = False
) -> Outcome:
    """Take a module back to an older release, with inverse `moved` blocks where the newer one moved addresses.

    Refuses (8) when something stateful would be lost, or a provider is too new for the old release.
    Example: inv module-downgrade --module rds --env dev --to v0.6.1 --sandbox
    """
    return _change(run, "downgrade", to, module, env, all_envs=all_envs, dry_run=dry_run)


def _change(
    run: Run, direction: Direction, to: str, module: str, env: str, *, all_envs: bool, dry_run: bool
) -> Outcome:
    from infragate.domain.errors import BadInput
    from infragate.report import release_change
    from infragate.tasks import arguments
    from infragate.usecases.modules import module_change as usecase

    if bool(env) == all_envs:
        raise BadInput(
            "--env or --all-envs is required, one of them", where="command line", fix="add --env NAME, or --all-envs"
        )
    names = [one.name for one in arguments.workshop(run).stacks()] if all_envs else [env]
    done = usecase.run(
        usecase.ModuleChangeRequest(
            root=run.root,
            stacks=tuple(arguments.stack(run, name, "plan") for name in names),
            module=module or None,
            tag=to,
            direction=direction,
            dry_run=dry_run,
        )
    )
    parts = [
        (one, one.plan.plan if one.plan else None, one.plan.planned.headline if one.plan else None)
        for one in done.judged
    ]
    changes = [bool(one.plan and one.plan.planned.changes) for one in done.judged]

    def shown(printer: Printer) -> None:
        for (one, plan, headline), changing in zip(parts, changes, strict=True):
            release_change.show(one, plan, headline, printer, changes=changing)
        if done.written:
            printer.line(f"written: {', '.join(done.files)}", "good")
            printer.progress("next: git add infra, git diff --staged, then commit")
        elif done.files and done.exit_code == 0:
            printer.line(f"would write: {', '.join(done.files)}")
            printer.progress("next: the same without --dry-run")

    return Outcome(
        result={
            "environments": [release_change.document(*part) for part in parts],
            "files": list(done.files),
            "written": done.written,
        },
        show=shown,
        status="blocked" if done.exit_code else "changes" if done.files else "ok",
        exit_code=done.exit_code,
    )
