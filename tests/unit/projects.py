"""A project for tests: the document of `infra/environments.yaml`, its typed form, and the shipped policy templates."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from infragate.domain.bootstrap.role_policies import TEMPLATE_SUFFIX
from infragate.domain.environment import Project, project

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "infra" / "bootstrap" / "policies"
STATE, DEV, PROD = "999999999999", "111111111111", "333333333333"

_DOCUMENT: dict[str, Any] = {
    "schema_version": 1,
    "org": "acme",
    "service": "fileflow",
    "owner": "team-fileflow",
    "region": "ap-northeast-2",
    "github": {"owner": "acme", "repository": "fileflow", "owner_id": 4217001, "repository_id": 90210042},
    "state": {
        "account_id": STATE,
        "bucket": "acme-fileflow-tfstate",
        "lock_table": "acme-fileflow-tflock",
        "kms_alias": "alias/acme-fileflow-tfstate",
    },
    "callers": {
        "atlantis_task_role_arn": f"arn:aws:iam::{STATE}:role/atlantis-task",
        "break_glass_principals": [f"arn:aws:iam::{STATE}:user/oncall-*"],
    },
    "environments": {"dev": {"account_id": DEV}, "prod": {"account_id": PROD, "protected": True}},
}


def document() -> dict[str, Any]:
    """A document that passes the schema, free to be changed."""
    return copy.deepcopy(_DOCUMENT)


def typed(**state: Any) -> Project:
    """The typed project; `state` changes settings of the state backend."""
    made = document()
    made["state"].update(state)
    return project(made, file="infra/environments.yaml")


def templates() -> dict[str, str]:
    """The shipped policy templates by name."""
    return {path.name.removesuffix(TEMPLATE_SUFFIX): path.read_text() for path in POLICIES.glob(f"*{TEMPLATE_SUFFIX}")}
