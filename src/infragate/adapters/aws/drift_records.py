"""The records of drift in the state bucket. A write takes effect only if nobody wrote in between.

Source: Amazon S3 user guide, 'How to prevent object overwrites with conditional writes'.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api, state_store
from infragate.adapters.local import masking
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.drift import record
from infragate.domain.drift.record import DriftRecord
from infragate.domain.environment import Project
from infragate.domain.errors import RemoteFailed

_ABSENT = ("NoSuchKey", "404", "NotFound")
# Somebody was quicker: before this write, at the same moment, or with a removal.
_OVERTAKEN = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409", *_ABSENT)
_TRIES = 40  # with so many runs at once, each still gets its turn


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecords:
    """Access with the credentials of the role of drift.

    Raises (every method):
        RemoteFailed: AWS refused or cannot be reached.
    """

    project: Project
    cloud: Cloud
    credentials: Credentials
    warn: Callable[[str], None]

    def read(self, environment: str) -> DriftRecord:
        """The record of an Environment; a new one if there is none."""
        return self._read(environment)[0]

    def change(self, environment: str, step: Callable[[DriftRecord], DriftRecord | None]) -> DriftRecord | None:
        """Write the record that `step` returns, and return it; None if `step` returns None.

        Args:
            step: called again with the record that another run wrote meanwhile. For its own result it must return the
                same record again, since the answer to a write may get lost.
        """
        for _ in range(_TRIES):
            present, version = self._read(environment)
            changed = step(present)
            if changed is None or (version is not None and changed == present):
                return changed
            if self._write(changed, version):
                return changed
        where = self._address(environment)
        raise RemoteFailed("too many runs write the record of drift", where=where, fix="the next run tries again")

    def _read(self, environment: str) -> tuple[DriftRecord, str | None]:
        key = self._key(environment)
        with aws_api.reported("read the record of drift"):
            call = partial(self._s3().get_object, Bucket=self.project.state.bucket, Key=key)
            answer = aws_api.unless_absent(call, _ABSENT)
            content = answer["Body"].read() if answer else b""
        if answer is None:
            return DriftRecord(environment=environment), None
        try:
            return record.read(json.loads(content)), answer["ETag"]
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            self.warn(
                f"the record of drift at {self._address(environment)} is unusable, so a new one is begun: {error}"
            )
            return DriftRecord(environment=environment), answer["ETag"]

    def _write(self, changed: DriftRecord, version: str | None) -> bool:
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        state = self.project.state
        with aws_api.reported("write the record of drift"):
            try:
                self._s3().put_object(
                    Bucket=state.bucket,
                    Key=self._key(changed.environment),
                    Body=state_store.written(changed.document(), masking.masker()),
                    ContentType="application/json",
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=f"arn:aws:kms:{state.region}:{state.account_id}:{state.kms_alias}",
                    **condition,
                )
            except ClientError as error:
                if aws_api.code(error) in _OVERTAKEN:
                    return False
                raise
        return True

    def _key(self, environment: str) -> str:
        return f"{self.project.drift_prefix}/{environment}.json"

    def _address(self, environment: str) -> str:
        return f"s3://{self.project.state.bucket}/{self._key(environment)}"

    def _s3(self) -> Any:
        region = self.project.state.region
        return aws_api.client("s3", cloud=self.cloud, region=region, credentials=self.credentials)
