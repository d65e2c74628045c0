"""Roles, trust, boundary, bucket and key policies, rendered from the templates in `infra/bootstrap/policies`.

Terraform renders the same files with `templatefile()`. The templates use only `${name}` and `$${` (a literal `${`), so
the sandbox seeds what `bootstrap-backend` applies. The caller reads the files. Every function that takes templates
raises BadInput if one is missing, uses an unknown variable or is not a JSON object.
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
TEMPLATE_NAMES = tuple(
    """
    boundary break-glass drift-records lock-file lock-table-read lock-table-write pipeline-compute pipeline-data
    pipeline-iam pipeline-network pipeline-read state-break-glass state-bucket state-key state-key-drift
    state-key-environment state-read state-role state-write trust-apply trust-break-glass trust-drift trust-people
    trust-plan trust-state
    """.split()
)

OIDC_URL = "https://token.actions.githubusercontent.com"
OIDC_AUDIENCE = "sts.amazonaws.com"
# AWS limits a chained session to an hour whatever the role allows; no unchained session needs to be longer.
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
    """One policy document under its name in AWS."""

    name: str
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSpec:
    """The standard for one role.

    Attributes:
        trust: the assume-role policy document.
        inline: AWS allows 10,240 characters for all inline policies together (IAM user guide, 'IAM and STS quotas').
        managed: ARNs of the customer managed policies to attach.
        boundary: ARN of the permissions boundary.
        environment: becomes the tag `env`; `state` for a role that belongs to none.
    """

    name: str
    trust: Document
    inline: tuple[PolicySpec, ...]
    managed: tuple[str, ...]
    boundary: str | None
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """The IAM resources of one account, in order of creation: provider, policies, roles."""

    account_id: str
    service_linked_roles: tuple[str, ...]
    policies: tuple[PolicySpec, ...]
    roles: tuple[RoleSpec, ...]

    def policy_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.account_id}:policy/{name}"


def environment_account(project: Project, environment: Environment, templates: Templates) -> AccountSpec:
    """An Environment's account: boundary, pipeline policies, and the roles plan, apply, break-glass.

    Args:
        templates: text by name (`TEMPLATE_NAMES`, the file name without `TEMPLATE_SUFFIX`).
    """
    values = environment_values(project, environment)
    values = {**values, "people_may_plan": _people(project, templates)}
    names = ("boundary", "pipeline-read", *_CHANGE)
    return AccountSpec(
        account_id=environment.account_id,
        service_linked_roles=SERVICE_LINKED_ROLES,
        policies=_policies(names, templates, values, prefix=f"{environment.prefix}-"),
        roles=tuple(_environment_role(purpose, environment, templates, values) for purpose in PURPOSES),
    )


def _people(project: Project, templates: Templates) -> str:
    """The statement for people who may plan, at the end of a list of others; "" if nobody is named."""
    principals = project.callers.plan_principals
    values = {**_project_values(project), "plan_principals_json": json.dumps(list(principals))}
    return f",{json.dumps(render('trust-people', templates, values))}" if principals else ""


def _environment_role(
    purpose: Purpose, environment: Environment, templates: Templates, values: Mapping[str, str]
) -> RoleSpec:
    policy = f"arn:aws:iam::{environment.account_id}:policy/{environment.prefix}"
    values = {**values, "purpose": purpose}
    return RoleSpec(
        name=f"{environment.prefix}-{purpose}",
        trust=render(f"trust-{purpose}", templates, values),
        inline=_policies(_INLINE[purpose], templates, values),
        managed=tuple(f"{policy}-{name}" for name in _MANAGED[purpose]),
        boundary=None if purpose == "plan" else f"{policy}-boundary",
        environment=environment.name,
    )


def state_account(project: Project, templates: Templates, *, kms_key_arn: str) -> AccountSpec:
    """The state account's roles: three for each Environment, and that of drift; bucket, table and key are not in it."""
    return AccountSpec(
        account_id=project.state.account_id,
        service_linked_roles=(),
        policies=(),
        roles=(
            *(
                _state_role(purpose, project, environment, templates, kms_key_arn)
                for environment in project.environments
                for purpose in PURPOSES
            ),
            _drift_role(project, templates, kms_key_arn),
        ),
    )


def _drift_role(project: Project, templates: Templates, kms_key_arn: str) -> RoleSpec:
    values = {
        **_project_values(project),
        "kms_key_arn": kms_key_arn,
        "people_may_plan": _people(project, templates),
    }
    return RoleSpec(
        name=project.drift_role,
        trust=render("trust-drift", templates, values),
        inline=_policies(("drift-records",), templates, values),
        managed=(),
        boundary=None,
        environment="state",
    )


def _state_role(
    purpose: Purpose, project: Project, environment: Environment, templates: Templates, kms_key_arn: str
) -> RoleSpec:
    values = {**environment_values(project, environment), "purpose": purpose, "kms_key_arn": kms_key_arn}
    return RoleSpec(
        name=f"{environment.prefix}-state-{purpose}",
        trust=render("trust-state", templates, values),
        inline=_policies(state_policy_names(purpose, project.state.lock), templates, values),
        managed=(),
        boundary=None,
        environment=environment.name,
    )


def state_policy_names(purpose: Purpose, lock: str) -> tuple[str, ...]:
    """The templates of a state role under a lock mode. A plan writes nothing, not even a lock."""
    table, file = lock in ("dynamodb", "both"), lock in ("s3", "both")
    writes = purpose != "plan"
    names = {
        "state-read": True,
        "lock-table-read": table,
        "state-write": writes,
        "lock-table-write": writes and table,
        "lock-file": writes and file,
        "state-break-glass": purpose == "break-glass",
    }
    return tuple(name for name, is_needed in names.items() if is_needed)


def key_policy(project: Project, templates: Templates) -> Document:
    """The policy of the state key: administration, bootstrap's own state, the lock table, every prefix of the service."""
    statements = render("state-key", templates, _project_values(project))["Statement"]
    return {"Version": "2012-10-17", "Statement": [*statements, *key_statements(project, templates)]}


def key_statements(project: Project, templates: Templates) -> tuple[Document, ...]:
    """The statements of `key_policy` that let each Environment's state roles, and that of drift, use it for their prefix."""
    documents = [
        *(
            render("state-key-environment", templates, environment_values(project, environment))
            for environment in project.environments
        ),
        render("state-key-drift", templates, _project_values(project)),
    ]
    return tuple(statement for document in documents for statement in document["Statement"])


def bucket_policy(project: Project, templates: Templates, *, kms_key_arn: str) -> Document:
    """The policy of the state bucket, Deny statements only."""
    return render("state-bucket", templates, {**_project_values(project), "kms_key_arn": kms_key_arn})


def environment_values(project: Project, environment: Environment) -> Mapping[str, str]:
    """The variables of one Environment's templates, except `purpose` and `kms_key_arn`."""
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
    """One policy document."""
    broken = functools.partial(
        BadInput, where=f"infra/bootstrap/policies/{name}{TEMPLATE_SUFFIX}", fix="restore the file from git"
    )
    try:
        document = json.loads(Template(templates[name]).substitute(values))
    except KeyError as unknown:
        raise broken(f"missing template or variable {unknown}") from None
    except ValueError as error:
        raise broken(f"not a policy document: {error}") from None
    if not isinstance(document, dict):
        raise broken("not a policy document: not a JSON object")
    return document


def _policies(
    names: tuple[str, ...], templates: Templates, values: Mapping[str, str], *, prefix: str = ""
) -> tuple[PolicySpec, ...]:
    return tuple(PolicySpec(name=prefix + name, document=render(name, templates, values)) for name in names)
