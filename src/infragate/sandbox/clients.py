"""AWS clients for seeding: at the emulator only, all from one session.

A session reads each service's model once (5 to 250 ms); seeding needs a dozen services in every account.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.domain.cloud import Credentials
from infragate.sandbox.control import HOST

# What the emulator takes for "somebody" while it does not enforce.
NOBODY = Credentials(access_key="AKIASANDBOXSANDBOX00", secret_key="none")  # noqa: S106 - no secret
_making = threading.Lock()  # sessions are not thread-safe, clients are


@cache
def _session() -> boto3.Session:
    return boto3.Session()


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One identity at the emulator on `port`."""

    port: int
    region: str
    credentials: Credentials

    def client(self, service: str) -> Any:
        """A client of one service."""
        with _making:
            return _session().client(
                service,
                region_name=self.region,
                endpoint_url=f"http://{HOST}:{self.port}",
                aws_access_key_id=self.credentials.access_key,
                aws_secret_access_key=self.credentials.secret_key,
                aws_session_token=self.credentials.token,
                config=Config(
                    proxies={},
                    ignore_configured_endpoint_urls=True,
                    s3={"addressing_style": "path"},
                    connect_timeout=5,
                    read_timeout=60,
                    retries={"mode": "standard", "max_attempts": 3},
                    parameter_validation=False,
                ),
            )

    def assume(self, role_arn: str, *, session_name: str, region: str | None = None) -> Access:
        """The same emulator as a role."""
        answer = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=session_name)["Credentials"]
        credentials = Credentials(
            access_key=answer["AccessKeyId"],
            secret_key=answer["SecretAccessKey"],
            token=answer["SessionToken"],
            expires=answer["Expiration"],
        )
        return Access(port=self.port, region=region or self.region, credentials=credentials)


@contextmanager
def tolerating(*codes: str) -> Iterator[None]:
    """Go on after an error of AWS that says "it is there already" (or "it is not there")."""
    try:
        yield
    except ClientError as error:
        if aws_api.code(error) not in codes:
            raise


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    """Tags in the form that most services take."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]
