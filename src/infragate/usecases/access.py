"""Credentials for one Environment and purpose: its role, and through it the state role of the same purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.aws_profiles import PROVIDER, STATE, Renew
from infragate.adapters.local.settings import Actor
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.environment import Environment, Purpose
from infragate.domain.errors import BadInput, RemoteFailed

_MINUTE = timedelta(minutes=1)
LEAST = timedelta(minutes=15)  # a database that is changed in place takes about ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Mfa:
    """A device and the code that it shows."""

    serial: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who wants what."""

    environment: Environment
    purpose: Purpose
    cloud: Cloud
    actor: Actor
    mfa: Mfa | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Both credentials of one purpose.

    Attributes:
        renewable: whether new ones can be had without a person (no MFA, not the caller's own session).
    """

    provider: Credentials
    state: Credentials
    session_name: str
    source_identity: str
    renewable: bool

    @property
    def by_profile(self) -> dict[str, Credentials]:
        """Keys for the private AWS config file."""
        return {PROVIDER: self.provider, STATE: self.state}


def obtain(request: AccessRequest) -> Access:
    """Take both roles and check the account.

    Raises:
        BadInput: break-glass without an MFA code.
        RemoteFailed: no credentials, refused, no network.
        Integrity: the session is in another account.
    """
    environment, session = request.environment, session_name(request.actor)
    own = _already(request)
    provider = own or _take_role(request)
    state = aws_api.assume_role(
        environment.state_role_arn(request.purpose),
        cloud=request.cloud,
        region=environment.state.region,
        session_name=session,
        credentials=provider,
    )
    return Access(
        provider=provider,
        state=state,
        session_name=session,
        source_identity=source_identity(request.actor),
        renewable=own is None and request.mfa is None,
    )


def _take_role(request: AccessRequest) -> Credentials:
    environment = request.environment
    if request.purpose == "break-glass" and request.mfa is None:
        raise BadInput(
            "break-glass needs your MFA device",
            where=environment.role_arn("break-glass"),
            fix="add --mfa-serial ARN --mfa-code CODE",
        )
    device = (request.mfa.serial, request.mfa.code) if request.mfa else None
    key = (environment.role_arn(request.purpose), device)
    if key in _by_code:
        return _by_code[key]
    taken = aws_api.assume_role(
        environment.role_arn(request.purpose),
        cloud=request.cloud,
        region=environment.region,
        session_name=session_name(request.actor),
        source_identity=source_identity(request.actor),
        external_id=None if request.purpose == "break-glass" else environment.external_id,
        mfa=device,
    )
    if device is not None:
        _by_code[key] = taken
    return taken


# AWS takes the code of an MFA device once; a verb that opens a Stack several times goes on with its first session.
_by_code: dict[tuple[str, tuple[str, str] | None], Credentials] = {}


def renewal(request: AccessRequest, access: Access) -> Renew | None:
    """What makes new credentials while a run goes on, or None where only a person can."""
    return (lambda: obtain(request).by_profile) if access.renewable else None


def lasting(access: Access, now: datetime) -> str | None:
    """What an apply must know of keys that nobody renews: when they end. None for keys that are renewed.

    Raises:
        RemoteFailed: they have ended, or end so soon that an apply would break off in the middle.
    """
    if access.renewable:
        return None
    ends = [keys.expires for keys in (access.provider, access.state) if keys.expires is not None]
    known = "" if access.provider.expires else "; when your own session ends is not known (AWS_CREDENTIAL_EXPIRATION)"
    if not ends:
        return f"the AWS session of this apply is not renewed{known}"
    left = min(ends) - now
    if left < LEAST:
        minutes = f"in {left // _MINUTE} min" if left > timedelta() else f"at {min(ends):%H:%M} UTC, which has passed"
        raise RemoteFailed(
            f"the AWS session ends {minutes} and cannot be renewed: too soon for an apply ({LEAST // _MINUTE} min)",
            where=access.session_name,
            fix="get a new session (a new job, sign in, a new MFA code), then run it again",
        )
    return f"the AWS session of this apply ends at {min(ends):%H:%M} UTC, in {left // _MINUTE} min, and is not renewed{known}"


def session_name(actor: Actor) -> str:
    """Who and which pull request, in the alphabet and length of `RoleSessionName` (2 to 64 of [\\w+=,.@-])."""
    tail = f"-pr{actor.pull_request}" if actor.pull_request else ""
    return _cleaned(actor.name)[: 64 - len(tail)] + tail


def source_identity(actor: Actor) -> str:
    """The person, as every later session in the chain will carry it (`SourceIdentity`, the same alphabet)."""
    return _cleaned(actor.name)[:64]


def _cleaned(name: str) -> str:
    cleaned = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)
    return cleaned if len(cleaned) >= 2 else f"{cleaned or 'x'}-"


def _already(request: AccessRequest) -> Credentials | None:
    """The caller's own session when it is the wanted role already (GitHub OIDC)."""
    if request.cloud.caller is not None:
        return None
    who = aws_api.identity(cloud=request.cloud, region=request.environment.region)
    wanted = request.environment.role_arn(request.purpose)
    if who.account_id == request.environment.account_id and who.role_name == wanted.rpartition("/")[2]:
        return aws_api.own_credentials(request.cloud)
    return None
