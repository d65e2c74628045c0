"""The contents of `infra/environments.yaml`: service, state backend and Environments, with all derived names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.errors import BadInput
from infragate.domain.front_doors import sections
from infragate.domain.front_doors.sections import FrontDoors
from infragate.domain.suggestions import choice

Purpose = Literal["plan", "apply", "break-glass"]
PURPOSES: tuple[Purpose, ...] = ("plan", "apply", "break-glass")
LockMode = Literal["dynamodb", "s3", "both"]
DRIFT = "drift"  # in names of the state account; no Environment can be called so
NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """The repository that may assume roles: its names, and its ids, which a rename does not change.

    Attributes:
        host: github.com, or that of a GitHub Enterprise Server.
    """

    owner: str
    repository: str
    owner_id: int
    repository_id: int
    host: str = "github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBackend:
    """Where state is stored: one account for all Environments."""

    account_id: str
    region: str
    bucket: str
    lock_table: str
    kms_alias: str
    lock: LockMode
    noncurrent_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who may assume the roles."""

    atlantis_task_role_arn: str
    break_glass_principals: tuple[str, ...]
    plan_principals: tuple[str, ...] = ()
    bootstrap_role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredCheck:
    """A health check that `checks:` declares.

    Attributes:
        url, output: of http: the address, or the name of the Stack's output that holds it; path: appended to it.
        status: of http: the expected status code.
        command: program and arguments; () for http.
    """

    name: str
    url: str = ""
    output: str = ""
    path: str = ""
    status: int = 200
    command: tuple[str, ...] = ()
    timeout_seconds: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A named target: one account, one Stack, three roles.

    Attributes:
        strict: Terraform's warnings fail a plan or apply.
    """

    name: str
    service: str
    account_id: str
    region: str
    directory: str
    protected: bool
    strict: bool
    owners: tuple[str, ...]
    state: StateBackend
    checks: tuple[DeclaredCheck, ...] = ()

    @property
    def prefix(self) -> str:
        """The prefix of all resource names in this Environment."""
        return f"{self.service}-{self.name}"

    @property
    def state_prefix(self) -> str:
        """Folder of this Environment in the state bucket."""
        return f"{self.service}/{self.name}"

    @property
    def state_key(self) -> str:
        """Object key of the state."""
        return f"{self.state_prefix}/terraform.tfstate"

    @property
    def external_id(self) -> str:
        """The ExternalId in the roles' trust policies (against confused deputies)."""
        return self.prefix

    @property
    def var_file(self) -> str:
        """The tfvars file inside `directory`."""
        return f"{self.name}.tfvars"

    def role_arn(self, purpose: Purpose) -> str:
        """The role in this Environment's account."""
        return f"arn:aws:iam::{self.account_id}:role/{self.prefix}-{purpose}"

    def state_role_arn(self, purpose: Purpose) -> str:
        """The role in the state account that only `role_arn(purpose)` may assume."""
        return f"arn:aws:iam::{self.state.account_id}:role/{self.prefix}-state-{purpose}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The contents of `infra/environments.yaml`."""

    org: str
    service: str
    owner: str
    region: str
    github: GitHub
    state: StateBackend
    callers: Callers
    environments: tuple[Environment, ...]
    file: str
    front_doors: FrontDoors = sections.NONE

    @property
    def drift_role(self) -> str:
        """The role in the state account that keeps the records of drift; its ExternalId is the same word."""
        return f"{self.service}-{DRIFT}"

    @property
    def drift_role_arn(self) -> str:
        return f"arn:aws:iam::{self.state.account_id}:role/{self.drift_role}"

    @property
    def drift_prefix(self) -> str:
        """The folder of these records in the state bucket."""
        return f"{self.service}/{DRIFT}"

    @property
    def names(self) -> tuple[str, ...]:
        """The Environments' names, in file order."""
        return tuple(environment.name for environment in self.environments)

    def environment(self, name: str) -> Environment:
        """The named Environment.

        Raises:
            BadInput: no such Environment; the nearest name is suggested.
        """
        for environment in self.environments:
            if environment.name == name:
                return environment
        valid = NAME.fullmatch(name) is not None
        raise BadInput(
            f"unknown environment {name!r}"
            if valid
            else "not an Environment name: a-z, 0-9 and -, at most 16 characters",
            where=self.file,
            fix=choice(name, self.names, flag="--env "),
        )


def project(document: Mapping[str, Any], *, file: str) -> Project:
    """The Project of a document that matches its JSON Schema.

    Raises:
        BadInput: two Environments share an account, one is in the state account, or one has a name that is taken.
    """
    state = StateBackend(
        **{"lock": "dynamodb", "noncurrent_days": 365, "region": document["region"], **document["state"]}
    )
    environments = tuple(_environment(name, entry, document, state) for name, entry in document["environments"].items())
    _distinct_accounts(environments, file)
    if DRIFT in document["environments"]:
        message = (
            f"no environment can be called {DRIFT}: its folder in the state bucket is that of the records of drift"
        )
        raise BadInput(message, where=file, fix="give it another name")
    callers = document["callers"]
    return Project(
        org=document["org"],
        service=document["service"],
        owner=document["owner"],
        region=document["region"],
        github=GitHub(**document["github"]),
        state=state,
        callers=Callers(
            atlantis_task_role_arn=callers["atlantis_task_role_arn"],
            break_glass_principals=tuple(callers["break_glass_principals"]),
            plan_principals=tuple(callers.get("plan_principals", ())),
            bootstrap_role_name=callers.get("bootstrap_role_name", "OrganizationAccountAccessRole"),
        ),
        environments=environments,
        file=file,
        front_doors=sections.read(document),
    )


def _check(entry: Mapping[str, Any]) -> DeclaredCheck:
    return DeclaredCheck(
        name=entry["name"],
        **entry.get("http", {}),
        command=tuple(entry.get("command", ())),
        **({"timeout_seconds": entry["timeout_seconds"]} if "timeout_seconds" in entry else {}),
    )


def _environment(name: str, entry: Mapping[str, Any], document: Mapping[str, Any], state: StateBackend) -> Environment:
    return Environment(
        name=name,
        service=document["service"],
        account_id=entry["account_id"],
        region=entry.get("region", document["region"]),
        directory=entry.get("directory", f"infra/envs/{name}"),
        protected=entry.get("protected", False),
        strict=entry.get("strict", False),
        owners=tuple(entry.get("owners", ())),
        state=state,
        checks=tuple(_check(check) for check in entry.get("checks", ())),
    )


def _distinct_accounts(environments: tuple[Environment, ...], file: str) -> None:
    names: dict[str, str] = {}
    for environment in environments:
        if environment.account_id == environment.state.account_id:
            raise BadInput(
                f"environment {environment.name} is in the state account {environment.account_id}",
                where=file,
                fix="give it an account of its own",
            )
        if environment.account_id in names:
            raise BadInput(
                f"environments {names[environment.account_id]} and {environment.name} share account {environment.account_id}",
                where=file,
                fix="give each its own account",
            )
        names[environment.account_id] = environment.name
