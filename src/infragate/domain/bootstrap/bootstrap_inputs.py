"""What the Terraform roots in `infra/bootstrap` are told: variables and tags, both from `environments.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infragate.domain.environment import Project


def bootstrap_variables(project: Project, *, version: str) -> Mapping[str, Any]:
    """The JSON tfvars document that both Terraform roots take.

    Args:
        version: the value of the tag `version` on everything that bootstrap makes.
    """
    github, state, callers = project.github, project.state, project.callers
    return {
        "org": project.org,
        "service": project.service,
        "owner": project.owner,
        "bootstrap_version": version,
        "github": {
            "owner": github.owner,
            "repository": github.repository,
            "owner_id": github.owner_id,
            "repository_id": github.repository_id,
        },
        "state": {
            "account_id": state.account_id,
            "region": state.region,
            "bucket": state.bucket,
            "lock_table": state.lock_table,
            "kms_alias": state.kms_alias,
            "lock": state.lock,
            "noncurrent_days": state.noncurrent_days,
        },
        "callers": {
            "atlantis_task_role_arn": callers.atlantis_task_role_arn,
            "break_glass_principals": list(callers.break_glass_principals),
            "bootstrap_role_name": callers.bootstrap_role_name,
        },
        "environments": {
            entry.name: {"account_id": entry.account_id, "region": entry.region} for entry in project.environments
        },
    }


def bootstrap_tags(project: Project, *, environment: str, version: str) -> Mapping[str, str]:
    """The five tags of what bootstrap makes; `environment` is an Environment's name, or `state` for shared things."""
    return {
        "org": project.org,
        "env": environment,
        "service": project.service,
        "version": version,
        "owner": project.owner,
    }
