"""Identity policies, boundaries, session policies and SCPs.

Source: AWS IAM user guide, "Policy evaluation logic", "IAM JSON policy elements: Action / NotAction / Resource /
NotResource", "Variables and tags", "Permissions boundaries", "Session policies"; AWS Organizations, "SCP evaluation".
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.aws_emulator.policies import ROOT, SESSION, allow, deny, may, policy

BUCKET = "arn:aws:s3:::examplebucket"
TLS = {"Bool": {"aws:SecureTransport": "false"}}
HR = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
NOT_IAM = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
DENY_NOT_IAM = {"Effect": "Deny", "NotAction": "iam:*", "Resource": "*"}
DENY_NOT_HR = {"Effect": "Deny", "Action": "s3:*", "NotResource": HR}
GET_USER = {"action": "iam:GetUser", "on": "*"}
HOME = f"{BUCKET}/home/${{aws:username}}/*"


def by(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Arguments of ``may`` for one identity policy."""
    return {"identity": (policy(*statements),), **more}


EVALUATION = [
    ("nothing allows", False, {}),
    ("a policy allows", True, by(allow("s3:*"))),
    ("a deny in another policy wins", False, {"identity": (policy(allow("s3:*")), policy(deny("s3:GetObject")))}),
    ("a deny in the same policy wins", False, by(allow(), deny("s3:Get*"))),
    ("an allow for another service does not help", False, by(allow("ec2:*"))),
    ("root may everything", True, {"who": ROOT}),
    ("a deny for another resource does not matter", True, by(allow(), deny("s3:*", "arn:aws:s3:::other/*"))),
    (
        "an allow whose condition fails is skipped, the next one counts",
        True,
        by(allow(Condition=TLS), allow("s3:GetObject"), context={"aws:SecureTransport": "true"}),
    ),
    (
        "a deny whose condition fails is skipped",
        True,
        by(allow(), deny(Condition=TLS), context={"aws:SecureTransport": "true"}),
    ),
]
ACTIONS = [
    ("actions ignore case", True, by(allow("S3:getobject"))),
    ("a question mark is one character of an action", True, by(allow("s3:GetObjec?"))),
    ("a question mark needs a character", False, by(allow("s3:GetObject?"))),
    ("a star stands inside an action", True, by(allow("s3:*Object"))),
    ("a star may be the service", True, by(allow("*:*"))),
    ("NotAction allows the others", True, by(NOT_IAM)),
    ("NotAction leaves out what it names", False, by(NOT_IAM, **GET_USER)),
    ("NotAction denies the others", False, by(allow(), DENY_NOT_IAM)),
    ("a NotAction deny spares what it names", True, by(allow(), DENY_NOT_IAM, **GET_USER)),
]
RESOURCES = [
    ("resources keep case", False, by(allow("*", "arn:aws:s3:::ExampleBucket/*"))),
    ("a question mark is one character of a resource", True, by(allow("*", f"{BUCKET}/home/a?n/*"))),
    ("a star spans slashes", True, by(allow("*", f"{BUCKET}/*.txt"))),
    ("a bucket is not its objects", False, by(allow("*", BUCKET))),
    ("a star behind the bucket's name covers both", True, by(allow("*", f"{BUCKET}*"))),
    (
        "a dot is a dot",
        False,
        by(allow("*", f"{BUCKET}/home/ann/x.txt"), on=f"{BUCKET}/home/ann/xAtxt"),
    ),
    ("brackets are brackets", False, by(allow("*", f"{BUCKET}/home/[a-z]nn/x.txt"))),
    ("a plus is a plus", False, by(allow("*", f"{BUCKET}/home/an+/x.txt"))),
    ("a NotResource deny hits the others", False, by(allow(), DENY_NOT_HR)),
    (
        "a NotResource deny spares what it names",
        True,
        by(allow(), DENY_NOT_HR, on="arn:aws:s3:::HRBucket/Payroll/x"),
    ),
]
SAME_TEAM = {"StringEquals": {"aws:ResourceTag/t": "${aws:PrincipalTag/t}"}}
VARIABLES = [
    ("a variable is replaced", True, by(allow("*", HOME), context={"aws:username": "ann"})),
    ("another user's home stays closed", False, by(allow("*", HOME), context={"aws:username": "bob"})),
    ("a variable without value never matches", False, by(allow("*", HOME))),
    ("a variable has a default", True, by(allow("*", f"{BUCKET}/home/${{aws:username, 'ann'}}/*"))),
    (
        "the language of 2008 has no variables",
        False,
        {"identity": (policy(allow("*", HOME), version="2008-10-17"),), "context": {"aws:username": "ann"}},
    ),
    ("an escaped star is no wildcard", False, by(allow("*", f"{BUCKET}/${{*}}"))),
    ("an escaped star matches a star", True, by(allow("*", f"{BUCKET}/${{*}}"), on=f"{BUCKET}/*")),
    (
        "a star in a tag's value is no wildcard",
        False,
        by(allow("*", f"{BUCKET}/${{aws:PrincipalTag/team}}/ann/*"), context={"aws:PrincipalTag/team": "*"}),
    ),
    (
        "equal tags of principal and resource match",
        True,
        by(allow(Condition=SAME_TEAM), context={"aws:PrincipalTag/t": "x", "aws:ResourceTag/t": "x"}),
    ),
    (
        "different tags of principal and resource do not match",
        False,
        by(allow(Condition=SAME_TEAM), context={"aws:PrincipalTag/t": "y", "aws:ResourceTag/t": "x"}),
    ),
]
LIMITS = [
    (
        "what the boundary lacks is refused",
        False,
        by(
            allow("iam:CreateUser"),
            boundary=policy(allow(["s3:*", "cloudwatch:*", "ec2:*"])),
            action="iam:CreateUser",
            on="*",
        ),
    ),
    ("what boundary and policy allow is allowed", True, by(allow("s3:*"), boundary=policy(allow("s3:*")))),
    ("a boundary alone grants nothing", False, {"boundary": policy(allow())}),
    ("a deny in the boundary wins", False, by(allow(), boundary=policy(allow(), deny("s3:*")))),
    ("what the session policy lacks is refused", False, by(allow(), who=SESSION, session=(policy(allow("ec2:*")),))),
    (
        "what session policy and role allow is allowed",
        True,
        by(allow("s3:*"), who=SESSION, session=(policy(allow("s3:GetObject")),)),
    ),
    ("an SCP must allow", False, by(allow(), service_control=(policy(allow("ec2:*")),))),
    ("a deny in an SCP wins", False, by(allow(), service_control=(policy(allow(), deny("s3:*")),))),
]


@pytest.mark.parametrize(
    ("wanted", "arguments"),
    [
        pytest.param(wanted, arguments, id=name)
        for name, wanted, arguments in [*EVALUATION, *ACTIONS, *RESOURCES, *VARIABLES, *LIMITS]
    ],
)
def test_identity_policies_decide_as_documented(wanted: bool, arguments: dict[str, Any]) -> None:
    assert may(**arguments) is wanted
