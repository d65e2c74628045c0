"""One Environment's part of the state account: state, lock, snapshots and records.

Names of objects and items follow Terraform's S3 backend (documentation, 'Backend type: s3').
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.adapters.local import masking
from infragate.domain import neutral, sensitive_values
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.command import Command
from infragate.domain.environment import Environment
from infragate.domain.errors import RemoteFailed
from infragate.domain.redaction import Masker
from infragate.domain.terraform import state_file
from infragate.domain.terraform.state_file import Resource
from infragate.domain.terraform.state_lock import LockHolder

_ABSENT = ("NoSuchKey", "404", "NotFound")


@dataclass(frozen=True, slots=True, kw_only=True)
class StateVersion:
    """The current version of the state object; `encryption` is `aws:kms`, `kms_key` the key's ARN."""

    lineage: str
    serial: int
    version_id: str
    encryption: str | None
    kms_key: str | None
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StateStore:
    """Access with the credentials of one state role.

    Raises (every method):
        RemoteFailed: bucket or table is missing, or AWS refused or cannot be reached. Integrity: not a state.
    """

    environment: Environment
    cloud: Cloud
    credentials: Credentials

    @property
    def address(self) -> str:
        """The state's URL, for messages."""
        return f"s3://{self.environment.state.bucket}/{self.environment.state_key}"

    def state(self) -> StateVersion | None:
        """The current version; None if there is no state yet."""
        answer = self._state()
        if answer is None:
            return None
        lineage, serial = state_file.identity(answer["Body"], where=self.address)
        return StateVersion(
            lineage=lineage,
            serial=serial,
            version_id=answer.get("VersionId", ""),
            encryption=answer.get("ServerSideEncryption"),
            kms_key=answer.get("SSEKMSKeyId"),
            modified=answer["LastModified"],
        )

    def resources(self) -> tuple[Resource, ...]:
        """The resources in the current state; empty if there is no state yet."""
        answer = self._state()
        return state_file.resources(answer["Body"], where=self.address) if answer else ()

    def document(self) -> dict[str, Any]:
        """The current state as it is stored; empty if there is none.

        Raises:
            RemoteFailed: as `state`.
        """
        answer = self._state()
        return _json_object(answer["Body"]) if answer else {}

    def lock(self) -> LockHolder | None:
        """The holder of the state's lock, in the table or in the lock file."""
        mode = self.environment.state.lock
        in_table = self._table_lock() if mode in ("dynamodb", "both") else None
        return in_table or (self._file_lock() if mode in ("s3", "both") else None)

    def snapshot(self, version: StateVersion, at: datetime) -> str:
        """Copy a version inside the bucket; returns the key of the copy."""
        state = self.environment.state
        key = f"{self.environment.state_prefix}/snapshots/{_stamp(at)}-serial-{version.serial}.tfstate"
        source = {"Bucket": state.bucket, "Key": self.environment.state_key}
        if version.version_id and version.version_id != "null":
            source["VersionId"] = version.version_id
        with self._reported("copy the state"):
            self._s3().copy_object(Bucket=state.bucket, Key=key, CopySource=source, **self._encryption())
        return key

    def put_record(self, name: str, document: Any, at: datetime) -> str:
        """Write a record of a run; returns its key."""
        key = f"{self.environment.state_prefix}/records/{_stamp(at)}-{name}.json"
        body = written(document, masking.masker())
        with self._reported("write the record"):
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
        with self._reported("list the records"):
            paginator = self._s3().get_paginator("list_objects_v2")
            pages = paginator.paginate(Bucket=self.environment.state.bucket, Prefix=prefix)
            return tuple(sorted(entry["Key"] for page in pages for entry in page.get("Contents", ())))

    def record(self, key: str) -> dict[str, Any]:
        """One record; empty if it is not a JSON object."""
        with self._reported("read a record"):
            answer = self._s3().get_object(Bucket=self.environment.state.bucket, Key=key)
            return _json_object(answer["Body"].read())

    def _table_lock(self) -> LockHolder | None:
        state = self.environment.state
        with self._reported("read the lock table"):
            client = aws_api.client("dynamodb", cloud=self.cloud, region=state.region, credentials=self.credentials)
            answer = client.get_item(
                TableName=state.lock_table,
                Key={"LockID": {"S": f"{state.bucket}/{self.environment.state_key}"}},
                ConsistentRead=True,
            )
        return _holder(answer["Item"].get("Info", {}).get("S")) if "Item" in answer else None

    def _file_lock(self) -> LockHolder | None:
        answer = self._object(f"{self.environment.state_key}.tflock", "read the lock file")
        return _holder(answer["Body"]) if answer else None

    def _state(self) -> dict[str, Any] | None:
        """The state object; its sensitive values are hidden in all output from now on."""
        answer = self._object(self.environment.state_key, "read the state")
        if answer:
            masking.learn(*sensitive_values.of_state(_json_object(answer["Body"])))
        return answer

    def _object(self, key: str, what: str) -> dict[str, Any] | None:
        """An object's metadata with its content as `Body`; None if there is no such object."""
        with self._reported(what):
            call = partial(self._s3().get_object, Bucket=self.environment.state.bucket, Key=key)
            answer = aws_api.unless_absent(call, _ABSENT)
            return {**answer, "Body": answer["Body"].read()} if answer else None

    @contextmanager
    def _reported(self, what: str) -> Iterator[None]:
        """`aws_api.reported`; a missing bucket or table gets an error of its own."""
        state = self.environment.state
        backend = {
            "NoSuchBucket": ("the state bucket", f"s3://{state.bucket}"),
            "ResourceNotFoundException": ("the lock table", state.lock_table),
        }
        with aws_api.reported(what):
            try:
                yield
            except ClientError as error:
                if aws_api.code(error) not in backend:
                    raise
                name, address = backend[aws_api.code(error)]
                raise RemoteFailed(
                    f"{name} does not exist",
                    where=f"{address} in account {state.account_id}",
                    fix=Command("bootstrap-backend", ("--plan",)),
                ) from error

    def _encryption(self) -> dict[str, str]:
        state = self.environment.state
        key = f"arn:aws:kms:{state.region}:{state.account_id}:{state.kms_alias}"
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}

    def _s3(self) -> Any:
        return aws_api.client(
            "s3", cloud=self.cloud, region=self.environment.state.region, credentials=self.credentials
        )


