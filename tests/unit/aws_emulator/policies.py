"""Names and builders for policy tests: two accounts, a user, a session, short forms of statements."""

from __future__ import annotations

from typing import Any

from aws_emulator.iam.policy import AccessRequest, PolicySet, Principal, decide

HERE, THERE = "111111111111", "222222222222"
ANN = Principal(arn=f"arn:aws:iam::{HERE}:user/ann", account=HERE)
SESSION = Principal(
    arn=f"arn:aws:sts::{HERE}:assumed-role/app/s1", account=HERE, role_arn=f"arn:aws:iam::{HERE}:role/team/app"
)
ROOT = Principal(arn=f"arn:aws:iam::{HERE}:root", account=HERE, root=True)
OBJECT = "arn:aws:s3:::examplebucket/home/ann/x.txt"

Document = dict[str, Any]


def policy(*statements: Document, version: str = "2012-10-17") -> Document:
    return {"Version": version, "Statement": list(statements)}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> Document:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> Document:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def allow_to(principal: Any, action: Any = "*", **more: Any) -> Document:
    return {**allow(action), "Principal": principal, **more}


def deny_to(principal: Any, action: Any = "*", **more: Any) -> Document:
    return {**deny(action), "Principal": principal, **more}


def may(
    *,
    who: Principal = ANN,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    context: dict[str, Any] | None = None,
    **policies: Any,
) -> bool:
    """Whether ``who`` may read the example object, or do what the other arguments say."""
    request = AccessRequest(action=action, resource=on, principal=who, context=context or {})
    return decide(request, PolicySet(**policies)).allowed
