"""`bootstrap-backend` where existing things are not as the standard has them: listed, accepted, or refused for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e import backend_checkout
from tests.e2e.backend_checkout import DEV, Checkout, Done

BUCKET, TABLE, KEY = "acme-fileflow-tfstate", "acme-fileflow-tflock", "alias/acme-fileflow-tfstate"
PLAN, APPLY = "fileflow-dev-plan", "fileflow-dev-apply"
STATE_PLAN, STATE_APPLY = "fileflow-dev-state-plan", "fileflow-dev-state-apply"
NOTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
Act = Callable[[Checkout], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Something that somebody changed by hand.

    Attributes:
        found: how it reads now; standard: how it reads when it is right.
    """

    thing: str
    setting: str
    change: Act
    read: Act
    found: Any
    standard: Any


def _s3(c: Checkout) -> Any:
    return c.client("s3")


def _iam(c: Checkout) -> Any:
    return c.client("iam", DEV)


def _key(c: Checkout) -> str:
    return str(c.client("kms").describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"])


def _edit_trust(c: Checkout) -> None:
    document = _trust(c)
    document["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"] = "arn:aws:iam::999999999999:role/other"
    _iam(c).update_assume_role_policy(RoleName=PLAN, PolicyDocument=json.dumps(document))


def _trust(c: Checkout) -> dict[str, Any]:
    found: dict[str, Any] = _iam(c).get_role(RoleName=PLAN)["Role"]["AssumeRolePolicyDocument"]
    return found


def _backups(c: Checkout) -> str:
    found = c.client("dynamodb").describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    return str(found["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])


def _switch_backups_off(c: Checkout) -> None:
    off = {"PointInTimeRecoveryEnabled": False}
    c.client("dynamodb").update_continuous_backups(TableName=TABLE, PointInTimeRecoverySpecification=off)


def _table_is_protected(c: Checkout) -> bool:
    return bool(c.client("dynamodb").describe_table(TableName=TABLE)["Table"]["DeletionProtectionEnabled"])


DRIFT = (
    Drift(
        thing=f"bucket {BUCKET}: public access block",
        setting="block_public_policy",
        change=lambda c: _s3(c).put_public_access_block(
            Bucket=BUCKET, PublicAccessBlockConfiguration={**BLOCK, "BlockPublicPolicy": False}
        ),
        read=lambda c: _s3(c).get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"],
        found={**BLOCK, "BlockPublicPolicy": False},
        standard=BLOCK,
    ),
    Drift(
        thing=f"bucket {BUCKET}: versioning",
        setting="versioning_configuration[0].status",
        change=lambda c: _s3(c).put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
        read=lambda c: _s3(c).get_bucket_versioning(Bucket=BUCKET)["Status"],
        found="Suspended",
        standard="Enabled",
    ),
    Drift(
        thing=f"key {KEY}",
        setting="enable_key_rotation",
        change=lambda c: c.client("kms").disable_key_rotation(KeyId=_key(c)),
        read=lambda c: c.client("kms").get_key_rotation_status(KeyId=_key(c))["KeyRotationEnabled"],
        found=False,
        standard=True,
    ),
    Drift(
        thing=f"table {TABLE}",
        setting="point_in_time_recovery[0].enabled",
        change=_switch_backups_off,
        read=_backups,
        found="DISABLED",
        standard="ENABLED",
    ),
    Drift(
        thing=f"table {TABLE}",
        setting="deletion_protection_enabled",
        change=lambda c: c.client("dynamodb").update_table(TableName=TABLE, DeletionProtectionEnabled=False),
        read=_table_is_protected,
        found=False,
        standard=True,
    ),
    Drift(
        thing=f"role {PLAN}",
        setting='assume_role_policy: statement Atlantis: Condition.ArnEquals["aws:PrincipalArn"]',
        change=_edit_trust,
        read=lambda c: _trust(c)["Statement"][0]["Condition"]["ArnEquals"]["aws:PrincipalArn"],
        found="arn:aws:iam::999999999999:role/other",
        standard="arn:aws:iam::999999999999:role/atlantis-task",
    ),
    Drift(
        thing=f"role {PLAN}: inline policies",
        setting="policy_names",
        change=lambda c: _iam(c).put_role_policy(RoleName=PLAN, PolicyName="more", PolicyDocument=NOTHING),
        read=lambda c: sorted(_iam(c).list_role_policies(RoleName=PLAN)["PolicyNames"]),
        found=["more", "state-role"],
        standard=["state-role"],
    ),
    Drift(
        thing=f"role {APPLY}",
        setting="permissions_boundary",
        change=lambda c: _iam(c).delete_role_permissions_boundary(RoleName=APPLY),
        read=lambda c: (
            _iam(c).get_role(RoleName=APPLY)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
        ),
        found=None,
        standard=f"arn:aws:iam::{DEV}:policy/fileflow-dev-boundary",
    ),
)


@dataclass(frozen=True, slots=True)
class Story:
    """A backend that is looked after, then changed by hand; a run, and a run that accepts."""

    checkout: Checkout
    listed: Done
    found: dict[str, Any]
    accepted: Done


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with backend_checkout.standing(tmp_path_factory.mktemp("differences")) as checkout:
        for drift in DRIFT:
            drift.change(checkout)
        listed = checkout.bootstrap()
        found = {_name(drift): drift.read(checkout) for drift in DRIFT}
        yield Story(checkout, listed, found, checkout.bootstrap("--accept-differences"))


def _name(drift: Drift) -> str:
    return f"{drift.thing}, {drift.setting}"


def test_differences_end_the_run_with_8(story: Story) -> None:
    assert (story.listed.code, story.listed.document["status"]) == (8, "blocked")


@pytest.mark.parametrize("drift", DRIFT, ids=_name)
def test_a_difference_is_listed(story: Story, drift: Drift) -> None:
    assert (drift.thing, drift.setting) in story.listed.differences


@pytest.mark.parametrize("drift", DRIFT, ids=_name)
def test_a_difference_that_nobody_accepted_stays(story: Story, drift: Drift) -> None:
    assert story.found[_name(drift)] == drift.found


def test_nothing_else_is_listed(story: Story) -> None:
    assert set(story.listed.differences) == {(drift.thing, drift.setting) for drift in DRIFT}


def test_nothing_is_changed_in_any_account_while_one_differs(story: Story) -> None:
    assert set(story.listed.writes) <= {"dynamodb:PutItem", "dynamodb:DeleteItem"}


@pytest.mark.parametrize("drift", DRIFT, ids=_name)
def test_an_accepted_difference_is_brought_to_the_standard(story: Story, drift: Drift) -> None:
    assert story.accepted.code == 0, story.accepted.err
    assert drift.read(story.checkout) == drift.standard


@pytest.fixture(scope="module")
def weaker(story: Story) -> Done:
    """A run while the key is stricter than the standard: nobody may use it for the lock table."""
    kms, key = story.checkout.client("kms"), _key(story.checkout)
    document = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    strict = {**document, "Statement": [one for one in document["Statement"] if one["Sid"] != "LockTableUse"]}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(strict))
    done = story.checkout.bootstrap("--accept-differences")
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == strict
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    return done


def test_a_key_is_never_opened_even_when_differences_are_accepted(weaker: Done) -> None:
    assert weaker.code == 8
    refused = weaker.differences[f"key {KEY}", "policy: statement LockTableUse"]["refused"]
    assert refused == "a key's policy is never broadened: statement LockTableUse allows more than the key does now"


def test_a_refusal_changes_nothing(weaker: Done) -> None:
    assert set(weaker.writes) <= {"dynamodb:PutItem", "dynamodb:DeleteItem"}


def test_a_renamed_lock_table_is_refused(story: Story) -> None:
    story.checkout.settings(lambda document: document["state"].update(lock_table="acme-fileflow-other"))
    try:
        done = story.checkout.bootstrap("--accept-differences")
    finally:
        story.checkout.settings(lambda document: document["state"].update(lock_table=TABLE))
    assert (done.code, done.document["error"]["class"]) == (8, "Blocked")
    assert "'Change the backend'" in done.document["error"]["fix"]


def _policies(c: Checkout, role: str) -> set[str]:
    return set(c.client("iam").list_role_policies(RoleName=role)["PolicyNames"])


@pytest.fixture(scope="module")
def lock_file(story: Story) -> Iterator[Done]:
    """The backend after `lock: s3`."""
    story.checkout.settings(lambda document: document["state"].update(lock="s3"))
    yield story.checkout.bootstrap("--accept-differences")


@pytest.fixture(scope="module")
def both_locks(lock_file: Done, story: Story) -> Done:
    """The backend after `lock: both`."""
    assert lock_file.code == 0
    story.checkout.settings(lambda document: document["state"].update(lock="both"))
    return story.checkout.bootstrap("--accept-differences")


def test_with_lock_s3_the_roles_know_no_table(lock_file: Done, story: Story) -> None:
    assert lock_file.code == 0, lock_file.err
    assert _policies(story.checkout, STATE_PLAN) == {"state-read"}
    assert _policies(story.checkout, STATE_APPLY) == {"state-read", "state-write", "lock-file"}


def test_with_lock_s3_bootstrap_locks_by_a_file(lock_file: Done) -> None:
    assert "dynamodb:PutItem" not in lock_file.writes  # and what it deletes there are old digests
    assert {"s3:PutObject", "s3:DeleteObject"} <= set(lock_file.writes)


def test_with_lock_s3_old_digests_are_removed(lock_file: Done, story: Story) -> None:
    assert lock_file.code == 0, lock_file.err
    assert story.checkout.client("dynamodb").scan(TableName=TABLE)["Items"] == []


def test_with_lock_both_the_roles_may_take_either(both_locks: Done, story: Story) -> None:
    assert both_locks.code == 0, both_locks.err
    read, write = {"state-read", "lock-table-read"}, {"state-write", "lock-table-write", "lock-file"}
    assert _policies(story.checkout, STATE_PLAN) == read
    assert _policies(story.checkout, STATE_APPLY) == read | write


def test_with_lock_both_bootstrap_takes_both_locks(both_locks: Done) -> None:
    assert {"dynamodb:PutItem", "dynamodb:DeleteItem", "s3:PutObject", "s3:DeleteObject"} <= set(both_locks.writes)
