"""Which of bootstrap's things an account has already, and the ids under which Terraform imports them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.domain.bootstrap.bootstrap_resources import Thing
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.errors import BadInput

_ABSENT = frozenset(
    """
    404 NoSuchBucket NotFound NotFoundException ResourceNotFoundException NoSuchEntity NoSuchBucketPolicy
    NoSuchLifecycleConfiguration NoSuchPublicAccessBlockConfiguration OwnershipControlsNotFoundError
    ServerSideEncryptionConfigurationNotFoundError
    """.split()
)
# The call that answers for a part of a bucket, and what of its answer says that the part is there.
_BUCKET_PARTS = {
    "aws_s3_bucket": ("head_bucket", None),
    "aws_s3_bucket_versioning": ("get_bucket_versioning", "Status"),
    "aws_s3_bucket_server_side_encryption_configuration": ("get_bucket_encryption", None),
    "aws_s3_bucket_public_access_block": ("get_public_access_block", None),
    "aws_s3_bucket_ownership_controls": ("get_bucket_ownership_controls", None),
    "aws_s3_bucket_lifecycle_configuration": ("get_bucket_lifecycle_configuration", None),
    "aws_s3_bucket_policy": ("get_bucket_policy", None),
}


class Inventory:
    """One account, seen by its administrator. Lists are read once."""

    def __init__(self, *, cloud: Cloud, region: str, credentials: Credentials) -> None:
        self._cloud, self._region, self._credentials = cloud, region, credentials

    def existing(self, things: Iterable[Thing]) -> dict[str, str]:
        """Import ids by address, of those things that are there.

        Raises:
            BadInput: the bucket's name is taken by another account.
            RemoteFailed: AWS refused or cannot be reached.
        """
        found: dict[str, str] = {}
        with aws_api.reported("look at what is there"):
            for thing in things:
                identity = self._find(thing)
                if identity is not None:
                    found[thing.address] = identity
        return found

    def key_arn(self, alias: str) -> str | None:
        """ARN of the key that an alias stands for, or None.

        Raises:
            RemoteFailed: AWS refused or cannot be reached.
        """
        with aws_api.reported(f"look at {alias}"):
            answer = self._ask(lambda: self._client("kms").describe_key(KeyId=alias))
        return str(answer["KeyMetadata"]["Arn"]) if answer else None

    def table_exists(self, name: str) -> bool:
        """Whether there is a DynamoDB table of that name.

        Raises:
            RemoteFailed: AWS refused or cannot be reached.
        """
        with aws_api.reported(f"look at table {name}"):
            return self._ask(lambda: self._client("dynamodb").describe_table(TableName=name)) is not None

    def bucket_exists(self, name: str) -> bool:
        """Whether the bucket is there and ours.

        Raises:
            BadInput: its name is taken by another account.
            RemoteFailed: AWS refused or cannot be reached.
        """
        with aws_api.reported(f"look at bucket {name}"):
            return self._bucket_part("aws_s3_bucket", name)

    def object(self, bucket: str, key: str) -> bytes | None:
        """The content of an object, or None when there is none.

        Raises:
            RemoteFailed: AWS refused or cannot be reached.
        """
        with aws_api.reported(f"read s3://{bucket}/{key}"):
            call = partial(self._client("s3").get_object, Bucket=bucket, Key=key)
            answer = aws_api.unless_absent(call, ("NoSuchKey", *_ABSENT))
            content: bytes | None = answer["Body"].read() if answer else None
        return content

    def _find(self, thing: Thing) -> str | None:
        if thing.kind in _BUCKET_PARTS:
            return thing.id if self._bucket_part(thing.kind, thing.id) else None
        if thing.kind == "aws_kms_key":
            answer = self._ask(lambda: self._client("kms").describe_key(KeyId=thing.id))
            return str(answer["KeyMetadata"]["KeyId"]) if answer else None
        if thing.kind == "aws_kms_alias":
            there = self._ask(lambda: self._client("kms").describe_key(KeyId=thing.id)) is not None
        elif thing.kind == "aws_dynamodb_table":
            there = self._ask(lambda: self._client("dynamodb").describe_table(TableName=thing.id)) is not None
        elif thing.kind == "aws_iam_service_linked_role":
            return self._linked_roles.get(thing.id)
        elif thing.kind == "aws_iam_role_policy":
            there = self._inline(thing.id)
        elif thing.kind.startswith("aws_iam_role"):
            there = thing.id in self._roles
        elif thing.kind == "aws_iam_policy":
            there = self._ask(lambda: self._client("iam").get_policy(PolicyArn=thing.id)) is not None
        else:
            there = thing.id in self._providers
        return thing.id if there else None

    def _bucket_part(self, kind: str, bucket: str) -> bool:
        method, field = _BUCKET_PARTS[kind]
        call = getattr(self._client("s3"), method)
        try:
            answer = self._ask(lambda: call(Bucket=bucket, ExpectedBucketOwner=self._account))
        except ClientError as error:
            if kind == "aws_s3_bucket" and aws_api.code(error) in ("403", "AccessDenied", "Forbidden"):
                raise BadInput(
                    f"the bucket name {bucket} is taken by another account, or its policy shuts us out",
                    where=f"account {self._account}",
                    fix="choose another state.bucket in infra/environments.yaml",
                ) from error
            raise
        return answer is not None and (field is None or bool(answer.get(field)))

    def _inline(self, identity: str) -> bool:
        role, _, policy = identity.partition(":")
        return role in self._roles and policy in self._policies_of(role)

    def _policies_of(self, role: str) -> frozenset[str]:
        if role not in self._inline_names:
            answer = self._client("iam").list_role_policies(RoleName=role)
            self._inline_names[role] = frozenset(answer["PolicyNames"])
        return self._inline_names[role]

    @cached_property
    def _inline_names(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _every_role(self) -> list[Mapping[str, Any]]:
        pages = self._client("iam").get_paginator("list_roles").paginate()
        return [role for page in pages for role in page["Roles"]]

    @cached_property
    def _roles(self) -> frozenset[str]:
        return frozenset(role["RoleName"] for role in self._every_role if role["Path"] == "/")

    @cached_property
    def _linked_roles(self) -> dict[str, str]:
        """ARNs of service-linked roles, by service (the role's path names it)."""
        prefix = "/aws-service-role/"
        linked = [role for role in self._every_role if role["Path"].startswith(prefix)]
        return {role["Path"].removeprefix(prefix).strip("/"): str(role["Arn"]) for role in linked}

    @cached_property
    def _providers(self) -> frozenset[str]:
        answer = self._client("iam").list_open_id_connect_providers()
        return frozenset(entry["Arn"] for entry in answer["OpenIDConnectProviderList"])

    @cached_property
    def _account(self) -> str:
        return aws_api.identity(cloud=self._cloud, region=self._region, credentials=self._credentials).account_id

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            made = aws_api.client(service, cloud=self._cloud, region=self._region, credentials=self._credentials)
            self._clients[service] = made
        return self._clients[service]

    @staticmethod
    def _ask(call: Callable[[], Any]) -> Any:
        """The answer, or None where the thing is not there."""
        return aws_api.unless_absent(call, _ABSENT)
