"""The caller of a request, and the policies that apply to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends

from aws_emulator import sessions, stores
from aws_emulator.denials import Denied
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.iam.policy import Document, PolicySet, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller with its own policies and the ``aws:Principal*`` context keys. All defaults: anonymous."""

    principal: Principal = field(default_factory=Principal)
    secret: str = ""
    policies: PolicySet = field(default_factory=PolicySet)
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    session: Any | None = None  # moto's AssumedRole
    mfa_devices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.principal.arn or "anonymous"


def identify(access_key: str, token: str | None) -> Caller:
    """The caller behind an access key. Raises Denied for an unknown key, a wrong token or an expired session."""
    if (owner := sessions.find(access_key)) is not None:
        return _session_caller(*owner, token)
    for account in list(iam_backends):
        for user in list(stores.iam(account).users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key and key.status == "Active":
                    return _user_caller(account, user, key.secret_access_key)
    raise Denied("The security token included in the request is invalid.", code="InvalidClientTokenId")


def _boundary(account: str, arn: str | None) -> Document | None:
    """The permissions boundary; a deleted one allows nothing."""
    return stores.managed_policy(account, arn) if arn else None


def _principal_tags(tags: Mapping[str, str]) -> dict[str, ContextValue]:
    return {f"aws:PrincipalTag/{key}": value for key, value in tags.items()}


def _session_caller(account: str, session: Any, token: str | None) -> Caller:
    if token != session.session_token:
        raise Denied("The security token included in the request is invalid.", code="InvalidClientTokenId")
    if session.expiration.replace(tzinfo=None) < datetime.now(UTC).replace(tzinfo=None):
        raise Denied("The security token included in the request is expired", code="ExpiredToken")
    role, facts = stores.role(session.role_arn), sessions.facts_of(session)
    context: dict[str, ContextValue] = {
        "aws:PrincipalArn": session.role_arn,
        "aws:userid": session.user_id,
        "aws:PrincipalType": "AssumedRole",
        "aws:SourceIdentity": facts.source_identity,
        "aws:FederatedProvider": facts.provider,
        # AWS: credentials from AssumeRole carry no MFA information, even if MFA was used to get them.
        "aws:MultiFactorAuthPresent": "false",
        **_principal_tags({**stores.tags_of(getattr(role, "tags", None)), **facts.tags}),
    }
    return Caller(
        principal=Principal(arn=session.arn, account=account, role_arn=session.role_arn),
        secret=session.secret_access_key,
        policies=PolicySet(
            identity=stores.attached(role) if role else (),
            boundary=_boundary(account, role.permissions_boundary_arn) if role else None,
            session=facts.policies,
        ),
        context=context,
        session=session,
    )


def _user_caller(account: str, user: Any, secret: str) -> Caller:
    identity = stores.attached(user)
    for group in stores.iam(account).get_groups_for_user(user.name):
        identity += stores.attached(group)
    return Caller(
        principal=Principal(arn=user.arn, account=account),
        secret=secret,
        policies=PolicySet(
            identity=identity, boundary=_boundary(account, getattr(user, "permissions_boundary_arn", None))
        ),
        context={
            "aws:PrincipalArn": user.arn,
            "aws:username": user.name,
            "aws:userid": user.id,
            "aws:PrincipalType": "User",
            **_principal_tags(stores.tags_of(getattr(user, "tags", None))),
        },
        mfa_devices=tuple(user.mfa_devices),
    )
