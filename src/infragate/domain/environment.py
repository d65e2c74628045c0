"""What `infra/environments.yaml` says: the service, the state backend and the Environments, with every name derived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.errors import BadInput
from infragate.domain.suggestions import nearest

Purpose = Literal["plan", "apply", "break-glass"]
PURPOSES: tuple[Purpose, ...] = ("plan", "apply", "break-glass")
LockMode = Literal["dynamodb", "s3", "both"]
NAME = re.compile(r"[a-z][a-z0-9-]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """The repository that may ask for roles, by name and by the numbers that a rename does not change."""

    owner: str
    repository: str
    owner_id: int
    repository_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBackend:
    """Where state lives: one account for all Environments."""

    account_id: str
    region: str
    bucket: str
    lock_table: str
    kms_alias: str
    lock: LockMode
    noncurrent_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who may ask for the roles."""

    atlantis_task_role_arn: str
    break_glass_principals: tuple[str, ...]
    bootstrap_role_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A named target: one account, one Stack, three roles."""

    name: str
    service: str
    account_id: str
    region: str
    directory: str
    protected: bool
    owners: tuple[str, ...]
    state: StateBackend

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
        """The ExternalId in the trust policies of the roles (against the confused deputy)."""
        return self.prefix

    @property
    def var_file(self) -> str:
        """The tfvars file inside `directory`."""
        return f"{self.name}.tfvars"

    def role_arn(self, purpose: Purpose) -> str:
        """The role in this Environment's account."""
        return f"arn:aws:iam::{self.account_id}:role/{self.prefix}-{purpose}"

    def state_role_arn(self, purpose: Purpose) -> str:
        """The role in the state account that only `role_arn(purpose)` may take."""
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

    @property
    def names(self) -> tuple[str, ...]:
        """The Environments' names in the file's order."""
        return tuple(environment.name for environment in self.environments)

    def environment(self, name: str) -> Environment:
        """The named Environment.

        Raises:
            BadInput: no such Environment; the nearest name is suggested.
        """
        for environment in self.environments:
            if environment.name == name:
                return environment
        shown = name if NAME.fullmatch(name) else "not an Environment name (a-z, 0-9 and -, at most 16)"
        hint = nearest(name, self.names)
        raise BadInput(
            f"unknown environment {shown!r}" if NAME.fullmatch(name) else f"bad environment: {shown}",
            where=self.file,
            fix=f"did you mean --env {hint}?" if hint else f"use one of: {', '.join(self.names)}",
        )


def project(document: Mapping[str, Any], *, file: str) -> Project:
    """The typed form of a document that fits its JSON Schema.

    Raises:
        BadInput: two Environments share an account, or one is in the state account.
    """
    state = StateBackend(
        **{"lock": "dynamodb", "noncurrent_days": 365, "region": document["region"], **document["state"]}
    )
    environments = tuple(
        Environment(
            name=name,
            service=document["service"],
            account_id=entry["account_id"],
            region=entry.get("region", document["region"]),
            directory=entry.get("directory", f"infra/envs/{name}"),
            protected=entry.get("protected", False),
            owners=tuple(entry.get("owners", ())),
            state=state,
        )
        for name, entry in document["environments"].items()
    )
    _distinct_accounts(environments, file)
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
            bootstrap_role_name=callers.get("bootstrap_role_name", "OrganizationAccountAccessRole"),
        ),
        environments=environments,
        file=file,
    )


def _distinct_accounts(environments: tuple[Environment, ...], file: str) -> None:
    owner: dict[str, str] = {}
    for environment in environments:
        if environment.account_id == environment.state.account_id:
            raise BadInput(
                f"environment {environment.name} is in the state account {environment.account_id}",
                where=file,
                fix="give it an account of its own",
            )
        if environment.account_id in owner:
            raise BadInput(
                f"environments {owner[environment.account_id]} and {environment.name} share account {environment.account_id}",
                where=file,
                fix="give each its own account",
            )
        owner[environment.account_id] = environment.name
