"""The only owner of AWS API calls: clients for one identity, and AWS errors as infragate's."""

from __future__ import annotations

import copy
import os
import threading
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConstantProvider
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
from botocore.hooks import HierarchicalEmitter

from infragate.adapters.aws.service_models import ServiceModels
from infragate.adapters.local import masking
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Command, advice
from infragate.domain.errors import BadInput, InfragateError, Integrity, RemoteFailed

EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
SIGN_IN = "sign in again (aws sso login)"
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthFailure")
UNKNOWN_KEYS = ("InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId")

_creating = threading.Lock()  # threads may share a client, but not the session while it creates one

# Of botocore's settings, those by which the caller's keys are found; and certificates.
_OF_THE_CALLER = frozenset(
    "profile region config_file credentials_file ca_bundle metadata_service_timeout metadata_service_num_attempts "
    "ec2_metadata_service_endpoint ec2_metadata_service_endpoint_mode ec2_metadata_v1_disabled imds_use_ipv6".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerIdentity:
    """The answer of `sts get-caller-identity`."""

    account_id: str
    arn: str

    @property
    def role_name(self) -> str | None:
        """The role of an assumed-role session; None for any other identity."""
        resource = self.arn.rpartition(":")[2].split("/")
        return resource[1] if resource[0] == "assumed-role" and len(resource) > 1 else None


def client(service: str, *, cloud: Cloud, region: str, credentials: Credentials | None = None) -> Any:
    """A client of one service with `credentials`, else with those of the cloud's caller.

    It is made once in a run for each service, region and set of keys: that takes 10 ms.
    """
    keys = credentials or cloud.caller or _own_keys(cloud)
    with reported(f"create a client for {service}"), _creating:
        return _client(service, cloud.endpoint, region, keys)


@cache
def _client(service: str, endpoint: str | None, region: str, keys: Credentials | None) -> Any:
    """A client for all threads; without keys its requests are not signed."""
    config = Config(
        signature_version=None if keys else UNSIGNED,
        retries={"mode": "standard", "max_attempts": 4},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=50,  # for all threads together; a connection above that is closed after one request
        ignore_configured_endpoint_urls=True,  # a leftover variable or config file must not redirect a run
        proxies={} if endpoint else None,
        s3={"addressing_style": "path"} if endpoint else None,
        user_agent_extra="infragate",
    )
    return _own_session().client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=keys and keys.access_key,
        aws_secret_access_key=keys and keys.secret_key,
        aws_session_token=keys and keys.token,
        config=config,
    )


@cache
def _own_session() -> boto3.Session:
    """The session for clients, which no file of the user changes."""
    return _session({"profile": None, "config_file": os.devnull, "credentials_file": os.devnull})


def _own_keys(cloud: Cloud) -> Credentials:
    """The current keys of the default credential chain: environment, profile, single sign-on, container, instance."""
    credentials = _session({}, profile=cloud.profile).get_credentials()
    if credentials is None:
        raise NoCredentialsError
    keys = credentials.get_frozen_credentials()
    expires = getattr(credentials, "_expiry_time", None)  # botocore has no public name for it
    return Credentials(access_key=keys.access_key, secret_key=keys.secret_key, token=keys.token, expires=expires)


