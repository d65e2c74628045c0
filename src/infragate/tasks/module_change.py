"""`inv module-upgrade` and `inv module-downgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.tasks.run import Outcome, Run
from infragate.tasks.verb import verb

if TYPE_CHECKING:
    from typing import Literal

    Direction = Literal["upgrade", "downgrade"]

HELP = {
    "module": "A module's name (rds) or the name of its call; default: every git module of the Stack.",
    "to": "The release's tag (v0.7.0); or latest; or a constraint ('~> 0.7', '>= 0.6, < 0.8'): the newest that fits.",
    "all_envs": "Every Environment whose Stack is in this checkout; all of them change, or none.",
    "dry_run": "Plan and check, but write nothing into the checkout.",
}


@verb(name="module-upgrade", help=HELP, break_glass=True)
def module_upgrade(
    run: Run, to: str, module: str = "", env: str = "", all_envs: bool = False, dry_run: bool = False
) -> Outcome:
    """Change a module to a newer release: pins, module lock, plan, and the inputs that its callers must write.

    Refuses (8) and writes nothing if a plan would destroy or replace a stateful resource.
    Example: inv module-upgrade --module rds --env dev --to v0.7.0 --sandbox
    """
    return _change(run, "upgrade", to, module, env, all_envs=all_envs, dry_run=dry_run)


@verb(name="module-downgrade", help=HELP, break_glass=True)
def module_downgrade(
    run: Run, to: str, module: str = "", env: str = "", all_envs: bool = False, dry_run: bool = False
) -> Outcome:
    """Change a module back to an older release, with inverse `moved` blocks where the newer one moved addresses.

    Refuses (8) if a stateful resource would be lost, or a provider is too new for the old release.
    Example: inv module-downgrade --module rds --env dev --to v0.6.1 --sandbox
    """
    return _change(run, "downgrade", to, module, env, all_envs=all_envs, dry_run=dry_run)


def _change(
    run: Run, direction: Direction, to: str, module: str, env: str, *, all_envs: bool, dry_run: bool
) -> Outcome:
    from infragate.domain.errors import BadInput
    from infragate.report import module_change as report
    from infragate.tasks import arguments
    from infragate.usecases.modules import module_change as usecase

    if bool(env) == all_envs:
        raise BadInput(
            "exactly one of --env and --all-envs is required", where="command line", fix="add --env NAME, or --all-envs"
        )
    with arguments.stacks(run, env) as stacks:
        result = usecase.run(
            usecase.ModuleChangeRequest(
                root=run.root,
                stacks=stacks,
                module=module or None,
                release=to,
                direction=direction,
                dry_run=dry_run,
            )
        )
    return run.present(report, result, findings=result.findings, changes=bool(result.files))
