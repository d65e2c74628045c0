"""Roles, trust, boundary, bucket and key policies: made from the templates in `infra/bootstrap/policies`.

Terraform renders the same files with `templatefile()`. Both sides know `${name}` and `$${` (a literal `${`) and nothing
else, so what the sandbox seeds is what `bootstrap-backend` applies. Pure: the caller reads the files.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from infragate.domain.environment import PURPOSES, Environment, Project, Purpose
from infragate.domain.errors import BadInput

Document = Mapping[str, Any]
Templates = Mapping[str, str]

TEMPLATE_SUFFIX = ".json.tftpl"
TEMPLATE_NAMES = (
    "boundary",
    "break-glass",
    "lock-file",
    "lock-table-read",
    "lock-table-write",
    "pipeline-compute",
    "pipeline-data",
    "pipeline-iam",
    "pipeline-network",
    "pipeline-read",
    "state-break-glass",
    "state-bucket",
    "state-key",
    "state-key-environment",
    "state-read",
    "state-role",
    "state-write",
    "trust-apply",
    "trust-break-glass",
    "trust-plan",
    "trust-state",
)

OIDC_URL = "https://token.actions.githubusercontent.com"
OIDC_AUDIENCE = "sts.amazonaws.com"
# AWS ends a chained session after an hour whatever the role says; nobody needs a longer unchained one.
MAX_SESSION_SECONDS = 3600
SERVICE_LINKED_ROLES = (
    "ecs.amazonaws.com",
    "ecs.application-autoscaling.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "rds.amazonaws.com",
)

# Managed, not inline: a role's inline policies share 10,240 characters, a managed policy has 6,144 of its own.
_CHANGE = ("pipeline-compute", "pipeline-data", "pipeline-iam", "pipeline-network")
_MANAGED: Mapping[Purpose, tuple[str, ...]] = {
    "plan": ("pipeline-read",),
    "apply": ("pipeline-read", *_CHANGE),
    "break-glass": ("pipeline-read", *_CHANGE),
}
_INLINE: Mapping[Purpose, tuple[str, ...]] = {
    "plan": ("state-role",),
    "apply": ("state-role",),
    "break-glass": ("state-role", "break-glass"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """One policy document under the name that it has in AWS."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSpec:
    """A role as it must be.

    Attributes:
        trust: the assume-role policy document.
        inline: the role's own policies; AWS allows 10,240 characters for their sum (IAM user guide, 'IAM and STS quotas').
        managed: ARNs of the customer managed policies to attach.
        boundary: ARN of the permissions boundary, or None.
        max_session_seconds: `MaxSessionDuration`.
        environment: the Environment served; becomes the tag `env`.
    """

    name: str
    account_id: str
    trust: Document
    inline: tuple[PolicySpec, ...]
    managed: tuple[str, ...]
    boundary: str | None
    max_session_seconds: int
    environment: str

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return f"arn:aws:iam::{self.account_id}:role/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """All IAM things that bootstrap makes in one account, in the order of making: provider, policies, roles."""

    account_id: str
    oidc_url: str
    oidc_audience: str
    service_linked_roles: tuple[str, ...]
    policies: tuple[PolicySpec, ...]
    roles: tuple[RoleSpec, ...]

    def policy_arn(self, name: str) -> str:
        """ARN of one of `policies`."""
        return f"arn:aws:iam::{self.account_id}:policy/{name}"


def environment_account(project: Project, environment: Environment, templates: Templates) -> AccountSpec:
    """What an Environment's account holds: boundary, pipeline policies, and the roles plan, apply, break-glass.

    Args:
        templates: text by name (`TEMPLATE_NAMES`, the file name without `TEMPLATE_SUFFIX`).

    Raises:
        BadInput: a template is missing, names an unknown variable or is no JSON.
    """
    values = environment_values(project, environment)
    names = ("boundary", "pipeline-read", *_CHANGE)
    return AccountSpec(
        account_id=environment.account_id,
        oidc_url=OIDC_URL,
        oidc_audience=OIDC_AUDIENCE,
        service_linked_roles=SERVICE_LINKED_ROLES,
        policies=tuple(
            PolicySpec(name=f"{environment.prefix}-{name}", document=render(name, templates, values)) for name in names
        ),
        roles=tuple(_environment_role(purpose, environment, templates, values) for purpose in PURPOSES),
    )


def _environment_role(
    purpose: Purpose, environment: Environment, templates: Templates, values: Mapping[str, str]
) -> RoleSpec:
    policy = f"arn:aws:iam::{environment.account_id}:policy/{environment.prefix}"
    own = {**values, "purpose": purpose}
    return RoleSpec(
        name=f"{environment.prefix}-{purpose}",
        account_id=environment.account_id,
        trust=render(f"trust-{purpose}", templates, own),
        inline=_inline(_INLINE[purpose], templates, own),
        managed=tuple(f"{policy}-{name}" for name in _MANAGED[purpose]),
        boundary=None if purpose == "plan" else f"{policy}-boundary",
        max_session_seconds=MAX_SESSION_SECONDS,
        environment=environment.name,
    )


def state_account(project: Project, templates: Templates, *, kms_key_arn: str) -> AccountSpec:
    """What the state account holds beside bucket, table and key: three state roles for each Environment.

    Raises:
        BadInput: as `environment_account`.
    """
    roles = tuple(
        _state_role(purpose, project, environment, templates, kms_key_arn)
        for environment in project.environments
        for purpose in PURPOSES
    )
    return AccountSpec(
        account_id=project.state.account_id,
        oidc_url=OIDC_URL,
        oidc_audience=OIDC_AUDIENCE,
        service_linked_roles=(),
        policies=(),
        roles=roles,
    )


def _state_role(
    purpose: Purpose, project: Project, environment: Environment, templates: Templates, kms_key_arn: str
) -> RoleSpec:
    values = {**environment_values(project, environment), "purpose": purpose, "kms_key_arn": kms_key_arn}
    return RoleSpec(
        name=f"{environment.prefix}-state-{purpose}",
        account_id=project.state.account_id,
        trust=render("trust-state", templates, values),
        inline=_inline(state_policy_names(purpose, project.state.lock), templates, values),
        managed=(),
        boundary=None,
        max_session_seconds=MAX_SESSION_SECONDS,
        environment=environment.name,
    )


def state_policy_names(purpose: Purpose, lock: str) -> tuple[str, ...]:
    """The templates of a state role. A plan writes nothing, not even a lock; the mode says which locks exist."""
    table, file = lock in ("dynamodb", "both"), lock in ("s3", "both")
    names = ["state-read"]
    if table:
        names.append("lock-table-read")
    if purpose != "plan":
        names.append("state-write")
        names += ["lock-table-write"] if table else []
        names += ["lock-file"] if file else []
    if purpose == "break-glass":
        names.append("state-break-glass")
    return tuple(names)


def key_policy(project: Project, templates: Templates) -> Document:
    """The policy of the state key: administration, bootstrap's own state, lock table, every prefix.

    Raises:
        BadInput: as `environment_account`.
    """
    statements = render("state-key", templates, _project_values(project))["Statement"]
    return {"Version": "2012-10-17", "Statement": [*statements, *environment_key_statements(project, templates)]}


def environment_key_statements(project: Project, templates: Templates) -> tuple[Document, ...]:
    """The part of `key_policy` that lets each Environment's state roles use the key for their own prefix.

    Raises:
        BadInput: as `environment_account`.
    """
    return tuple(
        statement
        for environment in project.environments
        for statement in render("state-key-environment", templates, environment_values(project, environment))[
            "Statement"
        ]
    )


def bucket_policy(project: Project, templates: Templates, *, kms_key_arn: str) -> Document:
    """The policy of the state bucket; it only denies.

    Raises:
        BadInput: as `environment_account`.
    """
    return render("state-bucket", templates, {**_project_values(project), "kms_key_arn": kms_key_arn})


def environment_values(project: Project, environment: Environment) -> Mapping[str, str]:
    """What the templates of one Environment may name, except `purpose` and `kms_key_arn`."""
    return {
        **_project_values(project),
        "environment": environment.name,
        "account_id": environment.account_id,
        "region": environment.region,
        "prefix": environment.prefix,
        "external_id": environment.external_id,
        "state_prefix": environment.state_prefix,
        "state_key": environment.state_key,
    }


def _project_values(project: Project) -> Mapping[str, str]:
    github, state = project.github, project.state
    return {
        "service": project.service,
        "state_region": state.region,
        "state_account_id": state.account_id,
        "bucket": state.bucket,
        "lock_table": state.lock_table,
        "kms_alias": state.kms_alias,
        "atlantis_task_role_arn": project.callers.atlantis_task_role_arn,
        "bootstrap_role_name": project.callers.bootstrap_role_name,
        "break_glass_principals_json": json.dumps(list(project.callers.break_glass_principals)),
        "github_name": f"{github.owner}/{github.repository}",
        "github_name_with_ids": f"{github.owner}@{github.owner_id}/{github.repository}@{github.repository_id}",
    }


def render(name: str, templates: Templates, values: Mapping[str, str]) -> Document:
    """One policy document.

    Raises:
        BadInput: the template is missing, names a variable that is not in `values`, or renders to something that is
            no JSON object.
    """
    broken = functools.partial(
        BadInput, where=f"infra/bootstrap/policies/{name}{TEMPLATE_SUFFIX}", fix="restore the file from git"
    )
    try:
        document = json.loads(Template(templates[name]).substitute(values))
    except KeyError as unknown:
        raise broken(f"missing template or variable {unknown}") from None
    except ValueError as error:
        raise broken(f"no policy document: {error}") from None
    if not isinstance(document, dict):
        raise broken("no policy document: not a JSON object")
    return document


def _inline(names: tuple[str, ...], templates: Templates, values: Mapping[str, str]) -> tuple[PolicySpec, ...]:
    return tuple(PolicySpec(name=name, document=render(name, templates, values)) for name in names)