def _session(fixed: Mapping[str, str | None], *, profile: str | None = None) -> boto3.Session:
    """A new session, whose settings are botocore's defaults: a file or variable must not redirect a run.

    All share the service models and begin with the same handlers (5 ms to register).

    Args:
        fixed: values of further settings.
    """
    models, handlers = _shared()
    core = botocore.session.Session(event_hooks=copy.copy(handlers), include_builtin_handlers=False)
    settings = core.get_component("config_store")
    defaults = {name: default for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    unasked = {name: default for name, default in defaults.items() if name not in _OF_THE_CALLER}
    own = {"ignore_configured_endpoint_urls": True, "s3": {}, "proxies_config": {}}
    for name, value in {**unasked, **own, **fixed}.items():
        settings.set_config_provider(name, ConstantProvider(value))
    session = boto3.Session(botocore_session=core, profile_name=profile)
    core.register_component("data_loader", models)  # boto3 would add its own folder to the paths of this one
    return session


@cache
def _shared() -> tuple[Any, HierarchicalEmitter]:
    """The loader of service models, and botocore's event handlers."""
    handlers = HierarchicalEmitter()
    botocore.session.Session(event_hooks=handlers)
    return ServiceModels(), handlers


def identity(*, cloud: Cloud, region: str, credentials: Credentials | None = None) -> CallerIdentity:
    """Read the caller identity from STS.

    Raises:
        RemoteFailed: the credentials are missing, expired or unknown, or AWS cannot be reached.
    """
    with reported("read the caller identity"):
        answer = client("sts", cloud=cloud, region=region, credentials=credentials).get_caller_identity()
    return CallerIdentity(account_id=answer["Account"], arn=answer["Arn"])


def caller_and_keys(*, cloud: Cloud, region: str) -> tuple[CallerIdentity, Credentials]:
    """The caller by the default chain, and its keys: for what is asked next, as the chain may ask a program each time.

    Raises:
        RemoteFailed: as `identity`.
    """
    with reported("read the caller identity"):
        keys = _masked(_own_keys(cloud))
    return identity(cloud=cloud, region=region, credentials=keys), keys


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
    """Assume a role for an hour, AWS's limit for a chained session.

    Args:
        mfa: serial number of the device and its current code.

    Raises:
        RemoteFailed: the role does not trust the caller, or AWS cannot be reached.
        Integrity: the session is in another account.
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
    _check_account(answer["AssumedRoleUser"]["Arn"], role_arn)
    return _answered(answer["Credentials"])


def assume_role_with_token(role_arn: str, token: str, *, cloud: Cloud, region: str, session_name: str) -> Credentials:
    """Assume a role with a token of GitHub Actions, for an hour.

    Raises:
        RemoteFailed: the role does not trust the job, or AWS cannot be reached.
        Integrity: the session is in another account.
    """
    masking.learn(token)
    with reported(f"assume {role_arn}"):
        with _creating:
            unsigned = _client("sts", cloud.endpoint, region, None)
        answer = unsigned.assume_role_with_web_identity(
            RoleArn=role_arn, RoleSessionName=session_name, WebIdentityToken=token, DurationSeconds=3600
        )
    _check_account(answer["AssumedRoleUser"]["Arn"], role_arn)
    return _answered(answer["Credentials"])


def _answered(keys: Mapping[str, Any]) -> Credentials:
    """The keys in an answer of STS."""
    return _masked(
        Credentials(
            access_key=keys["AccessKeyId"],
            secret_key=keys["SecretAccessKey"],
            token=keys["SessionToken"],
            expires=keys["Expiration"],
        )
    )


def _masked(keys: Credentials) -> Credentials:
    """The same keys; all output masks them from now on, except the id of a long-term key, which is not secret."""
    masking.learn(keys.access_key if keys.token else None, keys.secret_key, keys.token)
    return keys


def _check_account(session_arn: str, role_arn: str) -> None:
    actual, expected = session_arn.split(":")[4], role_arn.split(":")[4]
    if actual != expected:
        raise Integrity(
            f"expected account {expected}, got {actual}",
            where=role_arn,
            fix="check account_id in infra/environments.yaml",
        )


def code(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def unless_absent(call: Callable[[], Any], absent: Container[str]) -> Any:
    """The answer of a call; None if AWS refuses it with one of the codes in `absent`."""
    try:
        return call()
    except ClientError as error:
        if code(error) in absent:
            return None
        raise


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Turn botocore's errors into infragate's; `what` completes "cannot ...".

    Raises:
        RemoteFailed: AWS refused the call or cannot be reached, or there are no usable credentials.
        BadInput: the profile does not exist.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _explain(error, what) from error
    except RuntimeError as error:  # botocore has no own error class for a passed AWS_CREDENTIAL_EXPIRATION
        if "still expired" not in str(error):
            raise
        raise RemoteFailed(
            f"cannot {what}: the credentials have expired", where="AWS_CREDENTIAL_EXPIRATION", fix=SIGN_IN
        ) from error


def _explain(error: Exception, what: str) -> InfragateError:
    if isinstance(error, ClientError):
        return _explain_answer(error, what)
    if isinstance(error, (NoCredentialsError, PartialCredentialsError)):
        return RemoteFailed(
            f"cannot {what}: no AWS credentials were found",
            where="AWS credentials",
            fix="aws sso login, or set AWS_PROFILE; or try it without an account: add --sandbox",
        )
    if isinstance(error, ProfileNotFound):
        return BadInput(f"cannot {what}: {error}", where="AWS_PROFILE", fix="check AWS_PROFILE and ~/.aws/config")
    if isinstance(error, CredentialRetrievalError):
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


def _explain_answer(error: ClientError, what: str) -> RemoteFailed:
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
        create = ("; if the role does not exist: ", Command("bootstrap-backend", ("--plan",)))
        fix = advice("see docs/roles.md", create if error.operation_name == "AssumeRole" else None)
        return RemoteFailed(f"cannot {what}: refused: {message[:300]}", where=where, fix=fix)
    return RemoteFailed(f"cannot {what}: {message[:300] or reason}", where=where, fix=Command("doctor"))


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
