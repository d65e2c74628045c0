"""Variables and tags for the Terraform roots in `infra/bootstrap`, both from `environments.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from infragate.domain.environment import Project


def bootstrap_variables(project: Project, *, version: str) -> Mapping[str, Any]:
    """The JSON tfvars document that both Terraform roots take.

    Args:
        version: the value of the tag `version` on every resource.
    """
    callers = {
        **asdict(project.callers),
        "break_glass_principals": list(project.callers.break_glass_principals),
        "plan_principals": list(project.callers.plan_principals),
    }
    return {
        "org": project.org,
        "service": project.service,
        "owner": project.owner,
        "bootstrap_version": version,
        "github": asdict(project.github),
        "state": asdict(project.state),
        "callers": callers,
        "environments": {
            entry.name: {"account_id": entry.account_id, "region": entry.region} for entry in project.environments
        },
    }


def bootstrap_tags(project: Project, *, environment: str, version: str) -> dict[str, str]:
    """The five tags of every bootstrap resource; `environment` is an Environment's name, or `state` for shared ones."""
    return {
        "org": project.org,
        "env": environment,
        "service": project.service,
        "version": version,
        "owner": project.owner,
    }
