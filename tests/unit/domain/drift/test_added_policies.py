"""Policies that were added to roles, users and groups, and settings of buckets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infragate.domain.drift import added_policies, bucket_access, unowned
from infragate.domain.drift.managed import Managed
from infragate.domain.finding import Severity
from infragate.domain.terraform.state_file import Resource


def resource(address: str, **attributes: Any) -> Resource:
    return Resource(address=address, type=address.split(".")[0], attributes=attributes)


ROLE = resource("aws_iam_role.r", name="r")
HOLDER = added_policies.holder(ROLE, Managed(resources=(ROLE,)))


@pytest.mark.parametrize(
    "other",
    [
        resource("aws_iam_role_policy_attachment.a", role="r", policy_arn="arn:p"),
        resource("aws_iam_policy_attachment.a", roles=["r", "s"], policy_arn="arn:p"),
    ],
    ids=lambda other: str(other.type),
)
def test_each_kind_of_attachment_owns_its_policy(other: Resource) -> None:
    holder = added_policies.holder(ROLE, Managed(resources=(ROLE, other)))
    assert [extra.value for extra in added_policies.attached(holder, ["arn:p", "arn:q"])] == ["arn:q"]


def test_an_attachment_of_another_role_owns_nothing_here() -> None:
    other = resource("aws_iam_role_policy_attachment.a", role="s", policy_arn="arn:p")
    holder = added_policies.holder(ROLE, Managed(resources=(ROLE, other)))
    assert len(list(added_policies.attached(holder, ["arn:p"]))) == 1


@pytest.mark.parametrize("name", ["managed_policy_arns", "inline_policy"])
def test_what_the_code_of_a_role_sets_is_left_to_the_plan(name: str) -> None:
    holder = added_policies.holder(ROLE, Managed(resources=(ROLE,), written={ROLE.address: frozenset({name})}))
    assert (holder.attached is None, holder.inline is None) == (name == "managed_policy_arns", name == "inline_policy")


def test_resources_that_own_all_policies_of_a_role_are_left_to_the_plan() -> None:
    others = (
        resource("aws_iam_role_policies_exclusive.e", role_name="r"),
        resource("aws_iam_role_policy_attachments_exclusive.e", role_name="r"),
    )
    holder = added_policies.holder(ROLE, Managed(resources=(ROLE, *others)))
    assert (holder.attached, holder.inline) == (None, None)


@pytest.mark.parametrize(
    ("statement", "severity"),
    [
        ({"Effect": "Allow", "Action": "*", "Resource": "*"}, Severity.CRITICAL),
        ({"Effect": "Allow", "Action": ["s3:Get*", "iam:*"], "Resource": "*"}, Severity.CRITICAL),
        ({"Effect": "Deny", "Action": "*", "Resource": "*"}, Severity.HIGH),
        ({"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}, Severity.HIGH),
    ],
)
def test_an_inline_policy_that_gives_everything_is_critical(statement: Any, severity: Severity) -> None:
    assert added_policies.inline(HOLDER, "p", {"Statement": statement}).severity == severity
    assert added_policies.inline(HOLDER, "p", {"Statement": [statement]}).severity == severity


def test_a_bucket_policy_for_everybody_is_critical() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "*"}
    everybody = bucket_access.policy("b", json.dumps({"Statement": [statement]}))
    somebody = bucket_access.policy(
        "b", json.dumps({"Statement": [{**statement, "Principal": {"AWS": "222222222222"}}]})
    )
    assert (everybody.severity, somebody.severity) == (Severity.CRITICAL, Severity.HIGH)
    assert somebody.value == "Allow s3:GetObject on * for AWS 222222222222"


def test_the_grant_of_the_owner_is_no_addition() -> None:
    own = {"Grantee": {"ID": "me", "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}
    other = {"Grantee": {"ID": "you", "Type": "CanonicalUser"}, "Permission": "READ"}
    found = list(bucket_access.grants("b", {"Owner": {"ID": "me"}, "Grants": [own, other]}))
    assert [extra.path for extra in found] == ['acl["READ for you"]']


def test_an_item_is_as_bad_as_the_worst_that_was_added_and_nothing_is_no_item() -> None:
    low = unowned.Extra(path="tags.a", value="1", severity=Severity.LOW, removal=())
    bad = unowned.Extra(path="acl.b", value=True, severity=Severity.HIGH, marks=unowned.SECURITY, removal=())
    item = unowned.item(ROLE, [low, bad], reader="x", evidence="y")
    assert item is not None
    assert (item.severity, item.marks, [field.path for field in item.fields]) == (
        Severity.HIGH,
        unowned.SECURITY,
        ["acl.b", "tags.a"],
    )
    assert unowned.item(ROLE, [], reader="x", evidence="y") is None
