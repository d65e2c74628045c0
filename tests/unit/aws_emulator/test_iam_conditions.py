"""Condition operators, one by one.

Source: AWS IAM user guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context
keys". Every case allows everything under the one condition.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.aws_emulator.policies import HERE, allow, may, policy

from aws_emulator.iam.conditions import PolicyError, condition_holds, matches

JOB = {"aws:PrincipalTag/job": "iamuser-admin"}
TEN = {"s3:max-keys": "10"}
NOON = {"aws:CurrentTime": "2026-06-30T12:00:00Z"}
ADDRESS = {"aws:SourceIp": "203.0.113.200"}
PLAN_ROLE = {"aws:PrincipalArn": f"arn:aws:iam::{HERE}:role/fileflow-dev-plan"}
TWO_TAGS = {"aws:TagKeys": ["environment", "cost-center"]}

Case = tuple[str, bool, dict[str, Any], dict[str, Any]]


def job(operator: str, value: Any) -> dict[str, Any]:
    return {operator: {"aws:PrincipalTag/job": value}}


def tag_keys(operator: str, *values: str) -> dict[str, Any]:
    return {operator: {"aws:TagKeys": list(values)}}


STRINGS: list[Case] = [
    ("StringEquals matches", True, job("StringEquals", "iamuser-admin"), JOB),
    ("StringEquals keeps case", False, job("StringEquals", "IAMuser-admin"), JOB),
    ("StringEqualsIgnoreCase ignores case", True, job("StringEqualsIgnoreCase", "IAMUSER-admin"), JOB),
    ("names of keys ignore case", True, {"StringEquals": {"AWS:principaltag/JOB": "iamuser-admin"}}, JOB),
    ("values of one key are alternatives", True, job("StringEquals", ["x", "iamuser-admin"]), JOB),
    (
        "keys are all demanded",
        False,
        {"StringEquals": {"aws:PrincipalTag/job": "iamuser-admin", "aws:username": "z"}},
        JOB,
    ),
    (
        "operators are all demanded",
        False,
        {**job("StringEquals", "iamuser-admin"), "Bool": {"aws:SecureTransport": "true"}},
        JOB,
    ),
    ("an absent key does not match", False, job("StringEquals", "x"), {}),
    ("an absent key satisfies StringNotEquals", True, job("StringNotEquals", "x"), {}),
    ("StringNotEquals demands that none matches", False, job("StringNotEquals", ["x", "iamuser-admin"]), JOB),
    ("StringEquals has no wildcards", False, job("StringEquals", "iamuser-*"), JOB),
    ("StringLike has stars", True, job("StringLike", "iamuser-*"), JOB),
    ("StringLike has question marks", True, job("StringLike", "iamuser?admin"), JOB),
    ("a dot in StringLike is a dot", False, job("StringLike", "iamuser.admin"), JOB),
    ("StringNotLike refuses what is like it", False, job("StringNotLike", "iam*"), JOB),
    ("?* demands that there is a value", False, {"StringLike": {"sts:SourceIdentity": "?*"}}, {}),
]
NUMBERS_AND_DATES: list[Case] = [
    ("NumericEquals matches", True, {"NumericEquals": {"s3:max-keys": "10"}}, TEN),
    ("NumericLessThanEquals includes the limit", True, {"NumericLessThanEquals": {"s3:max-keys": "10"}}, TEN),
    ("NumericLessThan excludes the limit", False, {"NumericLessThan": {"s3:max-keys": 10}}, TEN),
    ("NumericGreaterThan compares as numbers", True, {"NumericGreaterThan": {"s3:max-keys": "9"}}, TEN),
    ("NumericNotEquals refuses the same number", False, {"NumericNotEquals": {"s3:max-keys": "10"}}, TEN),
    ("DateLessThan reads times", True, {"DateLessThan": {"aws:CurrentTime": "2026-07-01T00:00:00Z"}}, NOON),
    ("DateGreaterThan reads days", False, {"DateGreaterThan": {"aws:CurrentTime": "2026-07-01"}}, NOON),
    ("DateLessThan reads seconds since 1970", True, {"DateLessThan": {"aws:CurrentTime": "1893456000"}}, NOON),
]
TRUTH_AND_PRESENCE: list[Case] = [
    ("Bool matches", True, {"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": "true"}),
    ("Bool on an absent key does not match", False, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}, {}),
    ("BoolIfExists on an absent key matches", True, {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, {}),
    ("Null true matches an absent key", True, {"Null": {"aws:TokenIssueTime": "true"}}, {}),
    ("Null false refuses an absent key", False, {"Null": {"aws:TokenIssueTime": "false"}}, {}),
    (
        "Null false matches a present key",
        True,
        {"Null": {"aws:TokenIssueTime": "false"}},
        {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"},
    ),
    ("IfExists still compares a present key", False, job("StringEqualsIfExists", "x"), JOB),
    ("IfExists lets an absent key pass", True, {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*"]}}, {}),
]
ADDRESSES: list[Case] = [
    ("an address inside the network", True, {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, ADDRESS),
    ("an address outside the network", False, {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, ADDRESS),
    ("NotIpAddress refuses an address inside", False, {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}, ADDRESS),
    (
        "IPv6 beside IPv4",
        True,
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:DB8:1234:5678::/64"]}},
        {"aws:SourceIp": "2001:db8:1234:5678::9"},
    ),
]
ARNS: list[Case] = [
    ("ArnLike matches", True, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/fileflow-*"}}, PLAN_ROLE),
    ("ArnEquals is ArnLike", True, {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/fileflow-*"}}, PLAN_ROLE),
    (
        "a star stays in its part of the ARN",
        False,
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:*:role/fileflow-*"}},
        PLAN_ROLE,
    ),
    ("ArnNotEquals refuses the same ARN", False, {"ArnNotEquals": PLAN_ROLE}, PLAN_ROLE),
]
SETS: list[Case] = [
    ("all are named", True, tag_keys("ForAllValues:StringEquals", "environment", "cost-center", "x"), TWO_TAGS),
    ("one is not named", False, tag_keys("ForAllValues:StringEquals", "environment"), TWO_TAGS),
    ("ForAllValues on an absent key matches", True, tag_keys("ForAllValues:StringEquals", "environment"), {}),
    ("any is named", True, tag_keys("ForAnyValue:StringEquals", "environment"), TWO_TAGS),
    ("ForAnyValue on an absent key does not match", False, tag_keys("ForAnyValue:StringEquals", "environment"), {}),
    ("all differ, but one does not", False, tag_keys("ForAllValues:StringNotEquals", "environment"), TWO_TAGS),
    ("any differs", True, tag_keys("ForAnyValue:StringNotEquals", "environment"), TWO_TAGS),
]
ALL = [*STRINGS, *NUMBERS_AND_DATES, *TRUTH_AND_PRESENCE, *ADDRESSES, *ARNS, *SETS]


@pytest.mark.parametrize(("wanted", "block", "context"), [pytest.param(*case[1:], id=case[0]) for case in ALL])
def test_operators_compare_as_documented(wanted: bool, block: dict[str, Any], context: dict[str, Any]) -> None:
    assert may(identity=(policy(allow(Condition=block)),), context=context) is wanted


@pytest.mark.parametrize(
    "block",
    [
        {"StringEqual": {"aws:username": "ann"}},
        {"ForSomeValues:StringEquals": {"aws:username": "ann"}},
        {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "not-a-network"]}},
        {"NumericLessThan": {"s3:max-keys": "many"}},
        {"StringEquals": "ann"},
    ],
    ids=["operator", "quantifier", "network", "number", "block"],
)
def test_what_is_not_understood_is_an_error_and_never_a_mismatch(block: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        condition_holds(block, {"aws:username": "ann", "aws:sourceip": "203.0.113.9", "s3:max-keys": "10"})


@given(st.text(alphabet=st.characters(exclude_characters="*?$"), max_size=40))
def test_text_without_wildcards_matches_itself_only(text: str) -> None:
    assert matches(text, text)
    assert not matches(text, text + "x")


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_value_of_a_variable_is_never_a_pattern(value: str, other: str) -> None:
    assert matches("${aws:username}", other, {"aws:username": value}) is (value == other)
