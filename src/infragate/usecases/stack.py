"""A Stack: one Terraform root in one Environment, in the checkout or in a draft of it, under one session."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infragate.adapters import git
from infragate.adapters.aws import aws_profiles
from infragate.adapters.local import change_set, files, own_folder, settings
from infragate.adapters.modules import module_checkouts
from infragate.adapters.terraform import init_stamp, provider_source
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.adapters.tools.tool_store import Located
from infragate.domain.command import Say
from infragate.domain.environment import Environment
from infragate.domain.errors import BadInput, Integrity
from infragate.usecases import tools_install
from infragate.usecases.session import Session

ERRORED_STATE = "errored.tfstate"  # Terraform's own name for a state that it could not save
# Settings of the s3 backend that may stand in the code: where the state lies and how it is locked. Any other would send
# it to another place (endpoints) or under another identity (assume_role, access_key).
BACKEND_SETTINGS = frozenset(
    "bucket key region encrypt kms_key_id profile use_lockfile dynamodb_table max_retries retry_mode".split()
)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """What `plan` and `apply` work on.

    Attributes:
        root: the checkout, or a draft of it.
    """

    session: Session
    root: Path

    @property
    def environment(self) -> Environment:
        """The Environment."""
        return self.session.environment

    @property
    def say(self) -> Say:
        """Where progress is told."""
        return self.session.say

    @property
    def folder(self) -> Path:
        """The folder of its code."""
        return self.root / self.environment.directory

    @property
    def local_folder(self) -> Path:
        """Where `root` keeps what belongs to this Environment in this cloud: plans, notes, Terraform's data."""
        return self.session.folder(self.root)

    @cached_property
    def data_folder(self) -> Path:
        """What belongs to this purpose alone."""
        return files.private_folder(self.local_folder / self.session.purpose)

    @property
    def terraform_data(self) -> Path:
        """TF_DATA_DIR: fetched modules, linked providers, the connected backend."""
        return self.data_folder / "terraform"

    @cached_property
    def program(self) -> Located:
        """Terraform, in the pinned version.

        Raises:
            ToolFailed: it is not here and could not be had.
        """
        return tools_install.ready("terraform", self.root, say=self.say)

    @cached_property
    def terraform(self) -> Terraform:
        """Terraform in this folder with the session's keys.

        Raises:
            BadInput: the folder is not complete.
            Integrity: a change of pins was interrupted.
            ToolFailed: no Terraform.
            RemoteFailed, Integrity: the roles could not be had, or are in another account.
        """
        _refuse_incomplete(self)
        change_set.refuse_interrupted(self.root)
        return terraform_in(
            self.folder,
            program=self.program,
            data_folder=self.terraform_data,
            where=self.environment.directory,
            variables=self.session.variables,
        )

    def prepare(self) -> Terraform:
        """Find Terraform and take the roles now, so that what fails here fails before anything is written.

        Raises:
            InfragateError: as `terraform`.
        """
        return self.terraform

    def init(self, *, anew: bool = True) -> bool:
        """Modules, providers and backend.

        Args:
            anew: run `terraform init` also when nothing that it depends on has changed since the last one.

        Returns:
            True if it was run.

        Raises:
            InfragateError: by what Terraform's diagnostics mean.
            BadInput: the code keeps its state somewhere else than environments.yaml says.
        """
        module_checkouts.forget_stale(self.terraform_data, self.folder, root=self.root)
        backend, stamp = backend_settings(self.environment), self.data_folder / "init.stamp"
        runs = anew or not init_stamp.holds(stamp, init_stamp.of(self.terraform, backend))
        if runs:
            init_stamp.keep(stamp, None)
            self.say("terraform init")
            self.terraform.init(backend, say=self.say)
            init_stamp.keep(stamp, init_stamp.of(self.terraform, backend))
        _refuse_another_backend(self.environment, *self.terraform.backend())
        return runs


