"""Resource-based policies: buckets, KMS keys, role trust, web identity; one account and across two.

Source: AWS IAM user guide, "Policy evaluation logic" (single account, cross-account), "Role terms and concepts", "The
confused deputy problem", "Create a role for OpenID Connect federation"; KMS developer guide, "Key policies".
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.aws_emulator.policies import ANN, HERE, SESSION, THERE, allow, allow_to, deny_to, may, policy

from aws_emulator.iam.conditions import PolicyError
from aws_emulator.iam.policy import Principal

ACCOUNT_ROOT = {"AWS": f"arn:aws:iam::{HERE}:root"}
BOB = {"AWS": f"arn:aws:iam::{HERE}:user/bob"}
TO_ANN, TO_ROLE, TO_SESSION = {"AWS": ANN.arn}, {"AWS": SESSION.role_arn}, {"AWS": SESSION.arn}
EVERYTHING = (policy(allow()),)
S3_ONLY = (policy(allow("s3:*")),)
EC2_ONLY = policy(allow("ec2:*"))
NO_TLS = {"Bool": {"aws:SecureTransport": "false"}}


def bucket(*statements: dict[str, Any], account: str = HERE, **more: Any) -> dict[str, Any]:
    """Arguments of ``may`` for an object in a bucket of ``account`` with this bucket policy."""
    return {"resource": policy(*statements) if statements else None, "resource_account": account, **more}


def not_principal(*names: str) -> dict[str, Any]:
    return {"Effect": "Deny", "NotPrincipal": {"AWS": list(names)}, "Action": "*", "Resource": "*"}


BUCKETS = [
    ("one account: the bucket policy is enough for a user", True, bucket(allow_to(TO_ANN))),
    ("one account: naming the account only delegates", False, bucket(allow_to(ACCOUNT_ROOT))),
    ("one account: twelve digits only delegate", False, bucket(allow_to({"AWS": HERE}))),
    ("one account: the bucket policy is enough for a role", True, bucket(allow_to(TO_ROLE), who=SESSION)),
    ("a named role is limited by its boundary", False, bucket(allow_to(TO_ROLE), who=SESSION, boundary=EC2_ONLY)),
    ("a named session is not", True, bucket(allow_to(TO_SESSION), who=SESSION, boundary=EC2_ONLY)),
    ("a named user is not", True, bucket(allow_to(TO_ANN), boundary=EC2_ONLY)),
    ("a named role is limited by a session policy", False, bucket(allow_to(TO_ROLE), who=SESSION, session=(EC2_ONLY,))),
    ("two accounts: both sides allow", True, bucket(allow_to(TO_ANN), account=THERE, identity=S3_ONLY)),
    ("two accounts: the bucket alone does not", False, bucket(allow_to(TO_ANN), account=THERE)),
    ("two accounts: the identity alone does not", False, bucket(account=THERE, identity=EVERYTHING)),
    (
        "two accounts: naming the account will do",
        True,
        bucket(allow_to({"AWS": HERE}), account=THERE, identity=S3_ONLY),
    ),
    (
        "two accounts: the boundary counts",
        False,
        bucket(allow_to(TO_ANN), account=THERE, identity=EVERYTHING, boundary=EC2_ONLY),
    ),
    (
        "a deny for everybody, condition met",
        False,
        bucket(deny_to("*", Condition=NO_TLS), identity=EVERYTHING, context={"aws:SecureTransport": "false"}),
    ),
    (
        "a deny for everybody, condition not met",
        True,
        bucket(deny_to("*", Condition=NO_TLS), identity=EVERYTHING, context={"aws:SecureTransport": "true"}),
    ),
    ("a deny for somebody else", True, bucket(deny_to(BOB), identity=EVERYTHING)),
    (
        "a NotPrincipal deny spares whom it names",
        True,
        bucket(not_principal(ANN.arn, f"arn:aws:iam::{HERE}:root"), identity=EVERYTHING),
    ),
    (
        "a NotPrincipal deny hits the others",
        False,
        bucket(not_principal(ANN.arn), who=SESSION, identity=EVERYTHING),
    ),
    ("anybody may read what is public", True, bucket(allow_to("*", "s3:GetObject"), who=Principal())),
    ("nobody without a name may read the rest", False, bucket(who=Principal())),
    ("names of principals have no wildcards", False, bucket(allow_to({"AWS": f"arn:aws:iam::{HERE}:user/a*"}))),
]


def key(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Arguments of ``may`` for decryption with a key that has this key policy."""
    return {
        "action": "kms:Decrypt",
        "on": f"arn:aws:kms:eu-central-1:{HERE}:key/k",
        "resource": policy(*statements),
        "resource_account": HERE,
        "resource_must_allow": True,
        **more,
    }


