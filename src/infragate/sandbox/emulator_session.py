"""AWS clients for seeding, under one identity at the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Cloud, Credentials

EXISTS = "EntityAlreadyExists"  # IAM's error code


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorSession:
    """One identity at the emulator, in one region."""

    cloud: Cloud
    region: str
    credentials: Credentials

    def client(self, service: str) -> Any:
        return aws_api.client(service, cloud=self.cloud, region=self.region, credentials=self.credentials)


@contextmanager
def tolerating(*codes: str) -> Iterator[None]:
    """Ignore AWS errors with these codes."""
    try:
        yield
    except ClientError as error:
        if aws_api.code(error) not in codes:
            raise


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in the format of most services."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
