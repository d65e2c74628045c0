from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.plan_documents import plan, resource

from infragate.domain.bootstrap.backend_standard import WHOLE, Judgement, judge
from infragate.domain.errors import ToolFailed

KEY, BUCKET, TABLE = "aws_kms_key.state", "aws_s3_bucket.state", "aws_dynamodb_table.lock"
ENCRYPTION = "aws_s3_bucket_server_side_encryption_configuration.state"
NAMES = {KEY: "key alias/state", BUCKET: "bucket state", TABLE: "table lock", ENCRYPTION: "bucket state: encryption"}
ADMINISTER = {"Effect": "Allow", "Action": "kms:PutKeyPolicy", "Principal": {"AWS": "arn:aws:iam::1:root"}}
USE = {"Effect": "Allow", "Action": "kms:Decrypt", "Principal": {"AWS": "arn:aws:iam::1:root"}}


def judged(*resources: dict[str, Any]) -> Judgement:
    return judge(plan(*resources), NAMES)


def update(address: str, before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    return resource("update", address, before=before, after=after, **more)


def refusal(address: str, before: dict[str, Any], after: dict[str, Any]) -> str | None:
    """Why the one difference is refused."""
    (difference,) = judged(update(address, before, after)).differences
    return difference.refused


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_what_is_made_is_listed_by_its_name() -> None:
    found = judged(resource("create", BUCKET), resource("create", "aws_x.y"))
    assert (found.created, found.adopted, found.differences) == (("bucket state", "aws_x.y"), (), ())


def test_what_exists_as_the_standard_has_it_is_adopted_without_a_difference() -> None:
    found = judged(resource("no-op", BUCKET, importing={"id": "state"}))
    assert (found.adopted, found.differences) == (("bucket state",), ())


def test_a_difference_has_thing_setting_and_both_values() -> None:
    found = judged(update(TABLE, {"billing_mode": "PROVISIONED"}, {"billing_mode": "PAY_PER_REQUEST"}))
    (difference,) = found.differences
    assert (difference.thing, difference.setting, difference.found, difference.standard, difference.refused) == (
        "table lock",
        "billing_mode",
        "PROVISIONED",
        "PAY_PER_REQUEST",
        None,
    )


@pytest.mark.parametrize("action", ["delete", "replace", "forget"])
def test_what_holds_state_is_never_lost(action: str) -> None:
    (difference,) = judged(resource(action, TABLE)).refused
    assert (difference.setting, difference.refused) == (WHOLE, "its data or keys would be lost")


def test_what_can_be_made_again_may_go_when_a_person_accepts_it() -> None:
    (difference,) = judged(resource("delete", "aws_iam_role.old")).differences
    assert (difference.standard, difference.refused) == ("deleted", None)


def deposed(address: str, before: dict[str, Any]) -> dict[str, Any]:
    return {**resource("delete", address, before=before, after=None), "deposed": "ed7c2f5b"}


def test_a_deposed_object_goes_as_what_it_is() -> None:
    (difference,) = judged(deposed("aws_iam_role.x", {})).differences
    assert difference.standard == "deleted (a deposed object of an earlier replacement)"


def test_a_deposed_object_that_holds_state_is_never_lost() -> None:
    assert judged(resource("no-op", TABLE), deposed(TABLE, {})).refused


def test_a_deposed_object_does_not_stand_for_the_one_in_its_place() -> None:
    opened = update(KEY, {"policy": policy(ADMINISTER)}, {"policy": policy(ADMINISTER, USE)})
    first, *_ = judged(opened, deposed(KEY, {"policy": policy()})).differences
    assert "a key's policy is never broadened" in (first.refused or "")


def test_what_is_no_longer_looked_after_says_so() -> None:
    (difference,) = judged(resource("forget", "aws_iam_role.x")).differences
    assert difference.standard == "no longer managed"


def test_a_replacement_says_why() -> None:
    entry = resource("replace", "aws_iam_role.x", action_reason="replace_because_tainted")
    assert judged(entry).differences[0].standard == "replaced (it is tainted)"


@pytest.mark.parametrize(
    ("address", "setting"),
    [(KEY, "deletion_window_in_days"), (BUCKET, "force_destroy"), ("aws_iam_role.x", "force_detach_policies")],
)
def test_what_only_terraform_knows_is_no_difference_of_something_adopted(address: str, setting: str) -> None:
    assert judged(update(address, {setting: None}, {setting: 30})).differences == ()


def test_a_setting_that_terraform_had_set_is_a_difference() -> None:
    assert len(judged(update(BUCKET, {"force_destroy": True}, {"force_destroy": False})).differences) == 1


def test_the_mark_of_the_edition_is_no_difference() -> None:
    before, after = {"tags_all": {"version": "1"}}, {"tags_all": {"version": "2"}}
    assert judged(update(BUCKET, before, after)).differences == ()


def test_any_other_tag_is_a_difference_once() -> None:
    tags = [{"tags": {"owner": name}, "tags_all": {"owner": name}} for name in ("a", "b")]
    assert [entry.setting for entry in judged(update(BUCKET, *tags)).differences] == ["tags_all.owner"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"enable_key_rotation": True}, {"enable_key_rotation": False}),
        ({"enable_key_rotation": True}, {}),
        ({"is_enabled": True}, {"is_enabled": False}),
        ({"rotation_period_in_days": 90}, {"rotation_period_in_days": 365}),
        ({"deletion_window_in_days": 30}, {"deletion_window_in_days": 7}),
    ],
)
def test_a_key_is_never_weakened(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert "never" in (refusal(KEY, before, after) or "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"enable_key_rotation": False}, {"enable_key_rotation": True}),
        ({"rotation_period_in_days": 365}, {"rotation_period_in_days": 90}),
        ({"deletion_window_in_days": 7}, {"deletion_window_in_days": 30}),
        ({"description": "a"}, {"description": "b"}),
    ],
)
def test_a_key_may_be_strengthened(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert refusal(KEY, before, after) is None


def encryption(algorithm: str | None) -> dict[str, Any]:
    inside = [{"sse_algorithm": algorithm}] if algorithm else []
    return {"rule": [{"apply_server_side_encryption_by_default": inside}]}


@pytest.mark.parametrize(
    ("before", "after"),
    [("aws:kms", "AES256"), ("aws:kms:dsse", "aws:kms"), ("AES256", None), ("something-new", "aws:kms")],
)
def test_encryption_of_the_bucket_is_never_weakened(before: str, after: str | None) -> None:
    assert refusal(ENCRYPTION, encryption(before), encryption(after)) == "encryption is never weakened"


@pytest.mark.parametrize(("before", "after"), [("AES256", "aws:kms"), ("aws:kms", "aws:kms:dsse"), (None, "aws:kms")])
def test_encryption_of_the_bucket_may_be_strengthened(before: str | None, after: str) -> None:
    assert refusal(ENCRYPTION, encryption(before), encryption(after)) is None


@pytest.mark.parametrize("after", [[{"enabled": False}], [{}], []])
def test_encryption_of_the_table_is_never_switched_off(after: list[dict[str, Any]]) -> None:
    before = {"server_side_encryption": [{"enabled": True}]}
    assert refusal(TABLE, before, {"server_side_encryption": after}) == "encryption is never weakened"


def test_a_key_policy_is_never_opened() -> None:
    found = judged(update(KEY, {"policy": policy(ADMINISTER)}, {"policy": policy(ADMINISTER, USE)}))
    assert {entry.refused for entry in found.differences} == {
        "a key's policy is never broadened: statement without Sid allows more than the key does now"
    }


def test_a_key_policy_may_be_closed() -> None:
    before, after = {"policy": policy(ADMINISTER, USE)}, {"policy": policy(ADMINISTER)}
    assert [entry.refused for entry in judged(update(KEY, before, after)).differences] == [None] * 3


@pytest.mark.parametrize("after", [None, "not json", "[]"])
def test_a_key_policy_that_cannot_be_read_is_refused(after: str | None) -> None:
    assert refusal(KEY, {"policy": policy(ADMINISTER)}, {"policy": after}) == "the key's policy cannot be read"


def test_a_key_that_is_looked_after_may_gain_the_statements_of_an_environment() -> None:
    entry = update(KEY, {"policy": policy(ADMINISTER)}, {"policy": policy(ADMINISTER, USE)})
    assert judge(plan(entry), NAMES, known=[USE]).refused == ()


def test_a_key_that_is_adopted_may_not() -> None:
    entry = update(KEY, {"policy": policy(ADMINISTER)}, {"policy": policy(ADMINISTER, USE)}, importing={"id": "x"})
    found = judge(plan(entry), NAMES, known=[USE])
    assert found.adopted == ("key alias/state",)
    assert found.refused


def named(*statements: dict[str, Any]) -> str:
    """A policy whose statements have names."""
    return policy(*({"Sid": f"S{number}", **one} for number, one in enumerate(statements)))


def test_policies_are_compared_by_the_names_of_their_statements() -> None:
    before, after = (
        {"policy": named(ADMINISTER)},
        {"policy": policy({"Sid": "New", **USE}, {"Sid": "S0", **ADMINISTER})},
    )
    (difference,) = judged(update(KEY, before, after)).differences
    assert (difference.setting, difference.found) == ("policy: statement New", None)
    assert difference.refused


def test_inside_a_statement_only_what_differs_is_named() -> None:
    trust = {"Sid": "Atlantis", "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "1"}}
    other = {**trust, "Principal": {"AWS": "2"}}
    before, after = {"assume_role_policy": policy(trust)}, {"assume_role_policy": policy(other)}
    (difference,) = judged(update("aws_iam_role.x", before, after)).differences
    assert difference.setting == "assume_role_policy: statement Atlantis: Principal.AWS"
    assert (difference.found, difference.standard) == ("1", "2")


def test_a_policy_that_differs_outside_its_statements_is_still_listed() -> None:
    after = json.dumps({**json.loads(named(USE)), "Version": "2008-10-17"})
    found = judged(update("aws_iam_policy.x", {"policy": named(USE)}, {"policy": after})).differences
    assert [one.setting for one in found] == ["policy.Version"]


def test_what_is_no_plan_is_refused() -> None:
    with pytest.raises(ToolFailed):
        judge({"format_version": "9.0"}, NAMES)
