"""Where AWS calls go, and as whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Keys of one identity.

    Attributes:
        expires: when they end (aware), or None for keys that do not.
    """

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    expires: datetime | None = None

    def process_document(self) -> dict[str, object]:
        """What an AWS `credential_process` prints."""
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
    """AWS itself; the sandbox is a subclass of it (`infragate.sandbox.cloud`) that overrides the methods below.

    Attributes:
        name: of folders and documents; what differs between clouds is a field or a method here.
        endpoint: base address of every service; None means AWS's own.
        variables: what child programs get beside the allow-list so that they talk to the same place and no other.
        caller: who asks for roles; None means the caller's own AWS credentials (environment, profile, instance).
        profile: the AWS profile of those, where the environment's own choice is not wanted.
    """

    name: Literal["aws", "sandbox"]
    endpoint: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    caller: Credentials | None = None
    profile: str | None = None

    def administrator(self, account_id: str) -> Credentials | None:  # noqa: ARG002 - for subclasses
        """The administrator of an account, if the cloud itself provides one."""
        return None

    def after_apply(self, account_id: str, region: str) -> str:  # noqa: ARG002 - for subclasses
        """Do what AWS does by itself after an apply, if the cloud does not; returns what was done, or ""."""
        return ""


AWS = Cloud(name="aws")