DECRYPT = (policy(allow("kms:Decrypt")),)
KEYS = [
    ("an identity policy alone opens no key", False, key(allow_to(BOB), identity=(policy(allow("kms:*")),))),
    ("the root statement delegates to identity policies", True, key(allow_to(ACCOUNT_ROOT), identity=DECRYPT)),
    ("the root statement alone opens no key", False, key(allow_to(ACCOUNT_ROOT))),
    ("the key policy names the user", True, key(allow_to(TO_ANN))),
    (
        "another account needs its own policy too",
        False,
        key(allow_to({"AWS": THERE}), who=Principal(arn=f"arn:aws:iam::{THERE}:user/z", account=THERE)),
    ),
]


def trust(principal: Any, *, account: str = THERE, condition: Any = None, **more: Any) -> dict[str, Any]:
    """Arguments of ``may`` for assuming a role of ``account`` with this trust policy (which has no Resource)."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    return {
        "action": "sts:AssumeRole",
        "on": f"arn:aws:iam::{THERE}:role/x",
        "resource": policy(statement),
        "resource_account": account,
        "resource_must_allow": True,
        **more,
    }


ASSUME = (policy(allow("sts:AssumeRole", f"arn:aws:iam::{THERE}:role/x")),)
EXTERNAL = {"StringEquals": {"sts:ExternalId": "12345"}}
TRUST = [
    ("two accounts: trust alone does not", False, trust({"AWS": HERE})),
    ("two accounts: trust and identity allow", True, trust({"AWS": HERE}, identity=ASSUME)),
    ("an identity policy alone does not", False, trust(BOB, identity=EVERYTHING)),
    ("one account: trust names the user", True, trust(TO_ANN, account=HERE)),
    ("one account: trust names the account only", False, trust({"AWS": HERE}, account=HERE)),
    (
        "the right external id",
        True,
        trust({"AWS": HERE}, condition=EXTERNAL, identity=EVERYTHING, context={"sts:ExternalId": "12345"}),
    ),
    (
        "a wrong external id",
        False,
        trust({"AWS": HERE}, condition=EXTERNAL, identity=EVERYTHING, context={"sts:ExternalId": "54321"}),
    ),
    ("no external id", False, trust({"AWS": HERE}, condition=EXTERNAL, identity=EVERYTHING)),
]

ISSUER = "token.actions.githubusercontent.com"
GITHUB = Principal(federated=f"arn:aws:iam::{THERE}:oidc-provider/{ISSUER}")
GITHUB_TRUST = {
    "Effect": "Allow",
    "Principal": {"Federated": GITHUB.federated},
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
        "StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"},
        "StringLike": {f"{ISSUER}:sub": "repo:octo-org/octo-repo:*"},
    },
}


def token(subject: str, audience: str = "sts.amazonaws.com") -> dict[str, Any]:
    """Arguments of ``may`` for a workflow that shows a token with these claims."""
    return {
        "who": GITHUB,
        "action": "sts:AssumeRoleWithWebIdentity",
        "on": f"arn:aws:iam::{THERE}:role/x",
        "context": {f"{ISSUER}:aud": audience, f"{ISSUER}:sub": subject},
        "resource": policy(GITHUB_TRUST),
        "resource_account": THERE,
        "resource_must_allow": True,
    }


WEB_IDENTITY = [
    ("the trusted repository", True, token("repo:octo-org/octo-repo:ref:refs/heads/main")),
    ("another repository", False, token("repo:octo-org/octo-repo2:ref:refs/heads/main")),
    ("another audience", False, token("repo:octo-org/octo-repo:ref:refs/heads/main", "x")),
]


@pytest.mark.parametrize(
    ("wanted", "arguments"),
    [pytest.param(wanted, arguments, id=name) for name, wanted, arguments in [*BUCKETS, *KEYS, *TRUST, *WEB_IDENTITY]],
)
def test_resource_policies_decide_as_documented(wanted: bool, arguments: dict[str, Any]) -> None:
    assert may(**arguments) is wanted


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "deny", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "me", "Action": "*", "Resource": "*"},
    ],
    ids=["no effect", "unknown effect", "no action", "no principal", "malformed principal"],
)
def test_a_statement_that_is_not_understood_is_an_error(statement: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        may(**bucket(statement, identity=EVERYTHING))
