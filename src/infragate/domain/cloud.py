"""Where AWS calls are sent, and with which credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Keys of one identity; `expires` is an aware time, or None for keys that do not expire."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None

    def process_document(self) -> dict[str, object]:
        """The JSON document that an AWS `credential_process` prints."""
        document: dict[str, object] = {
            "Version": 1,
            "AccessKeyId": self.access_key,
            "SecretAccessKey": self.secret_key,
        }
        if self.token:
            document["SessionToken"] = self.token
        if self.expires is not None:
            document["Expiration"] = self.expires.isoformat(timespec="seconds").replace("+00:00", "Z")
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """AWS; the sandbox is a subclass (`infragate.sandbox.cloud`) that overrides the methods below.

    Attributes:
        name: used in folders and documents; any other difference between clouds is a field or a method.
        endpoint: base address of every service; None means AWS's own.
        variables: added to the environment of child programs, so that they use the same endpoints.
        caller: the credentials that assume roles; None means the user's own (environment, profile, instance).
        profile: the AWS profile of the user's own credentials; None means the default choice.
    """

    name: Literal["aws", "sandbox"]
    endpoint: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    caller: Credentials | None = None
    profile: str | None = None

    def administrator(self, account_id: str) -> Credentials | None:  # noqa: ARG002 - for subclasses
        """The administrator of an account, if the cloud has one."""
        return None

    def refuse_way_out(self, variables: Mapping[str, str]) -> None:
        """Raise Integrity if a program with these variables could leave this cloud."""

    @property
    def has_services(self) -> bool:
        """True if programs run behind the addresses that an apply creates."""
        return True

    @property
    def concerns_people(self) -> bool:
        """True if somebody outside of this machine must know what happens in it."""
        return True

    def after_apply(self, account_id: str, region: str) -> str:  # noqa: ARG002 - for subclasses
        """Do what AWS does by itself after an apply, if this cloud does not; return a sentence about it, or ""."""
        return ""


AWS = Cloud(name="aws")
