from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import projects
from tests.unit.examples import examples
from tests.unit.projects import DEV, PROD, STATE

from aws_emulator.iam.conditions import condition_holds
from infragate.domain.bootstrap import role_policies
from infragate.domain.bootstrap.role_policies import TEMPLATE_NAMES, AccountSpec, PolicySpec, RoleSpec
from infragate.domain.environment import PURPOSES
from infragate.domain.errors import BadInput

PROJECT, TEMPLATES = projects.typed(lock="both"), projects.templates()
KEY = f"arn:aws:kms:ap-northeast-2:{STATE}:key/1234"
DEV_ACCOUNT = role_policies.environment_account(PROJECT, PROJECT.environment("dev"), TEMPLATES)
STATE_ACCOUNT = role_policies.state_account(PROJECT, TEMPLATES, kms_key_arn=KEY)
ROLES = [*DEV_ACCOUNT.roles, *STATE_ACCOUNT.roles]


def role(spec: AccountSpec, name: str) -> RoleSpec:
    return next(entry for entry in spec.roles if entry.name == name)


def actions(policies: tuple[PolicySpec, ...]) -> set[str]:
    """Every action that a list of policies allows."""
    found: set[str] = set()
    for policy in policies:
        for statement in policy.document["Statement"]:
            if statement["Effect"] == "Allow":
                given_actions = statement["Action"]
                found |= {given_actions} if isinstance(given_actions, str) else set(given_actions)
    return found


def characters(document: Any) -> int:
    """What AWS counts: everything but white space."""
    return len(re.sub(r"\s", "", json.dumps(document)))


def test_every_shipped_template_is_used_under_its_name() -> None:
    assert sorted(TEMPLATES) == sorted(TEMPLATE_NAMES)


def test_an_environment_has_a_role_for_each_purpose() -> None:
    assert [entry.name for entry in DEV_ACCOUNT.roles] == [
        "fileflow-dev-plan",
        "fileflow-dev-apply",
        "fileflow-dev-break-glass",
    ]


def test_the_state_account_has_a_role_for_each_purpose_of_each_environment() -> None:
    assert [entry.name for entry in STATE_ACCOUNT.roles] == [
        *(f"fileflow-{environment}-state-{purpose}" for environment in ("dev", "prod") for purpose in PURPOSES),
        "fileflow-drift",
    ]


