from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit import projects
from tests.unit.examples import examples

from infragate.domain.bootstrap import role_policies
from infragate.domain.bootstrap.key_policy_scope import broadened

HERE, THERE = "111111111111", "222222222222"
ROOT = {"AWS": f"arn:aws:iam::{HERE}:root"}
ROLE = {"AWS": f"arn:aws:iam::{HERE}:role/app"}
VIA_S3 = {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}


def allow(action: Any = "kms:Decrypt", principal: Any = ROOT, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Principal": principal, "Resource": "*", **more}


def deny(action: Any = "kms:*", principal: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, principal, **more), "Effect": "Deny"}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def opened(found: dict[str, Any], standard: dict[str, Any]) -> bool:
    return bool(broadened(policy(found), policy(standard)))


def test_the_same_policy_opens_nothing() -> None:
    assert broadened(policy(allow(), deny()), policy(allow(), deny())) == ()


def test_order_and_spelling_do_not_count() -> None:
    found = policy(allow(["kms:Encrypt", "kms:Decrypt"], Sid="A"), allow("kms:DescribeKey"))
    standard = policy(allow(["kms:DescribeKey"]), allow(["kms:Decrypt", "kms:Encrypt"], Sid="B"))
    assert broadened(found, standard) == ()


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (allow(["kms:Encrypt", "kms:Decrypt"]), allow("kms:Decrypt")),
        (allow("kms:*"), allow("kms:Decrypt")),
        (allow("*"), allow("kms:*")),
        (allow(), allow(principal=ROLE)),
        (allow(principal={"AWS": HERE}), allow(principal=ROLE)),
        (allow(principal="*"), allow()),
        (allow(principal={"AWS": "*"}), allow(principal=ROLE)),
        (allow(principal={"AWS": [ROOT["AWS"], "x"]}), allow()),
        (allow(), allow(Condition=VIA_S3)),
        (
            allow(Condition={"StringEquals": {"kms:ViaService": ["a", "b"]}}),
            allow(Condition={"StringEquals": {"kms:ViaService": "a"}}),
        ),
        (allow(Resource="*"), allow(Resource="arn:aws:kms:::key/1")),
    ],
)
def test_a_narrower_statement_opens_nothing_and_the_wider_one_does(
    wide: dict[str, Any], narrow: dict[str, Any]
) -> None:
    assert not opened(wide, narrow)
    assert opened(narrow, wide)


@pytest.mark.parametrize(
    ("one", "other"),
    [(allow("kms:decrypt"), allow("kms:Decrypt")), (allow(), allow(principal={"AWS": HERE}))],
)
def test_two_ways_to_say_the_same_open_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not opened(one, other)
    assert not opened(other, one)


@pytest.mark.parametrize(
    ("found", "standard"),
    [
        (allow(principal=ROLE), allow(principal={"AWS": f"arn:aws:iam::{HERE}:role/other"})),
        (allow(), allow(principal={"AWS": f"arn:aws:iam::{THERE}:root"})),
        (allow(), allow(principal={"Service": "s3.amazonaws.com"})),
        (allow(), allow(principal={"AWS": [ROLE["AWS"], f"arn:aws:iam::{THERE}:root"]})),
        (allow("kms:Decrypt"), allow(["kms:Decrypt", "kms:CreateGrant"])),
        (allow("kms:Generate?"), allow("kms:Generate*")),
        (allow("kms:Generate??"), allow("kms:Generate*")),
        (allow(Condition=VIA_S3), allow(Condition={"StringEquals": {"kms:ViaService": "other"}})),
        (allow(Condition=VIA_S3), allow(Condition={"StringLike": VIA_S3["StringEquals"]})),
        (
            allow(Condition={"StringNotEquals": {"a": ["x", "y"]}}),
            allow(Condition={"StringNotEquals": {"a": "x"}}),
        ),
        (allow("kms:[D]ecrypt"), allow("kms:Decrypt")),
        (deny(), allow()),
    ],
)
def test_another_statement_opens_the_key(found: dict[str, Any], standard: dict[str, Any]) -> None:
    assert opened(found, standard)


