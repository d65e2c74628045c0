"""The pipeline's policies against the rights that a whole life really used: nothing is missing, nothing is there in vain."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import documents

from aws_emulator.iam.conditions import as_list, matches
from infragate.adapters.local import environments_file, policy_templates
from infragate.domain.bootstrap import role_policies

ROOT = Path(__file__).parents[3]
LIFE: list[dict[str, Any]] = json.loads((ROOT / "tests" / "data" / "life.json").read_text())
KEPT = documents.tables("roles.md")["Where the rights come from / action"]
KEY = "arn:aws:kms:ap-northeast-2:999999999999:key/UUID"
STEPS = {"create", "again", "look", "change", "replace", "change back", "destroy"}


@cache
def _statements(role: str) -> tuple[tuple[str, Any], ...]:
    """Policy name and statement of all that dev's role carries; `state-plan` and `state-apply` are the state roles."""
    project, templates = environments_file.load(ROOT), policy_templates.read(ROOT)
    dev = project.environment("dev")
    spec = (
        role_policies.state_account(project, templates, kms_key_arn=KEY)
        if role.startswith("state-")
        else role_policies.environment_account(project, dev, templates)
    )
    (found,) = (one for one in spec.roles if one.name == f"{dev.prefix}-{role}")
    managed = {spec.policy_arn(policy.name): policy for policy in spec.policies}
    policies = [*found.inline, *(managed[arn] for arn in found.managed)]
    short = f"{dev.prefix}-"
    return tuple(
        (policy.name.removeprefix(short), statement)
        for policy in policies
        for statement in policy.document["Statement"]
    )


def _allows(statement: Any, action: str, resource: str) -> bool:
    return (
        statement["Effect"] == "Allow"
        and any(matches(pattern, action, None, ignore_case=True) for pattern in as_list(statement["Action"]))
        and any(matches(pattern, resource, None) for pattern in as_list(statement["Resource"]))
    )


def _granted(role: str) -> Iterator[tuple[str, str]]:
    """Every action pattern of a role, with its policy."""
    for policy, statement in _statements(role):
        for action in as_list(statement["Action"]):
            yield action, policy


def test_the_record_holds_a_whole_life() -> None:
    assert {step for used in LIFE for step in used["steps"]} == STEPS
    assert {used["purpose"] for used in LIFE} == {"plan", "apply", "state-plan", "state-apply"}


@pytest.mark.parametrize("role", ["plan", "apply", "state-plan", "state-apply"])
def test_no_right_that_was_used_is_missing(role: str) -> None:
    missing = [
        (used["action"], used["resource"])
        for used in LIFE
        if used["purpose"] == role
        and not any(_allows(statement, used["action"], used["resource"]) for _, statement in _statements(role))
    ]
    assert missing == []


def test_rights_that_no_life_used_stand_in_the_documentation_with_a_reason() -> None:
    used = {one["action"] for one in LIFE if one["purpose"] in ("plan", "apply")}
    granted = {
        (action, policy)
        for action, policy in _granted("apply")
        if policy.startswith("pipeline-") and not any(matches(action, one, None, ignore_case=True) for one in used)
    }
    assert {(row["action"], row["policy"]) for row in KEPT} == granted
    assert all(row["why"] for row in KEPT)


@pytest.mark.parametrize("role", ["state-plan", "state-apply"])
def test_state_roles_have_what_they_use_and_what_restoring_needs(role: str) -> None:
    used = {one["action"] for one in LIFE if one["purpose"] == role}
    beside = {"kms:DescribeKey"} | ({"s3:ListBucketVersions"} if role == "state-apply" else set())
    assert {action for action, _ in _granted(role)} - used == beside


def test_the_plan_role_used_nothing_that_changes_anything() -> None:
    reads = re.compile(r"\w[\w-]*:(Describe|Get|List)\w*|sts:(AssumeRole|SetSourceIdentity)")
    actions = {one["action"] for one in LIFE if one["purpose"] == "plan"}
    assert {action for action in actions if not reads.fullmatch(action)} == set()


def test_every_kind_of_resource_of_the_stacks_was_made() -> None:
    """A new kind needs a new record: `benchmarks/record_life.py`. No Stack takes modules/vpc: networks are the platform's."""
    used = set(re.findall(r"//(modules/\w+)\?ref=", (ROOT / "infra/envs/dev/main.tf").read_text()))
    kinds = set()
    for folder in (*used, "infra/envs/dev"):
        for source in (ROOT / folder).glob("*.tf"):
            kinds |= set(re.findall(r'^resource "(\w+)"', source.read_text(), flags=re.MULTILINE))
    assert kinds == set(MADE_BY)
    made = {used["action"] for used in LIFE if used["purpose"] == "apply" and "create" in used["steps"]}
    assert set(MADE_BY.values()) <= made


# The call that makes one of the kind.
MADE_BY = {
    "aws_cloudwatch_log_group": "logs:CreateLogGroup",
    "aws_cloudwatch_metric_alarm": "cloudwatch:PutMetricAlarm",
    "aws_db_instance": "rds:CreateDBInstance",
    "aws_db_parameter_group": "rds:CreateDBParameterGroup",
    "aws_db_subnet_group": "rds:CreateDBSubnetGroup",
    "aws_ecs_cluster": "ecs:CreateCluster",
    "aws_ecs_service": "ecs:CreateService",
    "aws_ecs_task_definition": "ecs:RegisterTaskDefinition",
    "aws_iam_role": "iam:CreateRole",
    "aws_iam_role_policy": "iam:PutRolePolicy",
    "aws_lb": "elasticloadbalancing:CreateLoadBalancer",
    "aws_lb_listener": "elasticloadbalancing:CreateListener",
    "aws_lb_target_group": "elasticloadbalancing:CreateTargetGroup",
    "aws_route53_record": "route53:ChangeResourceRecordSets",
    "aws_security_group": "ec2:CreateSecurityGroup",
    "aws_vpc_security_group_egress_rule": "ec2:AuthorizeSecurityGroupEgress",
    "aws_vpc_security_group_ingress_rule": "ec2:AuthorizeSecurityGroupIngress",
}