def test_the_role_of_drift_reaches_its_own_folder_only() -> None:
    (policy,) = role(STATE_ACCOUNT, PROJECT.drift_role).inline
    assert actions((policy,)) == {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
    resources = {statement["Resource"] for statement in policy.document["Statement"]}
    assert resources == {
        KEY,
        "arn:aws:s3:::acme-fileflow-tfstate",
        "arn:aws:s3:::acme-fileflow-tfstate/fileflow/drift/*",
    }


def test_only_the_main_branch_of_github_keeps_records_of_drift() -> None:
    statements = role(STATE_ACCOUNT, PROJECT.drift_role).trust["Statement"]
    (github,) = (statement for statement in statements if "Federated" in statement["Principal"])
    subjects = github["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"]
    assert [subject.rpartition("repo:")[2].partition(":")[2] for subject in subjects] == ["ref:refs/heads/main"] * 2


def test_people_who_may_plan_may_tell_of_drift() -> None:
    callers = dataclasses.replace(PROJECT.callers, plan_principals=(SSO,))
    account = role_policies.state_account(dataclasses.replace(PROJECT, callers=callers), TEMPLATES, kms_key_arn=KEY)
    trust = role(account, PROJECT.drift_role).trust
    assert trust["Statement"][-1]["Sid"] == "PeopleMayPlan"
    assert characters(trust) <= 2048


def test_arns_are_those_of_the_roles_account() -> None:
    plan = f"arn:aws:iam::{DEV_ACCOUNT.account_id}:role/{role(DEV_ACCOUNT, 'fileflow-dev-plan').name}"
    assert plan == PROJECT.environment("dev").role_arn("plan")
    state = f"arn:aws:iam::{STATE_ACCOUNT.account_id}:role/{role(STATE_ACCOUNT, 'fileflow-prod-state-apply').name}"
    assert state == PROJECT.environment("prod").state_role_arn("apply")


def test_a_policys_arn_is_in_its_account() -> None:
    assert DEV_ACCOUNT.policy_arn("p") == f"arn:aws:iam::{DEV}:policy/p"


def test_every_attached_policy_and_boundary_is_one_that_is_made() -> None:
    made = {DEV_ACCOUNT.policy_arn(policy.name) for policy in DEV_ACCOUNT.policies}
    for entry in DEV_ACCOUNT.roles:
        assert {*entry.managed, *([entry.boundary] if entry.boundary else [])} <= made


def test_who_may_change_things_has_a_boundary_and_who_plans_needs_none() -> None:
    boundaries = {entry.name: entry.boundary is not None for entry in DEV_ACCOUNT.roles}
    assert boundaries == {
        "fileflow-dev-plan": False,
        "fileflow-dev-apply": True,
        "fileflow-dev-break-glass": True,
    }


def test_no_session_is_longer_than_aws_allows_a_chained_one() -> None:
    assert role_policies.MAX_SESSION_SECONDS == 3600


@pytest.mark.parametrize("entry", ROLES, ids=lambda entry: entry.name)
def test_a_role_fits_the_quotas_of_iam(entry: RoleSpec) -> None:
    assert characters(entry.trust) <= 2048
    assert sum(characters(policy.document) for policy in entry.inline) <= 10_240
    assert len(entry.managed) <= 10


@pytest.mark.parametrize("policy", DEV_ACCOUNT.policies, ids=lambda policy: policy.name)
def test_a_managed_policy_fits_its_quota(policy: PolicySpec) -> None:
    assert characters(policy.document) <= 6144


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_state_role_of_a_plan_writes_nothing(environment: str) -> None:
    allowed = actions(role(STATE_ACCOUNT, f"fileflow-{environment}-state-plan").inline)
    assert allowed == {"s3:ListBucket", "s3:GetObject", "kms:Decrypt", "kms:DescribeKey", "dynamodb:GetItem"}


def test_the_state_role_of_an_apply_writes_state_and_lock() -> None:
    allowed = actions(role(STATE_ACCOUNT, "fileflow-dev-state-apply").inline)
    assert {"s3:PutObject", "dynamodb:PutItem", "dynamodb:DeleteItem"} <= allowed


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_state_role_names_its_own_environment_only(purpose: str) -> None:
    entry = role(STATE_ACCOUNT, f"fileflow-dev-state-{purpose}")
    text = json.dumps([entry.trust, *(policy.document for policy in entry.inline)])
    assert DEV in text
    assert PROD not in text
    assert "fileflow/prod" not in text
    assert "fileflow-prod" not in text


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_state_role_trusts_only_the_role_of_its_environment_and_purpose(purpose: str) -> None:
    (statement,) = role(STATE_ACCOUNT, f"fileflow-dev-state-{purpose}").trust["Statement"]
    assert statement["Condition"]["ArnEquals"]["aws:PrincipalArn"] == f"arn:aws:iam::{DEV}:role/fileflow-dev-{purpose}"


def test_no_trust_is_without_a_condition() -> None:
    for entry in ROLES:
        for statement in entry.trust["Statement"]:
            assert statement["Condition"], entry.name
            assert statement["Principal"] != "*"


def test_a_pull_request_of_github_gets_the_plan_role_and_no_other() -> None:
    trusting = [entry.name for entry in DEV_ACCOUNT.roles if ":pull_request" in json.dumps(entry.trust)]
    assert trusting == ["fileflow-dev-plan"]


SSO = f"arn:aws:iam::{STATE}:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Reader_*"
READER = f"arn:aws:iam::{STATE}:role/aws-reserved/sso.amazonaws.com/ap-northeast-2/AWSReservedSSO_Reader_0f1e"


def trust_with_people(purpose: str) -> list[dict[str, Any]]:
    """The statements of a trust under which a person of READER's session may take the role."""
    callers = dataclasses.replace(PROJECT.callers, plan_principals=(SSO,))
    project = dataclasses.replace(PROJECT, callers=callers)
    account = role_policies.environment_account(project, project.environment("dev"), TEMPLATES)
    statements = role(account, f"fileflow-dev-{purpose}").trust["Statement"]
    context = {"aws:principalarn": READER, "sts:sourceidentity": "kim"}
    return [statement for statement in statements if condition_holds(statement["Condition"], context)]


def test_people_who_are_named_may_plan() -> None:
    assert [statement["Sid"] for statement in trust_with_people("plan")] == ["PeopleMayPlan"]


@pytest.mark.parametrize("purpose", ["apply", "break-glass"])
def test_people_who_may_plan_may_nothing_else(purpose: str) -> None:
    assert trust_with_people(purpose) == []


def test_where_nobody_is_named_no_person_may_plan() -> None:
    assert "PeopleMayPlan" not in json.dumps([entry.trust for entry in ROLES])


def test_break_glass_asks_for_a_second_factor() -> None:
    trust = json.dumps(role(DEV_ACCOUNT, "fileflow-dev-break-glass").trust)
    assert "aws:MultiFactorAuthPresent" in trust
    assert "token.actions.githubusercontent.com" not in trust


@pytest.mark.parametrize(
    ("lock", "purpose", "names"),
    [
        ("dynamodb", "plan", ("state-read", "lock-table-read")),
        ("s3", "plan", ("state-read",)),
        ("dynamodb", "apply", ("state-read", "lock-table-read", "state-write", "lock-table-write")),
        ("s3", "apply", ("state-read", "state-write", "lock-file")),
        ("both", "apply", ("state-read", "lock-table-read", "state-write", "lock-table-write", "lock-file")),
        ("s3", "break-glass", ("state-read", "state-write", "lock-file", "state-break-glass")),
    ],
)
def test_a_state_role_has_the_policies_of_its_purpose_and_kind_of_lock(
    lock: str, purpose: Any, names: tuple[str, ...]
) -> None:
    assert role_policies.state_policy_names(purpose, lock) == names


def test_the_bucket_policy_only_denies() -> None:
    document = role_policies.bucket_policy(PROJECT, TEMPLATES, kms_key_arn=KEY)
    assert {statement["Effect"] for statement in document["Statement"]} == {"Deny"}
    assert KEY in json.dumps(document)


def test_the_key_policy_has_statements_for_every_environment_and_for_drift_at_its_end() -> None:
    added = role_policies.key_statements(PROJECT, TEMPLATES)
    document = role_policies.key_policy(PROJECT, TEMPLATES)
    assert tuple(document["Statement"][-len(added) :]) == added
    assert [statement["Sid"] for statement in added] == [
        *(f"{verb}For{account}" for account in (DEV, PROD) for verb in ("Decrypt", "Encrypt")),
        "DriftRecords",
    ]


def test_the_administrators_of_the_key_cannot_use_it() -> None:
    (administration,) = (
        statement
        for statement in role_policies.key_policy(PROJECT, TEMPLATES)["Statement"]
        if "Condition" not in statement
    )
    assert not {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant"} & set(administration["Action"])
    assert not [action for action in administration["Action"] if "*" in action]


def test_describing_a_key_is_bound_to_no_encryption_context() -> None:
    """The call has none, so that such a statement would never allow it."""
    documents = [
        role_policies.key_policy(PROJECT, TEMPLATES),
        *(policy.document for policy in DEV_ACCOUNT.policies),
        *(policy.document for entry in ROLES for policy in entry.inline),
    ]
    bound = [
        statement["Sid"]
        for document in documents
        for statement in document["Statement"]
        if "kms:DescribeKey" in statement.get("Action", ()) and "EncryptionContext" in json.dumps(statement)
    ]
    assert bound == []


# Rendering.


def test_a_doubled_dollar_is_a_variable_of_iam() -> None:
    assert role_policies.render("t", {"t": '{"a": "$${aws:username}/${x}"}'}, {"x": "y"}) == {"a": "${aws:username}/y"}


@pytest.mark.parametrize(
    ("templates", "words"),
    [
        ({}, "missing template or variable 't'"),
        ({"t": '{"a": "${nope}"}'}, "missing template or variable 'nope'"),
        ({"t": '{"a": "${"}'}, "not a policy document"),
        ({"t": '{"a": "$"}'}, "not a policy document"),
        ({"t": "{"}, "not a policy document"),
        ({"t": "[]"}, "not a JSON object"),
    ],
)
def test_a_broken_template_is_bad_input_with_its_file(templates: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=re.escape(words)) as caught:
        role_policies.render("t", templates, {"x": "y"})
    assert caught.value.where == "infra/bootstrap/policies/t.json.tftpl"


@given(st.text(max_size=40))
@examples(100)
def test_any_template_is_either_a_document_or_bad_input(text: str) -> None:
    try:
        assert isinstance(role_policies.render("t", {"t": text}, {"x": "y"}), dict)
    except BadInput as error:
        assert error.fix == "restore the file from git"
