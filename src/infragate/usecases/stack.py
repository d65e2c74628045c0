"""Everything a verb needs to run Terraform on one Stack, opened and closed in one place."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from infragate.adapters import git
from infragate.adapters.aws import aws_profiles
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.local import change_set, clock, files, own_folder, settings
from infragate.adapters.local.settings import Actor
from infragate.adapters.modules import module_checkouts
from infragate.adapters.terraform import init_stamp, provider_source
from infragate.adapters.terraform.cli import Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain.cloud import Cloud
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import BadInput, Integrity
from infragate.usecases import access as access_module
from infragate.usecases import tools_install
from infragate.usecases.access import Access, AccessRequest, Mfa

ERRORED_STATE = "errored.tfstate"  # Terraform's own name for a state that it could not save
# Settings of the s3 backend that may stand in the code: where the state lies and how it is locked. Any other would send
# it to another place (endpoints) or under another identity (assume_role, access_key).
BACKEND_SETTINGS = frozenset(
    "bucket key region encrypt kms_key_id profile use_lockfile dynamodb_table max_retries retry_mode".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRequest:
    """One Stack, as whom, and how to speak meanwhile.

    Attributes:
        say: progress; warn: what should be read and does not stop the run.
    """

    root: Path
    project: Project
    environment: Environment
    purpose: Purpose
    cloud: Cloud
    actor: Actor
    say: Say
    warn: Say
    mfa: Mfa | None = None

    @property
    def folder(self) -> Path:
        """The Stack's folder."""
        return self.root / self.environment.directory

    @property
    def access(self) -> AccessRequest:
        """Whose keys it needs."""
        return AccessRequest(
            environment=self.environment, purpose=self.purpose, cloud=self.cloud, actor=self.actor, mfa=self.mfa
        )

    @property
    def state_folder(self) -> Path:
        """Where this checkout keeps what belongs to this Environment in this cloud."""
        return own_folder.of(self.root) / self.cloud.name / self.environment.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """An open Stack: Terraform with credentials, and its part of the state account."""

    request: StackRequest
    terraform: Terraform
    terraform_version: str
    store: StateStore
    access: Access
    data_folder: Path

    def renewed_store(self) -> StateStore:
        """The state store with keys that still last, for what is written after a long apply."""
        ends = self.access.state.expires
        if ends is None or ends - clock.now() > timedelta(minutes=5) or not self.access.renewable:
            return self.store
        return replace(self.store, credentials=access_module.obtain(self.request.access).state)

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
        module_checkouts.forget_stale(self.data_folder / "terraform", self.request.folder, root=self.request.root)
        backend, stamp = backend_settings(self.request.environment), self.data_folder / "init.stamp"
        runs = anew or not init_stamp.holds(stamp, init_stamp.of(self.terraform, backend))
        if runs:
            init_stamp.keep(stamp, None)
            self.request.say("terraform init")
            self.terraform.init(backend, say=self.request.say)
            init_stamp.keep(stamp, init_stamp.of(self.terraform, backend))
        _refuse_another_backend(self.request.environment, *self.terraform.backend())
        return runs


def refuse_errored_state(request: StackRequest) -> None:
    """What an apply has made and could not save is missing in the state: a plan would make it a second time.

    Raises:
        Integrity: there is such a file.
    """
    if (left := errored_state(request.root, request.environment)) is not None:
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


@contextmanager
def opened(request: StackRequest) -> Iterator[Stack]:
    """Find Terraform, take the roles, and hand out the Stack; keys are gone afterwards.

    Raises:
        BadInput: the Stack's folder is not complete, or the commit brings a state folder of infragate.
        Integrity: a change of pins was interrupted.
        ToolFailed: no Terraform.
        RemoteFailed, Integrity: the roles could not be had, or are in another account.
    """
    _complete(request)
    own_folder.refuse_committed(request.root)
    change_set.refuse_interrupted(request.root)
    found = tools_install.ready("terraform", request.root, say=request.say)
    access = access_module.obtain(request.access)
    own = files.private_folder(request.state_folder)
    data = files.private_folder(own / request.purpose)
    with aws_profiles.profiles(
        own / "runs",
        access.by_profile,
        region=request.environment.region,
        renew=access_module.renewal(request.access, access),
        warn=request.warn,
    ) as profiles:
        environment = settings.child_environment(
            **{**profiles, **request.cloud.variables, **_terraform_settings(request, data)}
        )
        yield Stack(
            request=request,
            terraform=Terraform(
                program=found.path,
                folder=request.folder,
                environment=environment,
                where=request.environment.directory,
            ),
            terraform_version=found.version,
            store=StateStore(environment=request.environment, cloud=request.cloud, credentials=access.state),
            access=access,
            data_folder=data,
        )


def _complete(request: StackRequest) -> None:
    where, name = request.environment.directory, request.environment.name
    if not request.folder.is_dir():
        if git.tracks(request.root, where):
            raise BadInput(f"the folder of environment {name} is gone", where=where, fix=f"git checkout -- {where}")
        written = [one.directory for one in request.project.environments if (request.root / one.directory).is_dir()]
        raise BadInput(
            f"environment {name} has no Stack yet: infra/environments.yaml names a folder that is not there",
            where=where,
            fix=f"write one after {written[0]}, in a pull request" if written else "write one, in a pull request",
        )
    for needed in (request.environment.var_file, LOCK_FILE):
        if not (request.folder / needed).is_file():
            raise BadInput(f"environment {name} has no {needed}", where=where, fix=f"git checkout {where}/{needed}")


def _terraform_settings(request: StackRequest, data: Path) -> dict[str, str]:
    return {
        "TF_DATA_DIR": str(data / "terraform"),
        "TF_CLI_CONFIG_FILE": str(provider_source.cli_file(request.folder, request.state_folder)),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        # The data folder remembers a workspace; in another one the state has another key than the one looked up.
        "TF_WORKSPACE": "default",
        "CHECKPOINT_DISABLE": "1",
    }