def terraform_in(
    folder: Path, *, program: Located, data_folder: Path, where: str, variables: Mapping[str, str]
) -> Terraform:
    """Terraform on a root folder; the environment that every run of it gets is decided here.

    Args:
        data_folder: TF_DATA_DIR; the generated CLI configuration lies beside it.
        where: how messages name the folder.
        variables: of the cloud, and of the AWS profiles where there are any.

    Raises:
        BadInput: as `provider_source.cli_file`.
    """
    own = {
        "TF_DATA_DIR": str(data_folder),
        "TF_CLI_CONFIG_FILE": str(provider_source.cli_file(folder, data_folder.parent)),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        # The data folder remembers a workspace; in another one the state has another key than the one looked up.
        "TF_WORKSPACE": "default",
        "CHECKPOINT_DISABLE": "1",
    }
    environment = settings.child_environment(**{**variables, **own})
    return Terraform(program=program.path, folder=folder, environment=environment, where=where)


def refuse_errored_state(stack: Stack) -> None:
    """What an apply has made and could not save is missing in the state: a plan would make it a second time.

    Raises:
        Integrity: there is such a file.
    """
    if (left := errored_state(stack.root, stack.environment)) is not None:
        raise left


def errored_state(root: Path, environment: Environment) -> Integrity | None:
    """The error for a state that an apply has left in an Environment's folder, or None."""
    where = f"{environment.directory}/{ERRORED_STATE}"
    if not os.path.lexists(root / where):
        drafts = sorted((root / own_folder.NAME / "drafts").glob(f"*/{where}"))
        if not drafts:
            return None
        where = str(drafts[0].relative_to(root))  # of a rollback that was killed
    return Integrity(
        "an earlier apply could not save its state: a plan or an apply would work on an old one",
        where=where,
        fix="docs/state-backend.md, 'errored.tfstate'",
    )


def backend_settings(environment: Environment) -> dict[str, str]:
    """What `init` is told beside backend.tf: the profile, and the lock that environments.yaml asks for."""
    lock = environment.state.lock
    return {
        "profile": aws_profiles.STATE,
        "use_lockfile": "true" if lock in ("s3", "both") else "false",
        "dynamodb_table": environment.state.lock_table if lock in ("dynamodb", "both") else "",
    }


_UNSET: tuple[Any, ...] = (None, False, "", [], {})


def _refuse_another_backend(environment: Environment, kind: str, found: Mapping[str, Any]) -> None:
    """Lock, serial and snapshot are looked up where environments.yaml says; the code must mean the same place."""
    wanted: dict[str, Any] = {
        "bucket": environment.state.bucket,
        "key": environment.state_key,
        "region": environment.state.region,
        "encrypt": True,
    }
    differing = [name for name, value in wanted.items() if kind != "s3" or found.get(name) != value]
    if differing:
        said = ", ".join(f"{name} = {found.get(name)!r}" for name in differing) if kind == "s3" else f"backend {kind!r}"
        raise BadInput(
            f"the Stack keeps its state somewhere else than infra/environments.yaml says: {said}",
            where=f"{environment.directory}/backend.tf",
            fix='write backend "s3" with ' + ", ".join(f"{name} = {json.dumps(wanted[name])}" for name in differing),
        )
    foreign = sorted(name for name, value in found.items() if value not in _UNSET and name not in BACKEND_SETTINGS)
    if foreign:
        raise BadInput(
            f"the backend has settings that are decided outside the code: {', '.join(foreign)}",
            where=f"{environment.directory}/backend.tf",
            fix="remove them: infragate hands over profile and lock, everything else is the standard's",
        )


def _refuse_incomplete(stack: Stack) -> None:
    where, name = stack.environment.directory, stack.environment.name
    if not stack.folder.is_dir():
        if git.tracks(stack.root, where):
            raise BadInput(f"the folder of environment {name} is gone", where=where, fix=f"git checkout -- {where}")
        written = [one.directory for one in stack.session.project.environments if (stack.root / one.directory).is_dir()]
        raise BadInput(
            f"environment {name} has no Stack yet: infra/environments.yaml names a folder that is not there",
            where=where,
            fix=f"write one after {written[0]}, in a pull request" if written else "write one, in a pull request",
        )
    for needed in (stack.environment.var_file, LOCK_FILE):
        if not (stack.folder / needed).is_file():
            raise BadInput(f"environment {name} has no {needed}", where=where, fix=f"git checkout {where}/{needed}")
