"""S3: action names by table, objects and buckets, and the KMS permissions for encrypted objects.

``s3:prefix`` and ``s3:delimiter`` exist only if the request has the parameter, as in AWS: HeadBucket and the check for
a missing key have neither.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from aws_emulator import stores
from aws_emulator.calls import Call
from aws_emulator.denials import Unjudgeable
from aws_emulator.iam.conditions import ContextValue, as_list
from aws_emulator.needs.need import Need, tag_context
from aws_emulator.needs.service_keys import key_need

_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetObjectAttributes": "GetObject",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
# Configurations whose name differs between API and IAM; deleting one needs the Put permission.
_CONFIGURATIONS = {
    "BucketAccelerateConfiguration": "AccelerateConfiguration",
    "BucketAnalyticsConfiguration": "AnalyticsConfiguration",
    "BucketCors": "BucketCORS",
    "BucketEncryption": "EncryptionConfiguration",
    "BucketIntelligentTieringConfiguration": "IntelligentTieringConfiguration",
    "BucketInventoryConfiguration": "InventoryConfiguration",
    "BucketLifecycle": "LifecycleConfiguration",
    "BucketLifecycleConfiguration": "LifecycleConfiguration",
    "BucketMetricsConfiguration": "MetricsConfiguration",
    "BucketOwnershipControls": "BucketOwnershipControls",
    "BucketReplication": "ReplicationConfiguration",
    "PublicAccessBlock": "BucketPublicAccessBlock",
}
_VERBS = {"Get": "Get", "Put": "Put", "Delete": "Put"}
_VERSIONED = ("GetObject", "DeleteObject", "GetObjectAcl", "GetObjectTagging", "PutObjectAcl", "PutObjectTagging")
_SAME_NAME = re.compile(
    r"(CreateBucket|DeleteBucket|(Get|Put|Delete)Object|(Get|Put)ObjectAcl|(Get|Put|Delete)ObjectTagging"
    r"|(Get|Put)Object(Retention|LegalHold)|RestoreObject"
    r"|(Get|Put)Bucket(Acl|Logging|RequestPayment|Tagging|Versioning)|(Get|Put|Delete)Bucket(Policy|Website)"
    r"|GetBucketLocation|GetBucketPolicyStatus)\Z"
)
_WITH_HEADERS = {
    "s3:prefix": "Prefix",
    "s3:delimiter": "Delimiter",
    "s3:max-keys": "MaxKeys",
    "s3:VersionId": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-copy-source": "CopySource",
    "s3:if-none-match": "IfNoneMatch",
    "s3:if-match": "IfMatch",
}


def action_name(operation: str) -> str:
    """The IAM action (without "s3:") of an S3 operation. Raises Unjudgeable for one that is not known."""
    if operation in _ACTIONS:
        return _ACTIONS[operation]
    for verb, action_verb in _VERBS.items():
        configuration = _CONFIGURATIONS.get(operation.removeprefix(verb))
        if operation.startswith(verb) and configuration:
            return action_verb + configuration
    listed = _CONFIGURATIONS.get(operation.removeprefix("List").removesuffix("s"))
    if operation.startswith("List") and listed:
        return f"Get{listed}"
    if _SAME_NAME.match(operation):
        return operation
    raise Unjudgeable(f"s3:{operation} is not modelled")


def needs(call: Call, account: str) -> list[Need]:
    name = action_name(call.operation)
    context = {**tag_context(call), **_header_context(call)}
    if call.operation == "DeleteObjects":
        return _batch_delete(call, context)
    if call.parameters.get("VersionId") and name in _VERSIONED:
        name += "Version" if not name.endswith(("Acl", "Tagging")) else ""
        name = re.sub(r"Object(Acl|Tagging)\Z", r"ObjectVersion\1", name)
    own = Need(action=f"s3:{name}", resource=_arn(call), context=context)
    return [own, *_besides(call, account, own)]


def _arn(call: Call) -> str:
    bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    if not bucket:
        return "*"
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _header_context(call: Call) -> dict[str, ContextValue]:
    values = {key: call.parameters.get(name) for key, name in _WITH_HEADERS.items()}
    # s3:TlsVersion agrees with aws:SecureTransport: the loopback stands for TLS.
    return {**{key: str(value) for key, value in values.items() if value is not None}, "s3:TlsVersion": "1.3"}


def _batch_delete(call: Call, context: dict[str, ContextValue]) -> list[Need]:
    bucket = call.parameters.get("Bucket")
    return [
        Need(
            action="s3:DeleteObjectVersion" if item.get("VersionId") else "s3:DeleteObject",
            resource=f"arn:aws:s3:::{bucket}/{item['Key']}",
            context=context,
        )
        for item in as_list((call.parameters.get("Delete") or {}).get("Objects"))
    ]


def _besides(call: Call, account: str, own: Need) -> list[Need]:
    """Source of a copy, tags and ACL of an object, keys of encrypted objects, ListBucket for a missing object."""
    required: list[Need] = []
    bucket = stores.bucket(str(call.parameters.get("Bucket", "")))
    if call.operation in ("CopyObject", "UploadPartCopy"):
        required += _copy_source(call, account)
    if own.action == "s3:PutObject":
        required += _written(call, account, own, bucket)
    if own.action in ("s3:GetObject", "s3:GetObjectVersion"):
        required += _read(call, str(call.parameters["Bucket"]), str(call.parameters["Key"]), own.resource)
    if call.operation == "CreateBucket" and call.parameters.get("ACL") not in (None, "private"):
        required.append(Need(action="s3:PutBucketAcl", resource=own.resource, context=own.context))
    if call.operation == "PutBucketReplication":
        role = str((call.parameters.get("ReplicationConfiguration") or {}).get("Role"))
        required.append(Need(action="iam:PassRole", resource=role, context={"iam:PassedToService": "s3.amazonaws.com"}))
    return required


def _copy_source(call: Call, account: str) -> list[Need]:
    source = call.parameters.get("CopySource")
    if isinstance(source, dict):
        bucket, key, version = source["Bucket"], source["Key"], source.get("VersionId")
    else:
        path, _, query = str(source).partition("?versionId=")
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        version = query or None
    arn = f"arn:aws:s3:::{bucket}/{key}"
    action = "s3:GetObjectVersion" if version else "s3:GetObject"
    return [Need(action=action, resource=arn, context={"s3:VersionId": version}), *_read(call, bucket, key, arn)]


def _written(call: Call, account: str, own: Need, bucket: tuple[str, Any] | None) -> list[Need]:
    required = []
    if call.parameters.get("Tagging"):
        required.append(Need(action="s3:PutObjectTagging", resource=own.resource, context=own.context))
    if call.parameters.get("ACL") or call.parameters.get("GrantFullControl"):
        required.append(Need(action="s3:PutObjectAcl", resource=own.resource, context=own.context))
    key = _encryption_key(call, bucket)
    if key:
        required += key_need(call, account, key, ("GenerateDataKey",), {"aws:s3:arn": own.resource})
    return required


def _encryption_key(call: Call, bucket: tuple[str, Any] | None) -> str | None:
    """The KMS key for a written object: the request's, else the bucket's default; None without a customer key."""
    key = call.parameters.get("SSEKMSKeyId")
    if key or call.parameters.get("ServerSideEncryption") not in (None, "aws:kms"):
        return key
    rules = as_list((getattr(bucket[1], "encryption", None) or {}).get("Rule")) if bucket else []
    default = rules[0].get("ApplyServerSideEncryptionByDefault", {}) if rules else {}
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") == "aws:kms" else None


def _read(call: Call, bucket_name: str, key: str, arn: str) -> list[Need]:
    bucket = stores.bucket(bucket_name)
    if bucket is None:
        return []
    owner, contents = bucket
    item = contents.keys.get(key)
    if item is None:
        # A missing key is a 404 only for those who may list the bucket; for others a 403.
        return [Need(action="s3:ListBucket", resource=f"arn:aws:s3:::{bucket_name}", context={"s3:TlsVersion": "1.3"})]
    kms_key = getattr(item, "kms_key_id", None)
    return key_need(call, owner, kms_key, ("Decrypt",), {"aws:s3:arn": arn}) if kms_key else []
