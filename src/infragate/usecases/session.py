"""A session: AWS under the roles of one Environment and one purpose, assumed at first use.

A verb opens one session for each purpose and passes it down. The state role is assumed from the Environment's role.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from infragate.adapters.aws import aws_api, aws_profiles
from infragate.adapters.aws.aws_api import CallerIdentity
from infragate.adapters.aws.aws_profiles import PROVIDER, STATE
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.github import job_token
from infragate.adapters.local import clock, files, own_folder
from infragate.adapters.local.settings import Actor
from infragate.adapters.process import output
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Say
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import BadInput, RemoteFailed

TRANSCRIPT = "apply.jsonl"  # in `Session.folder`: Terraform's output during an apply
_MINUTE = timedelta(minutes=1)
LEAST = timedelta(minutes=15)  # changing a database in place takes about ten
_RENEW_BEFORE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mfa:
    """An MFA device and its present code."""

    serial: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The credentials of a session: the Environment's role, and the state role of the same purpose.

    Attributes:
        renewable: True if they can be renewed without a person (no MFA, not the caller's own session).
    """

    provider: Credentials
    state: Credentials
    renewable: bool

    @property
    def ends(self) -> datetime | None:
        """The earliest expiry; None if unknown."""
        return min((keys.expires for keys in (self.provider, self.state) if keys.expires), default=None)

    @property
    def by_profile(self) -> dict[str, Credentials]:
        return {PROVIDER: self.provider, STATE: self.state}


@dataclass(kw_only=True, eq=False)
class Session:
    """A context manager; thread-safe.

    Attributes:
        root: the checkout, whose own folder holds the private AWS config file.
        say: receives progress; warn: receives warnings.
    """

    root: Path
    project: Project
    environment: Environment
    purpose: Purpose
    cloud: Cloud
    actor: Actor
    say: Say
    warn: Say
    mfa: Mfa | None = None
    _keys: Keys | None = field(default=None, init=False, repr=False)
    _profiles: Mapping[str, str] | None = field(default=None, init=False, repr=False)
    _taking: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _closing: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    def __enter__(self) -> Self:
        """Begin; no role is assumed yet."""
        return self

    def __exit__(self, *_failure: object) -> None:
        self._closing.close()

    def under(self, purpose: Purpose) -> Session:
        """The session of another purpose, closed with this one. Break-glass keeps its role: its MFA code works once."""
        if self.purpose in (purpose, "break-glass"):
            return self
        return self._closing.enter_context(replace(self, purpose=purpose))

    @property
    def keys(self) -> Keys:
        """The keys, renewed if they end in a few minutes and are renewable.

        Raises:
            BadInput: break-glass without an MFA code.
            RemoteFailed: no credentials, access denied, no network.
            Integrity: the role is in another account.
        """
        with self._taking:
            keys = self._keys
            soon = keys and keys.renewable and keys.ends and keys.ends - clock.now() < _RENEW_BEFORE
            if keys is None or soon:
                keys = self._keys = self._take()
            return keys

    @property
    def variables(self) -> dict[str, str]:
        """For child programs: the cloud's variables, and a private AWS config file, renewed until the session closes."""
        if self._profiles is None:
            keys, folder = self.keys, self.folder(self.root)
            self._profiles = self._closing.enter_context(
                aws_profiles.profiles(
                    files.private_folder(folder) / "runs",
                    keys.by_profile,
                    region=self.environment.region,
                    renew=self.renew if keys.renewable else None,
                    warn=self.warn,
                    # The Terraform of a killed apply reads its keys from there until it has ended.
                    sweep=not output.in_use(folder / TRANSCRIPT),
                )
            )
        return {**self._profiles, **self.cloud.variables}

    def folder(self, root: Path) -> Path:
        """The folder, in the state folder of a checkout or draft, for this Environment in this cloud."""
        return own_folder.of(root) / self.cloud.name / self.environment.name

    def store(self) -> StateStore:
        """The Environment's state, lock and records, under the state role."""
        return StateStore(environment=self.environment, cloud=self.cloud, credentials=self.keys.state)

    def client(self, service: str) -> Any:
        """A client of one AWS service under the Environment's role."""
        return aws_api.client(service, cloud=self.cloud, region=self.environment.region, credentials=self.keys.provider)

    def identity(self) -> CallerIdentity:
        """The caller's identity, from AWS."""
        return aws_api.identity(cloud=self.cloud, region=self.environment.region, credentials=self.keys.provider)

    @property
    def name(self) -> str:
        """The `RoleSessionName`: actor and pull request."""
        return session_name(self.actor)

    @property
    def source_identity(self) -> str:
        """As the function."""
        return source_identity(self.actor)

    def renew(self) -> Mapping[str, Credentials]:
        """Assume the roles again; return the new keys by profile."""
        with self._taking:
            self._keys = self._take()
            return self._keys.by_profile

    def _take(self) -> Keys:
        own, provider = self._provider()
        state = aws_api.assume_role(
            self.environment.state_role_arn(self.purpose),
            cloud=self.cloud,
            region=self.environment.state.region,
            session_name=self.name,
            credentials=provider,
        )
        return Keys(provider=provider, state=state, renewable=not own and self.mfa is None)

    def _provider(self) -> tuple[bool, Credentials]:
        """Whether the caller already is the role, and the role's credentials."""
        role, region = self.environment.role_arn(self.purpose), self.environment.region
        if self.cloud.caller is None and self.purpose != "break-glass" and (token := job_token.token()) is not None:
            keys = aws_api.assume_role_with_token(role, token, cloud=self.cloud, region=region, session_name=self.name)
            return False, keys
        is_role, caller = calling_as(role, cloud=self.cloud, region=region)
        return is_role, caller if is_role else self._take_role(caller)

    def _take_role(self, caller: Credentials) -> Credentials:
        role, emergency = self.environment.role_arn(self.purpose), self.purpose == "break-glass"
        if emergency and self.mfa is None:
            fix = "add --mfa-serial ARN --mfa-code CODE"
            raise BadInput("break-glass requires MFA", where=role, fix=fix)
        return aws_api.assume_role(
            role,
            cloud=self.cloud,
            region=self.environment.region,
            session_name=self.name,
            credentials=caller,
            source_identity=self.source_identity,
            external_id=None if emergency else self.environment.external_id,
            mfa=(self.mfa.serial, self.mfa.code) if self.mfa else None,
        )