def written(document: Any, masker: Masker) -> bytes:
    """A record as it is stored: nobody who reads it later sees a secret, or has it obeyed."""
    text = json.dumps(document, ensure_ascii=False, indent=2, default=str)
    return neutral.json_document(masker.mask_bytes(text.encode("utf-8", "backslashreplace")))


def _holder(info: str | bytes | None) -> LockHolder:
    """The holder; a lock without readable info is still a lock."""
    document = _json_object(info or "")

    def entry(name: str) -> str:
        return str(document.get(name) or "")

    return LockHolder(
        id=entry("ID") or "unknown",
        who=entry("Who"),
        created=entry("Created"),
        operation=entry("Operation"),
        version=entry("Version"),
    )


def _json_object(text: str | bytes) -> dict[str, Any]:
    """The object in a JSON text; empty if the text is anything else."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def forget_digests(table: str, *, cloud: Cloud, region: str, credentials: Credentials) -> int:
    """Delete the state digests that Terraform's S3 backend keeps in the lock table; returns their number.

    A table that is no longer used for locks keeps its last digests, which do not match later states.
    """
    client = aws_api.client("dynamodb", cloud=cloud, region=region, credentials=credentials)
    with aws_api.reported(f"remove old digests from {table}"):
        pages = client.get_paginator("scan").paginate(TableName=table, ProjectionExpression="LockID")
        keys = [item["LockID"] for page in pages for item in page["Items"] if item["LockID"]["S"].endswith("-md5")]
        for key in keys:
            client.delete_item(TableName=table, Key={"LockID": key})
    return len(keys)
