"""The inputs of a plan as they are now: `plan` stores them in the Manifest, `apply` compares them with it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infragate import __version__
from infragate.adapters import git
from infragate.adapters.aws.state_store import StateVersion
from infragate.adapters.local import files, tree_digest
from infragate.adapters.modules import module_list
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain.environment import Purpose
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """The files of one plan: Terraform's plan file, its JSON, and the Manifest."""

    plan: Path
    json: Path
    manifest: Path

    @property
    def all(self) -> tuple[Path, ...]:
        return (self.plan, self.json, self.manifest)


def plan_files(stack: Stack, out: Path | None = None) -> PlanFiles:
    """The paths of a plan: `out` and beside it, else in the checkout's state folder."""
    plan = (out or stack.local_folder / "plan.tfplan").absolute()
    return PlanFiles(
        plan=plan,
        json=plan.with_name(plan.name + ".json"),
        manifest=plan.with_name(plan.name + ".manifest.json"),
    )


def static(stack: Stack, planner: Purpose) -> dict[str, Any]:
    """The inputs known before `init`: Environment, the planner's roles, commit, digests of single files.

    Raises:
        BadInput: a file cannot be read. ToolFailed: git is missing or refuses the checkout.
    """
    environment, root = stack.environment, stack.root
    return {
        "environment": environment.name,
        "cloud": stack.session.cloud.name,
        "account_id": environment.account_id,
        "region": environment.region,
        "directory": environment.directory,
        "state_key": environment.state_key,
        "role": environment.role_arn(planner),
        "state_role": environment.state_role_arn(planner),
        "commit": git.head_commit(root),
        "tfvars": _sha256(stack.folder / environment.var_file),
        "provider_lock": _sha256(stack.folder / LOCK_FILE),
        "module_lock": _sha256(root / "infra" / "modules.lock"),
        "environments": _sha256(root / stack.session.project.file),
        "infragate_version": __version__,
    }


def resolved(stack: Stack, leave_out: Collection[Path], outside: Collection[Path]) -> dict[str, Any]:
    """The inputs known after `init`: the resolved modules, and the digest of the files of the Stack and its local modules.

    Args:
        outside: files of the checkout that their code reads outside of these folders.
    """
    modules, local = module_list.resolved(stack.terraform_data, stack.folder)
    digest = tree(stack, local, outside, leave_out=leave_out)
    return {"modules": modules, "tree": digest, "terraform_version": stack.program.version}


def tree(stack: Stack, local: Iterable[Path], outside: Collection[Path], *, leave_out: Collection[Path] = ()) -> str:
    """The digest of the files of the Stack, of its local modules, and of what their code reads outside of them."""
    digest = tree_digest.digest([stack.folder, *local], relative_to=stack.root, leave_out=leave_out)
    if not outside:
        return digest
    return tree_digest.of_rows(
        [[digest], *(tree_digest.row(os.path.relpath(path, stack.root), path) for path in outside)]
    )


def copies(stack: Stack, planned: PlanFiles) -> list[Path]:
    """Copies of a plan's JSON that `plan --show` has written into the folders of the Stack."""
    size, digest = planned.json.stat().st_size, files.sha256(planned.json)
    local = module_list.local_folders(stack.terraform_data, stack.folder)
    return [
        path
        for folder in (stack.folder, *local)
        for path in folder.rglob("*")
        if not path.is_symlink() and path.is_file() and path.stat().st_size == size and files.sha256(path) == digest
    ]


def of_state(state: StateVersion | None) -> dict[str, Any]:
    """Lineage and serial; None and -1 if there is no state yet."""
    return {"state_lineage": state.lineage if state else None, "state_serial": state.serial if state else -1}


def of_files(planned: PlanFiles) -> dict[str, Any]:
    """Digests of the plan file and of its JSON."""
    return {"plan_sha256": files.sha256(planned.plan), "plan_json_sha256": files.sha256(planned.json)}


def _sha256(path: Path) -> str | None:
    return files.sha256(path) if path.is_file() else None
