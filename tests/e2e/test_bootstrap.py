"""`bootstrap-backend` over an existing backend: look, adopt, repeat; what it refuses before it begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import filelock
import pytest
from tests.e2e import backend_checkout
from tests.e2e.backend_checkout import DEV, STATE_KEY, Checkout, Done

TABLE = "table acme-fileflow-tflock"


@dataclass(frozen=True, slots=True)
class Story:
    """A backend that somebody made, without its lock table; looked at, adopted, and run again over a leftover."""

    checkout: Checkout
    before: dict[str, Any]
    planned: Done
    adopted: Done
    again: Done


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with backend_checkout.standing(tmp_path_factory.mktemp("bootstrap")) as checkout:
        _remove_the_table(checkout)
        before = _seen(checkout)
        planned = checkout.bootstrap("--plan")
        adopted = checkout.bootstrap("--yes")
        checkout.local_state.write_text(json.dumps(checkout.own_state))  # as an interrupted run leaves it
        yield Story(checkout, before, planned, adopted, checkout.bootstrap())


def _remove_the_table(checkout: Checkout) -> None:
    dynamodb, name = checkout.client("dynamodb"), checkout.project.state.lock_table
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def _seen(checkout: Checkout) -> dict[str, Any]:
    """The settings of what exists, as AWS gives them."""
    s3, kms, bucket = checkout.client("s3"), checkout.client("kms"), checkout.project.state.bucket
    key = kms.describe_key(KeyId=checkout.project.state.kms_alias)["KeyMetadata"]["Arn"]
    return {
        "versioning": s3.get_bucket_versioning(Bucket=bucket)["Status"],
        "encryption": s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"],
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"],
        "policy": json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]),
        "key": (key, json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])),
        "rotation": kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"],
        **{account: _roles(checkout, account) for account in (backend_checkout.STATE, DEV)},
    }


def _roles(checkout: Checkout, account: str) -> dict[str, Any]:
    iam = checkout.client("iam", account)
    return {
        role["RoleName"]: (
            role["AssumeRolePolicyDocument"],
            sorted(iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]),
            sorted(one["PolicyArn"] for one in _attached(iam, role["RoleName"])),
        )
        for role in iam.list_roles()["Roles"]
    }


def _attached(iam: Any, role: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return found


def test_a_look_lists_what_would_be_made_and_adopted(story: Story) -> None:
    state, dev = story.planned.root("state"), story.planned.root("dev")
    assert story.planned.code == 0
    assert story.planned.document["status"] == "changes"
    assert state["created"] == [TABLE]
    assert {"bucket acme-fileflow-tfstate", "key alias/acme-fileflow-tfstate"} <= set(state["adopted"])
    assert "role fileflow-dev-apply" in dev["adopted"]


def test_a_look_changes_nothing(story: Story) -> None:
    assert story.planned.writes == ()


def test_what_is_missing_is_made_and_what_exists_is_adopted(story: Story) -> None:
    assert story.adopted.code == 0, story.adopted.err
    assert [root["status"] for root in story.adopted.document["result"]["roots"]] == ["done", "done"]
    table = story.checkout.client("dynamodb").describe_table(TableName="acme-fileflow-tflock")["Table"]
    assert table["TableStatus"] == "ACTIVE"


def test_adoption_leaves_the_settings_of_what_exists_as_they_are(story: Story) -> None:
    assert _seen(story.checkout) == story.before


def test_its_own_state_lies_encrypted_in_the_bucket(story: Story) -> None:
    state = story.checkout.project.state
    head = story.checkout.client("s3").head_object(Bucket=state.bucket, Key=STATE_KEY)
    assert head["ServerSideEncryption"] == "aws:kms"
    assert story.adopted.root("state")["state"] == f"s3://{state.bucket}/{STATE_KEY}"
    assert "aws_s3_bucket" in {resource["type"] for resource in (story.checkout.own_state or {})["resources"]}


def test_a_second_run_changes_nothing(story: Story) -> None:
    roots = story.again.document["result"]["roots"]
    assert (story.again.code, story.again.document["status"]) == (0, "ok")
    assert {root["status"] for root in roots} == {"unchanged"}
    assert set(story.again.writes) <= {"dynamodb:PutItem", "dynamodb:DeleteItem"}  # the lock, taken and given back


def test_a_local_state_whose_content_lies_in_the_bucket_is_forgotten(story: Story) -> None:
    assert not story.checkout.local_state.exists()


def test_progress_names_every_account_on_stderr(story: Story) -> None:
    lines = story.adopted.err.splitlines()
    assert "state (999999999999): looking for existing resources" in lines
    assert "dev (111111111111): looking for existing resources" in lines
    assert "state (999999999999): moving bootstrap's own state into the bucket" in lines


def test_a_local_state_of_another_backend_is_not_touched(story: Story) -> None:
    foreign = {"version": 4, "serial": 1, "lineage": "x", "resources": [_resource("aws_s3_bucket", "elsewhere")]}
    story.checkout.local_state.write_text(json.dumps(foreign))
    try:
        done = story.checkout.bootstrap()
        assert (done.code, done.document["error"]["class"]) == (7, "Integrity")
        assert story.checkout.local_state.exists()
    finally:
        story.checkout.local_state.unlink()


def _resource(kind: str, name: str) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": name, "instances": [{"attributes": {}}]}


@pytest.mark.parametrize("name", ["production", "../dev", "dev; id", "${env}", "state"])
def test_an_unknown_or_hostile_environment_is_bad_input(story: Story, name: str) -> None:
    done = story.checkout.bootstrap("--env", name)
    assert (done.code, done.document["error"]["class"]) == (3, "BadInput")
    assert done.writes == ()


def test_no_environment_can_be_called_like_the_state_account(story: Story) -> None:
    environments = story.checkout.root / "infra" / "environments.yaml"
    original = environments.read_text()
    environments.write_text(original.replace("  prod:\n", "  state:\n"))
    try:
        done = story.checkout.bootstrap()
    finally:
        environments.write_text(original)
    assert (done.code, done.document["error"]["message"]) == (3, "no Environment can be named state")


def test_without_the_right_to_bootstrap_aws_refuses(story: Story) -> None:
    story.checkout.up()  # nothing is left to be seeded, which needs that right too
    iam, role = story.checkout.client("iam", DEV), "OrganizationAccountAccessRole"
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    nobody = {**trust, "Statement": [{**one, "Effect": "Deny"} for one in trust["Statement"]]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(nobody))
    try:
        done = story.checkout.bootstrap()
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))
    assert (done.code, done.document["error"]["class"]) == (5, "RemoteFailed")
    assert role in done.document["error"]["message"] + done.document["error"]["where"]


def test_two_runs_in_one_checkout_do_not_mix(story: Story) -> None:
    with filelock.FileLock(story.checkout.local_state.parents[1] / "lock"):
        done = story.checkout.bootstrap()
    assert (done.code, done.document["error"]["class"]) == (6, "Locked")
