"""Policy, public access block and access control list of managed buckets, where the Stack owns none."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift import bucket_access
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import Extra, item
from infragate.domain.terraform.state_file import Resource

_NONE = ("NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration")
_GONE = ("NoSuchBucket",)  # deleted by hand: the plan shows it
_EVIDENCE = "S3 reports it for this bucket; no resource of the Stack owns the setting"


def _read(look: Look) -> Iterator[DriftItem | None]:
    for bucket in look.subjects:
        extras = aws_api.unless_absent(partial(_extras, look, bucket), _GONE)
        yield item(bucket, extras or (), reader=READER.name, evidence=_EVIDENCE)


def _extras(look: Look, bucket: Resource) -> list[Extra]:
    s3, name, managed = look.client("s3"), bucket.text("bucket"), look.managed
    extras: list[Extra] = []
    if not bucket_access.is_managed(bucket, managed, "aws_s3_bucket_policy", "policy"):
        answer = aws_api.unless_absent(partial(s3.get_bucket_policy, Bucket=name), _NONE)
        extras += [bucket_access.policy(name, answer["Policy"])] if answer else []
    if not bucket_access.is_managed(bucket, managed, "aws_s3_bucket_public_access_block"):
        answer = aws_api.unless_absent(partial(s3.get_public_access_block, Bucket=name), _NONE) or {}
        extras += bucket_access.public_access(name, answer.get("PublicAccessBlockConfiguration") or {})
    if not bucket_access.is_managed(bucket, managed, "aws_s3_bucket_acl", "acl", "grant"):
        extras += bucket_access.grants(name, s3.get_bucket_acl(Bucket=name))
    return extras


READER = Reader(name="bucket-access", about="who may reach the buckets", types=(bucket_access.BUCKET,), read=_read)