def calling_as(role_arn: str, *, cloud: Cloud, region: str) -> tuple[bool, Credentials]:
    """Whether the caller already is the role (GitHub OIDC), and the caller's credentials.

    Raises:
        RemoteFailed: no credentials, or the call failed.
    """
    if cloud.caller is not None:
        return False, cloud.caller
    (who, keys), role = aws_api.caller_and_keys(cloud=cloud, region=region), role_arn.split(":", 5)
    return (who.account_id, f"role/{who.role_name}") == (role[4], role[5]), keys


def lasting(keys: Keys, now: datetime) -> str | None:
    """A notice for an apply whose keys cannot be renewed: when they end. None for renewable keys.

    Raises:
        RemoteFailed: they have ended, or would end in mid-apply.
    """
    if keys.renewable:
        return None
    unknown = "" if keys.provider.expires else "; the end of your own session is unknown (AWS_CREDENTIAL_EXPIRATION)"
    if keys.ends is None:
        return f"the AWS session of this apply is not renewed{unknown}"
    left = keys.ends - now
    if left < LEAST:
        minutes = f"in {left // _MINUTE} min" if left > timedelta() else f"at {keys.ends:%H:%M} UTC, which has passed"
        raise RemoteFailed(
            f"the AWS session ends {minutes} and cannot be renewed: too soon for an apply ({LEAST // _MINUTE} min)",
            where="AWS credentials",
            fix="get a new session (a new job, sign in, a new MFA code), then run it again",
        )
    return f"the AWS session of this apply ends at {keys.ends:%H:%M} UTC, in {left // _MINUTE} min, and is not renewed{unknown}"


def session_name(actor: Actor) -> str:
    """Actor and pull request as a `RoleSessionName` (2 to 64 of [\\w+=,.@-])."""
    tail = f"-pr{actor.pull_request}" if actor.pull_request else ""
    return _cleaned(actor.name)[: 64 - len(tail)] + tail


def source_identity(actor: Actor) -> str:
    """The actor's name as AWS `SourceIdentity`, which later sessions in the chain keep."""
    return _cleaned(actor.name)[:64]


def _cleaned(name: str) -> str:
    cleaned = re.sub(r"[^\w+=,.@-]", "-", name, flags=re.ASCII)
    return cleaned if len(cleaned) >= 2 else f"{cleaned or 'x'}-"
