"""The only owner of AWS API calls: clients for one identity, and errors in our words."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from infragate.adapters.local import masking
from infragate.domain.cloud import AWS, Cloud, Credentials
from infragate.domain.command import Command, advice
from infragate.domain.errors import InfragateError, Integrity, RemoteFailed

EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
SIGN_IN = "sign in again (aws sso login)"
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure")
UNKNOWN_KEYS = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentity:
    """Who AWS says that we are."""

    account_id: str
    arn: str

    @property
    def role_name(self) -> str | None:
        """The role of an assumed-role session, else None."""
        resource = self.arn.rpartition(":")[2].split("/")
        return resource[1] if resource[0] == "assumed-role" and len(resource) > 1 else None


def client(service: str, *, cloud: Cloud, region: str, credentials: Credentials | None = None) -> Any:
    """A client of one service under `credentials`, else under the cloud's caller."""
    used = credentials or cloud.caller
    config = Config(
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=5,
        read_timeout=30,
        ignore_configured_endpoint_urls=True,  # a run never goes where a variable or a config file points by accident
        proxies={} if cloud.endpoint else None,
        s3={"addressing_style": "path"} if cloud.endpoint else None,
        user_agent_extra="infragate",
    )
    with reported(f"make a client for {service}"):
        return _session(None if used else cloud.profile).client(
            service,
            region_name=region,
            endpoint_url=cloud.endpoint,
            aws_access_key_id=used.access_key if used else None,
            aws_secret_access_key=used.secret_key if used else None,
            aws_session_token=used.token if used else None,
            config=config,
        )


def _session(profile: str | None) -> boto3.Session:
    """A new session, as sessions are not thread-safe; all of them share the models of the services (40 ms to load)."""
    core = botocore.session.Session()
    session = boto3.Session(botocore_session=core, profile_name=profile)
    core.register_component("data_loader", _models())
    return session


@cache
def _models() -> Any:
    return botocore.session.Session().get_component("data_loader")


def identity(*, cloud: Cloud, region: str, credentials: Credentials | None = None) -> CallerIdentity:
    """Ask STS who we are.

    Raises:
        RemoteFailed: no credentials, expired or unknown ones, or no network.
    """
    with reported("ask who we are"):
        answer = client("sts", cloud=cloud, region=region, credentials=credentials).get_caller_identity()
    return CallerIdentity(account_id=answer["Account"], arn=answer["Arn"])


def assume_role(
    role_arn: str,
    *,
    cloud: Cloud,
    region: str,
    session_name: str,
    credentials: Credentials | None = None,
    source_identity: str | None = None,
    external_id: str | None = None,
    mfa: tuple[str, str] | None = None,
) -> Credentials:
    """Take a role for an hour (what AWS allows a chained session).

    Args:
        mfa: serial number of the device and the code that it shows.

    Raises:
        RemoteFailed: the role's trust refuses us, or AWS cannot be reached.
    """
    request: dict[str, Any] = {"RoleArn": role_arn, "RoleSessionName": session_name, "DurationSeconds": 3600}
    if source_identity:
        request["SourceIdentity"] = source_identity
    if external_id:
        request["ExternalId"] = external_id
    if mfa:
        request["SerialNumber"], request["TokenCode"] = mfa
    with reported(f"assume {role_arn}"):
        answer = client("sts", cloud=cloud, region=region, credentials=credentials).assume_role(**request)
    _expect_account(answer["AssumedRoleUser"]["Arn"], role_arn)
    keys = answer["Credentials"]
    return _kept_secret(
        Credentials(
            access_key=keys["AccessKeyId"],
            secret_key=keys["SecretAccessKey"],
            token=keys["SessionToken"],
            expires=keys["Expiration"],
        )
    )


def _kept_secret(keys: Credentials) -> Credentials:
    """The same keys, which no sink shows from now on, whoever asked for them. A lasting key's id is no secret."""
    masking.learn(keys.access_key if keys.token else None, keys.secret_key, keys.token)
    return keys


def _expect_account(got: str, asked: str) -> None:
    if got.split(":")[4] != asked.split(":")[4]:
        raise Integrity(
            f"asked for account {asked.split(':')[4]} and got {got.split(':')[4]}",
            where=asked,
            fix="check account_id in infra/environments.yaml",
        )


def own_credentials(cloud: Cloud = AWS) -> Credentials:
    """The keys that AWS's own search finds, as they are now.

    Raises:
        RemoteFailed: there are none, or they could not be fetched.
    """
    with reported("use your credentials"):
        found = boto3.Session(profile_name=cloud.profile).get_credentials()
        if found is None:
            raise NoCredentialsError
        keys = found.get_frozen_credentials()
    ends = getattr(found, "_expiry_time", None)  # known to botocore alone, and only where the source has told it
    return _kept_secret(
        Credentials(access_key=keys.access_key, secret_key=keys.secret_key, token=keys.token, expires=ends)
    )


def code(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def unless_absent(call: Callable[[], Any], absent: Container[str]) -> Any:
    """The answer, or None where AWS says with one of these codes that the thing is not there."""
    try:
        return call()
    except ClientError as error:
        if code(error) in absent:
            return None
        raise


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Turn botocore's errors into ours; `what` completes "cannot ...".

    Raises:
        RemoteFailed: for every error of AWS or of the way to it.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise explain(error, what) from error
    except RuntimeError as error:  # botocore's only word for keys whose AWS_CREDENTIAL_EXPIRATION has passed
        if "still expired" not in str(error):
            raise
        raise RemoteFailed(
            f"cannot {what}: the credentials have expired", where="AWS_CREDENTIAL_EXPIRATION", fix=SIGN_IN
        ) from error


def explain(error: Exception, what: str) -> InfragateError:
    """The error that a user is told for an error of botocore."""
    if isinstance(error, ClientError):
        return _explain_answer(error, what)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return RemoteFailed(
            f"cannot {what}: no AWS credentials were found",
            where="AWS credentials",
            fix="aws sso login, or set AWS_PROFILE; or try it without an account: add --sandbox",
        )
    if isinstance(error, (ProfileNotFound, CredentialRetrievalError)):
        return RemoteFailed(
            f"cannot {what}: {error}", where="AWS credentials", fix="check AWS_PROFILE and ~/.aws/config"
        )
    if isinstance(error, (EndpointConnectionError, HTTPClientError)):
        return RemoteFailed(
            f"cannot {what}: AWS cannot be reached",
            where=_short(error),
            fix="check network and proxy, then run it again",
        )
    return RemoteFailed(f"cannot {what}: {_short(error)}", where="AWS", fix=Command("doctor"))


def _explain_answer(error: ClientError, what: str) -> InfragateError:
    reason, message = code(error), str(error.response.get("Error", {}).get("Message", ""))
    where = f"AWS {error.operation_name}: {reason}"
    if reason in EXPIRED:
        return RemoteFailed(f"cannot {what}: the credentials have expired", where=where, fix=SIGN_IN)
    if reason in UNKNOWN_KEYS:
        return RemoteFailed(
            f"cannot {what}: AWS does not know these credentials",
            where=where,
            fix="sign in again, or check AWS_PROFILE",
        )
    if reason in REFUSED:
        never = ("; if the role was never made: ", Command("bootstrap-backend", ("--plan",)))
        fix = advice("docs/roles.md says who may do what", never if error.operation_name == "AssumeRole" else None)
        return RemoteFailed(f"cannot {what}: refused: {message[:300]}", where=where, fix=fix)
    return RemoteFailed(f"cannot {what}: {message[:300] or reason}", where=where, fix=Command("doctor"))


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
