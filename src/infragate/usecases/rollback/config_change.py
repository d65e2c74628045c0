"""`config-rollback`: only `<env>.tfvars` goes back to an older commit."""

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
    """Resolve a revision to its commit id."""
    environment = stack.environment
    commit = git.revision(stack.root, revision)
    if commit is None:
        raise BadInput(
            f"unknown revision {revision[:80]!r}",
            where=str(stack.root),
            fix=f"git log --oneline -- {environment.directory}/{environment.var_file}",
        )
    return commit


def judge(stack: Stack, commit: str, place: Path, message: str) -> Judged:
    """Restore the file in the draft, commit, plan and judge it.

    Raises:
        BadInput: the commit has no such file, or it sets variables that the code no longer declares.
        InfragateError: as `plan.run`.
    """
    environment = stack.environment
    path = f"{environment.directory}/{environment.var_file}"
    if git.file_at(place, commit, path) is None:
        raise BadInput(f"revision {commit[:12]} has no {path}", where=path, fix=f"git log --oneline -- {path}")
    git.run(place, "checkout", "--quiet", commit, "--", path)
    _refuse_unknown(place, environment.directory, path)
    judged = Judged(environment=environment.name)
    if not git.uncommitted(place):
        return judged
    committed = git.commit_all(place, message, author=stack.session.actor.name)
    planned = plan.run(plan.PlanRequest(stack=replace(stack, root=place)))
    return replace(judged, findings=tuple(pin_change.losses(planned.plan)), plan=planned, commit=committed)


def _refuse_unknown(place: Path, directory: str, path: str) -> None:
    """Terraform only warns about values for undeclared variables: the older value would be lost unnoticed."""
    values = hcl.values(hcl.read(place / path, name=path))
    declared = {
        block.labels[0]
        for file in hcl.read_folder(place / directory, relative_to=place)
        for block in file.of_kind("variable")
        if block.labels
    }
    if unknown := sorted(set(values) - declared):
        raise BadInput(
            f"that revision sets variables that the code no longer declares: {', '.join(unknown)}",
            where=path,
            fix="copy the values by hand, or roll back the code with them (git revert)",
        )
