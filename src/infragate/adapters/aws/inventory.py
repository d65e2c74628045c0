"""Which bootstrap resources exist in an account, and the ids under which Terraform imports them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property, partial
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.domain.bootstrap.bootstrap_resources import BootstrapResource
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.errors import BadInput

_ABSENT = frozenset(
    """
    404 NoSuchBucket NoSuchKey NotFound NotFoundException ResourceNotFoundException NoSuchEntity NoSuchBucketPolicy
    NoSuchLifecycleConfiguration NoSuchPublicAccessBlockConfiguration OwnershipControlsNotFoundError
    ServerSideEncryptionConfigurationNotFoundError
    """.split()
)
# The call that reads a part of a bucket, and the field of its answer that is empty if the part does not exist.
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
    """One account, read with its administrator's credentials. Lists are read once.

    Every method raises botocore's errors, for the caller's `aws_api.reported`.
    """

    def __init__(self, *, cloud: Cloud, region: str, credentials: Credentials) -> None:
        caller: Any = {"cloud": cloud, "region": region, "credentials": credentials}
        self._client = cache(partial(aws_api.client, **caller))
        self._account = cache(lambda: aws_api.identity(**caller).account_id)
        self._inline_policies_of = cache(
            lambda role: self._client("iam").list_role_policies(RoleName=role)["PolicyNames"]
        )

    def existing(self, resources: Iterable[BootstrapResource]) -> dict[str, str]:
        """Import ids by address, of the resources that exist.

        Raises:
            BadInput: another account owns the bucket's name.
        """
        ids = ((resource.address, self._import_id(resource)) for resource in resources)
        return {address: import_id for address, import_id in ids if import_id is not None}

    def object(self, bucket: str, key: str) -> bytes | None:
        """The content of an object; None if there is no such object."""
        answer = self._answer("s3", "get_object", Bucket=bucket, Key=key)
        content: bytes | None = answer["Body"].read() if answer else None
        return content

    def _import_id(self, resource: BootstrapResource) -> str | None:
        if resource.kind == "aws_kms_key":
            key = self.key(resource.id)
            return str(key["KeyId"]) if key else None
        if resource.kind == "aws_iam_service_linked_role":
            return self._linked_roles.get(resource.id)
        return resource.id if self.has(resource.kind, resource.id) else None

    def has(self, kind: str, import_id: str) -> bool:
        """True if the resource of this Terraform type exists.

        Raises:
            BadInput: another account owns the bucket's name.
        """
        if kind in _BUCKET_PARTS:
            return self._has_bucket_part(kind, import_id)
        if kind == "aws_kms_alias":
            return self.key(import_id) is not None
        if kind == "aws_dynamodb_table":
            return self._answer("dynamodb", "describe_table", TableName=import_id) is not None
        if kind == "aws_iam_policy":
            return self._answer("iam", "get_policy", PolicyArn=import_id) is not None
        if kind == "aws_iam_openid_connect_provider":
            return import_id in self._providers
        role, _, policy = import_id.partition(":")  # "ROLE:POLICY" for an inline policy, else the role alone
        return role in self._roles and (not policy or policy in self._inline_policies_of(role))

    def key(self, alias: str) -> Mapping[str, Any] | None:
        """The metadata of the key behind an alias; None if there is no such alias."""
        answer = self._answer("kms", "describe_key", KeyId=alias)
        key: Mapping[str, Any] | None = answer["KeyMetadata"] if answer else None
        return key

    def _has_bucket_part(self, kind: str, bucket: str) -> bool:
        method, field = _BUCKET_PARTS[kind]
        try:
            answer = self._answer("s3", method, Bucket=bucket, ExpectedBucketOwner=self._account())
        except ClientError as error:
            if kind == "aws_s3_bucket" and aws_api.code(error) in ("403", "AccessDenied", "Forbidden"):
                raise BadInput(
                    f"another account owns the bucket name {bucket}, or the bucket's policy denies access",
                    where=f"account {self._account()}",
                    fix="choose another state.bucket in infra/environments.yaml",
                ) from error
            raise
        return answer is not None and (field is None or bool(answer.get(field)))

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

    def _answer(self, service: str, method: str, **arguments: str) -> Any:
        """The answer of a call; None if the resource does not exist."""
        return aws_api.unless_absent(partial(getattr(self._client(service), method), **arguments), _ABSENT)
