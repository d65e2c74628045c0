"""The session of a bootstrap run: Terraform, an administrator's session in each account, the private folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import infragate
from infragate.adapters.aws import aws_api, aws_profiles
from infragate.adapters.aws.inventory import Inventory
from infragate.adapters.local import files, locks, own_folder, policy_templates
from infragate.adapters.local.settings import Actor
from infragate.adapters.tools.tool_store import Located
from infragate.domain.bootstrap import bootstrap_inputs, bootstrap_resources, role_policies
from infragate.domain.bootstrap.role_policies import Templates
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput, Locked
from infragate.usecases import tools_install
from infragate.usecases.bootstrap import bootstrap_root
from infragate.usecases.bootstrap.bootstrap_root import SOURCES, Root, Workplace
from infragate.usecases.session import calling_as, session_name
from infragate.usecases.stack import stated_isolation, terraform_in

STATE = "state"
UNKNOWN_KEY = "arn:aws:kms:unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapRequest:
    """The accounts to set up, and how.

    Attributes:
        environment: set up the state account and this Environment's; None for all.
        plan_only: show the plans, change nothing.
        accept_differences: bring existing resources to the standard.
        confirm: called once before the first change, with one line for each kind of change; False ends the run.
    """

    root: Path
    project: Project
    cloud: Cloud
    actor: Actor
    say: Say
    warn: Say
    confirm: Callable[[Sequence[str]], bool]
    environment: str | None = None
    plan_only: bool = False
    accept_differences: bool = False

    @property
    def environments(self) -> tuple[Environment, ...]:
        """The Environments whose accounts are set up beside the state account.

        Raises:
            BadInput: no Environment of that name, or an Environment has the name of the state account's root.
        """
        project = self.project
        if STATE in project.names:
            raise BadInput("no Environment can be named state", where=project.file, fix="choose another name")
        return (project.environment(self.environment),) if self.environment else project.environments


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The existing state backend; without the lock table (`has_table`) a file in the bucket is the lock."""

    key_arn: str
    has_table: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapSession:
    """An open run.

    Attributes:
        profiles: the variables that name the private AWS config file.
        administrators: their keys, by AWS profile.
    """

    request: BootstrapRequest
    program: Located
    folder: Path
    profiles: Mapping[str, str]
    administrators: Mapping[str, Credentials]

    def workplace(self, root: Root) -> Workplace:
        """A new private copy of a root."""
        folder = self.folder / root.name
        variables = bootstrap_inputs.bootstrap_variables(self.request.project, version=infragate.__version__)
        work = bootstrap_root.copy(self.request.root, root, folder, variables)
        return Workplace(
            root=root,
            folder=folder,
            terraform=terraform_in(
                work,
                root=work,
                program=self.program,
                data_folder=folder / "terraform",
                backend_folder=folder,
                where=str(SOURCES / root.source),
                variables={
                    **self.profiles,
                    **self.request.cloud.variables,
                    "AWS_PROFILE": profile(root.account_id),
                },
            ),
            inventory=self.inventory(root.account_id, root.region),
            say=self.request.say,
        )

    def inventory(self, account_id: str, region: str) -> Inventory:
        """What an account has."""
        return Inventory(cloud=self.request.cloud, region=region, credentials=self.administrators[profile(account_id)])

    def backend(self, standing: Backend, root: Root) -> dict[str, str]:
        """`-backend-config` of bootstrap's own state."""
        state = self.request.project.state
        in_table = state.lock in ("dynamodb", "both") and standing.has_table
        return {
            "bucket": state.bucket,
            "region": state.region,
            "key": root.state_key,
            "kms_key_id": standing.key_arn,
            "profile": profile(state.account_id),
            "use_lockfile": "true" if state.lock in ("s3", "both") or not in_table else "false",
            "dynamodb_table": state.lock_table if in_table else "",
        }


def profile(account_id: str) -> str:
    """Name of an administrator's profile in the private AWS config file."""
    return f"infragate-bootstrap-{account_id}"


@contextmanager
def opened(request: BootstrapRequest) -> Iterator[BootstrapSession]:
    """Take the administrator's role in every account that is concerned; keys are gone afterwards.

    Raises:
        BadInput: infragate's folder cannot be created.
        ToolFailed: no Terraform.
        RemoteFailed, Integrity: a role could not be had, or is in another account.
        Locked: another bootstrap runs in this checkout.
    """
    stated_isolation(request.warn)
    folder = files.private_folder(own_folder.of(request.root) / request.cloud.name / "bootstrap")
    program = tools_install.ready("terraform", request.root, say=request.say)
    busy = Locked(
        "another bootstrap runs in this checkout", where=str(folder), fix="wait for it to end, then run it again"
    )
    with locks.hold(folder / "lock", lambda: busy):
        administrators = _administrators(request)
        with aws_profiles.profiles(
            folder / "runs",
            administrators,
            region=request.project.region,
            renew=lambda: _administrators(request),
            warn=request.warn,
        ) as profiles:
            yield BootstrapSession(
                request=request,
                program=program,
                folder=folder,
                profiles=profiles,
                administrators=administrators,
            )


def _administrators(request: BootstrapRequest) -> dict[str, Credentials]:
    accounts = [request.project.state.account_id, *(one.account_id for one in request.environments)]
    return {profile(account): _administrator(request, account) for account in accounts}


def _administrator(request: BootstrapRequest, account_id: str) -> Credentials:
    """The bootstrap role of an account; the caller's own session when it is that role already."""
    project, cloud = request.project, request.cloud
    if (administrator := cloud.administrator(account_id)) is not None:
        return administrator
    role = f"arn:aws:iam::{account_id}:role/{project.callers.bootstrap_role_name}"
    is_role, caller = calling_as(role, cloud=cloud, region=project.region)
    if is_role:
        return caller
    return aws_api.assume_role(
        role, cloud=cloud, region=project.region, session_name=session_name(request.actor), credentials=caller
    )


def roots(request: BootstrapRequest) -> tuple[Root, tuple[Root, ...]]:
    """The root of the state account, and one for each Environment."""
    project, templates = request.project, policy_templates.read(request.root)
    state_spec = role_policies.state_account(project, templates, kms_key_arn=UNKNOWN_KEY)
    state = Root(
        name=STATE,
        source="state",
        account_id=project.state.account_id,
        region=project.state.region,
        state_key="bootstrap/state/terraform.tfstate",
        options=(),
        resources=bootstrap_resources.state_resources(project, state_spec),
        known=role_policies.key_statements(project, templates),
    )
    return state, tuple(_environment_root(request, one, templates) for one in request.environments)


def _environment_root(request: BootstrapRequest, environment: Environment, templates: Templates) -> Root:
    spec = role_policies.environment_account(request.project, environment, templates)
    return Root(
        name=environment.name,
        source="environment",
        account_id=environment.account_id,
        region=environment.region,
        state_key=f"bootstrap/{environment.name}/terraform.tfstate",
        options=(f"-var=environment={environment.name}",),
        resources=bootstrap_resources.environment_resources(environment.prefix, spec),
    )
