"""The values of an older revision in today's code: `<env>.tfvars` of a commit, and nothing else of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import pin_change
from infragate.usecases import plan
from infragate.usecases.modules.release_change import Judged
from infragate.usecases.stack import Stack


def commit_of(stack: Stack, revision: str) -> str:
    """The commit that a revision names today.

    Raises:
        BadInput: there is none.
    """
    environment = stack.environment
    commit = git.revision(stack.root, revision)
    if commit is None:
        raise BadInput(
            f"there is no revision {revision[:80]!r}",
            where=str(stack.root),
            fix=f"git log --oneline -- {environment.directory}/{environment.var_file}",
        )
    return commit


def judge(stack: Stack, commit: str, place: Path, message: str) -> Judged:
    """Take the values into the draft, commit, plan, and say what stands in the way.

    Raises:
        BadInput: the commit has no such file, or it gives variables that the code no longer has.
        InfragateError: by what Terraform or git say.
    """
    environment = stack.environment
    path = f"{environment.directory}/{environment.var_file}"
    if git.file_at(place, commit, path) is None:
        raise BadInput(f"revision {commit[:12]} has no {path}", where=path, fix=f"git log --oneline -- {path}")
    git.take_file(place, commit, path)
    _refuse_unknown(place, environment.directory, path)
    if not git.uncommitted(place):
        return _judged(environment.name)
    git.commit_all(place, message, author=stack.session.actor.name)
    planned = plan.run(plan.PlanRequest(stack=replace(stack, root=place)))
    return replace(_judged(environment.name), findings=tuple(pin_change.losses(planned.plan)), plan=planned)


def _judged(environment: str) -> Judged:
    return Judged(environment=environment, pins=(), moves=(), findings=(), plan=None)


def _refuse_unknown(place: Path, directory: str, path: str) -> None:
    """Terraform only warns of values for variables that are gone: the older value would be lost in silence."""
    given = hcl.values(hcl.read(place / path, name=path))
    declared = {
        block.labels[0]
        for file in hcl.read_folder(place / directory, relative_to=place)
        for block in file.of_kind("variable")
        if block.labels
    }
    unknown = sorted(set(given) - declared)
    if unknown:
        raise BadInput(
            f"that revision gives variables that the code no longer has: {', '.join(unknown)}",
            where=path,
            fix="take the values over by hand, or roll back the code with them (git revert)",
        )