@pytest.mark.parametrize("key", ["NotAction", "NotPrincipal", "NotResource"])
def test_a_negated_statement_is_covered_only_by_itself(key: str) -> None:
    negated = {"Effect": "Allow", "Principal": ROOT, "Action": "kms:*", "Resource": "*", key: "kms:Decrypt"}
    del negated[key.removeprefix("Not")]
    assert not opened(negated, {**negated, "Sid": "x"})
    assert opened(negated, {**negated, key: "kms:Encrypt"})


def test_two_statements_together_do_not_cover_one() -> None:
    found = policy(allow("kms:Decrypt"), allow("kms:Encrypt"))
    assert broadened(found, policy(allow(["kms:Decrypt", "kms:Encrypt"], Sid="Both"))) == (
        "statement Both allows more than the key does now",
    )


def test_a_denial_that_goes_opens_the_key() -> None:
    assert broadened(policy(allow(), deny(Sid="NoWorld")), policy(allow())) == (
        "statement NoWorld is a Deny and would be removed",
    )


def test_a_denial_that_comes_opens_nothing() -> None:
    assert broadened(policy(allow()), policy(allow(), deny())) == ()


def test_an_allowance_that_goes_opens_nothing() -> None:
    assert broadened(policy(allow(), allow("kms:Encrypt")), policy(allow())) == ()


def test_a_statement_that_is_known_may_be_added() -> None:
    known = allow("kms:Encrypt", Sid="OfAnEnvironment")
    assert broadened(policy(allow()), policy(allow(), {**known, "Sid": "Renamed"}), known=[known]) == ()


def test_a_single_statement_need_not_stand_in_a_list() -> None:
    assert broadened({"Statement": allow()}, {"Statement": allow()}) == ()


def test_a_statement_without_a_sid_is_told_so() -> None:
    assert broadened(policy(), policy(allow())) == ("statement without Sid allows more than the key does now",)


def test_the_shipped_key_policy_does_not_open_itself() -> None:
    document = role_policies.key_policy(projects.typed(), projects.templates())
    assert broadened(document, document) == ()


def test_another_environment_opens_the_shipped_key_policy_unless_it_is_known() -> None:
    templates = projects.templates()
    project = projects.typed()
    whole = role_policies.key_policy(project, templates)
    added = role_policies.key_statements(project, templates)
    without = {**whole, "Statement": whole["Statement"][: -len(added)]}
    assert len(broadened(without, whole)) == len(added)
    assert broadened(without, whole, known=added) == ()


_ACTIONS = st.sampled_from(["kms:Decrypt", "kms:Encrypt", "kms:*", "kms:De*", "*"])
_STATEMENTS = st.builds(
    allow,
    st.lists(_ACTIONS, min_size=1, max_size=3),
    st.sampled_from([ROOT, ROLE, "*", {"Service": "s3.amazonaws.com"}]),
    Condition=st.sampled_from([{}, VIA_S3]),
)


@given(st.lists(_STATEMENTS, max_size=4), st.lists(_STATEMENTS, max_size=3))
@examples(60)
def test_taking_statements_away_never_opens_the_key(kept: list[dict[str, Any]], more: list[dict[str, Any]]) -> None:
    assert broadened(policy(*kept, *more), policy(*kept)) == ()


@given(st.lists(_STATEMENTS, max_size=3), st.lists(_STATEMENTS, max_size=3), st.lists(_STATEMENTS, max_size=3))
@examples(60)
def test_two_steps_that_open_nothing_open_nothing_together(
    first: list[dict[str, Any]], second: list[dict[str, Any]], third: list[dict[str, Any]]
) -> None:
    one, two, three = policy(*first), policy(*second), policy(*third)
    if not broadened(one, two) and not broadened(two, three):
        assert broadened(one, three) == ()
