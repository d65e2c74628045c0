"""One Environment's part of the state account: the state object, who locks it, snapshots and records.

Object and item names are those of Terraform's S3 backend (documentation, 'Backend type: s3').
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.adapters.local import masking
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Command
from infragate.domain.environment import Environment
from infragate.domain.errors import RemoteFailed
from infragate.domain.terraform import state_file
from infragate.domain.terraform.state_file import Resource
from infragate.domain.terraform.terraform_messages import LockHolder

_ABSENT = ("NoSuchKey", "404", "NotFound")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVersion:
    """The state object as it is now.

    Attributes:
        version_id: of the object in the versioned bucket.
        encryption, kms_key: `aws:kms` and the key's ARN.
    """

    lineage: str
    serial: int
    version_id: str
    encryption: str | None
    kms_key: str | None
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateStore:
    """Access under one pair of state-role credentials."""

    environment: Environment
    cloud: Cloud
    credentials: Credentials

    @property
    def address(self) -> str:
        """The state's place, for messages."""
        return f"s3://{self.environment.state.bucket}/{self.environment.state_key}"

    def state(self) -> StateVersion | None:
        """Serial and lineage of the present state; None when there is none yet.

        Raises:
            RemoteFailed: no bucket, no right, no network.
            Integrity: the object is no state.
        """
        try:
            answer = self._s3().get_object(Bucket=self.environment.state.bucket, Key=self.environment.state_key)
        except ClientError as error:
            if aws_api.code(error) in _ABSENT:
                return None
            raise self._explain(error, "read the state") from error
        with aws_api.reported("read the state"):
            body = answer["Body"].read()
        lineage, serial = state_file.identity(body, where=self.address)
        return StateVersion(
            lineage=lineage,
            serial=serial,
            version_id=answer.get("VersionId", ""),
            encryption=answer.get("ServerSideEncryption"),
            kms_key=answer.get("SSEKMSKeyId"),
            modified=answer["LastModified"],
        )

    def resources(self) -> tuple[Resource, ...]:
        """What the Stack manages, by the present state; empty when there is none.

        Raises:
            RemoteFailed: it cannot be read. Integrity: the object is no state.
        """
        try:
            answer = self._s3().get_object(Bucket=self.environment.state.bucket, Key=self.environment.state_key)
        except ClientError as error:
            if aws_api.code(error) in _ABSENT:
                return ()
            raise self._explain(error, "read the state") from error
        with aws_api.reported("read the state"):
            return state_file.resources(answer["Body"].read(), where=self.address)

    def lock(self) -> LockHolder | None:
        """Who holds the state's lock, in the table or in the lock file.

        Raises:
            RemoteFailed: it could not be asked.
        """
        mode = self.environment.state.lock
        in_table = self._table_lock() if mode in ("dynamodb", "both") else None
        return in_table or (self._file_lock() if mode in ("s3", "both") else None)

    def snapshot(self, found: StateVersion, at: datetime) -> str:
        """Copy the present version inside the bucket; the key of the copy.

        Raises:
            RemoteFailed: it could not be copied.
        """
        state = self.environment.state
        key = f"{self.environment.state_prefix}/snapshots/{_stamp(at)}-serial-{found.serial}.tfstate"
        source = {"Bucket": state.bucket, "Key": self.environment.state_key}
        if found.version_id and found.version_id != "null":
            source["VersionId"] = found.version_id
        with aws_api.reported("keep a snapshot of the state"):
            self._s3().copy_object(Bucket=state.bucket, Key=key, CopySource=source, **self._encryption())
        return key

    def put_record(self, name: str, document: Any, at: datetime) -> str:
        """Write one record of what was done; its key.

        Raises:
            RemoteFailed: it could not be written.
        """
        key = f"{self.environment.state_prefix}/records/{_stamp(at)}-{name}.json"
        text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
        body = masking.masker().mask(text).encode()
        with aws_api.reported("write the record"):
            self._s3().put_object(
                Bucket=self.environment.state.bucket,
                Key=key,
                Body=body,
                ContentType="application/json",
                **self._encryption(),
            )
        return key

    def records(self) -> tuple[str, ...]:
        """Keys of the records, oldest first."""
        prefix = f"{self.environment.state_prefix}/records/"
        with aws_api.reported("list the records"):
            pages = (
                self._s3()
                .get_paginator("list_objects_v2")
                .paginate(Bucket=self.environment.state.bucket, Prefix=prefix)
            )
            return tuple(sorted(entry["Key"] for page in pages for entry in page.get("Contents", ())))

    def record(self, key: str) -> dict[str, Any]:
        """One record; an empty one where it cannot be read as JSON.

        Raises:
            RemoteFailed: it is not there, or no right to it.
        """
        with aws_api.reported("read a record"):
            body = self._s3().get_object(Bucket=self.environment.state.bucket, Key=key)["Body"].read()
        try:
            document = json.loads(body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def _table_lock(self) -> LockHolder | None:
        state = self.environment.state
        client = aws_api.client("dynamodb", cloud=self.cloud, region=state.region, credentials=self.credentials)
        try:
            answer = client.get_item(
                TableName=state.lock_table,
                Key={"LockID": {"S": f"{state.bucket}/{self.environment.state_key}"}},
                ConsistentRead=True,
            )
        except ClientError as error:
            raise self._explain(error, "look at the lock table") from error
        info = answer.get("Item", {}).get("Info", {}).get("S")
        return _holder(info) if "Item" in answer else None

    def _file_lock(self) -> LockHolder | None:
        key = f"{self.environment.state_key}.tflock"
        try:
            answer = self._s3().get_object(Bucket=self.environment.state.bucket, Key=key)
        except ClientError as error:
            if aws_api.code(error) in _ABSENT:
                return None
            raise self._explain(error, "look at the lock file") from error
        with aws_api.reported("look at the lock file"):
            return _holder(answer["Body"].read().decode(errors="replace"))

    def _explain(self, error: ClientError, what: str) -> Exception:
        if aws_api.code(error) == "NoSuchBucket":
            return RemoteFailed(
                "the state bucket does not exist",
                where=f"s3://{self.environment.state.bucket} in account {self.environment.state.account_id}",
                fix=Command("bootstrap-backend", ("--plan",)),
            )
        if aws_api.code(error) == "ResourceNotFoundException":
            return RemoteFailed(
                "the lock table does not exist",
                where=f"{self.environment.state.lock_table} in account {self.environment.state.account_id}",
                fix=Command("bootstrap-backend", ("--plan",)),
            )
        return aws_api.explain(error, what)

    def _encryption(self) -> dict[str, str]:
        state = self.environment.state
        key = f"arn:aws:kms:{state.region}:{state.account_id}:{state.kms_alias}"
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def _s3(self) -> Any:
        return aws_api.client(
            "s3", cloud=self.cloud, region=self.environment.state.region, credentials=self.credentials
        )


def _holder(info: str | None) -> LockHolder:
    """A lock that holds no readable info is still a lock."""
    try:
        document = json.loads(info or "")
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}

    def entry(name: str) -> str:
        return str(document.get(name) or "")

    return LockHolder(
        id=entry("ID") or "unknown",
        who=entry("Who"),
        created=entry("Created"),
        operation=entry("Operation"),
        version=entry("Version"),
    )


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def forget_digests(table: str, *, cloud: Cloud, region: str, credentials: Credentials) -> int:
    """Remove the state digests that Terraform's S3 backend keeps in the lock table; returns their number.

    A table that is not used for locks any more keeps its last digests, and they would not fit later states.

    Raises:
        RemoteFailed: AWS refused or cannot be reached.
    """
    client = aws_api.client("dynamodb", cloud=cloud, region=region, credentials=credentials)
    with aws_api.reported(f"remove old digests from {table}"):
        pages = client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="LockID")
        keys = [item["LockID"] for page in pages for item in page["Items"] if item["LockID"]["S"].endswith("-md5")]
        for key in keys:
            client.delete_item(TableName=table, Key={"LockID": key})
    return len(keys)
