"""Read-only look-ups in moto's backends: resources, their owners, policies and keys.

A service's backend is imported at first use, to keep the start short.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend
from moto.iam.models import iam_backends

from aws_emulator.iam.policy import Document, parse_document

NOTHING: Document = {"Version": "2012-10-17", "Statement": []}


def backend(service: str, account: str, region: str) -> Any:
    """moto's backend object of one account and region ("aws" for global services)."""
    return get_backend(service)[account][region]  # type: ignore[call-overload]


def iam(account: str) -> Any:
    return iam_backends[account]["aws"]


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Document:
    return parse_document(unquote(text) if text.startswith("%7B") else text)


def document(policy: Any) -> Document:
    """A policy from any of moto's representations: text, bytes, dict, or an object with versions."""
    if isinstance(policy, tuple):
        policy = policy[-1]
    if getattr(policy, "versions", None):
        policy = next(version.document for version in policy.versions if version.is_default)
    elif getattr(policy, "document", None) is not None:
        policy = policy.document
    if isinstance(policy, dict):
        return document(policy["policy_document"]) if "policy_document" in policy else policy
    return _parsed(policy.decode() if isinstance(policy, bytes) else str(policy))


def managed_policy(account: str, arn: str) -> Document:
    """A managed policy by ARN; one that does not exist allows nothing."""
    try:
        policy = iam(account).get_policy(arn)
    except Exception:  # moto raises its own HTTP errors for "not found"
        return NOTHING
    return document(policy)


def attached(holder: Any) -> tuple[Document, ...]:
    """Inline and managed policies of a role, user or group."""
    inline = [document(policy) for policy in holder.policies.values()]
    return (*inline, *(document(policy) for policy in holder.managed_policies.values()))


def role(arn: str) -> Any | None:
    """A role by its full ARN."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[2] != "iam" or parts[4] not in list(iam_backends):
        return None
    return next((role for role in iam(parts[4]).roles.values() if role.arn == arn), None)


def holder(account: str, kind: str, name: str) -> Any | None:
    """A role, user, group or instance profile by name, whatever its path."""
    kinds = {"role": "roles", "user": "users", "group": "groups", "instance-profile": "instance_profiles"}
    return next((item for item in getattr(iam(account), kinds[kind]).values() if item.name == name), None)


def role_arn(account: str, name: str) -> str:
    """ARN of a role with its path; without a path for a role that does not exist."""
    role = holder(account, "role", name)
    return role.arn if role is not None else f"arn:aws:iam::{account}:role/{name}"


def profile_roles(account: str, name: str) -> list[Any]:
    """The roles of an instance profile."""
    return list(getattr(holder(account, "instance-profile", name), "roles", []))


def policy_object(account: str, arn: str) -> Any | None:
    """A managed policy or an identity provider by ARN."""
    return iam(account).managed_policies.get(arn) or iam(account).open_id_providers.get(arn)


def tags_of(raw: Any) -> dict[str, str]:
    """moto's various shapes of tags as a plain dict."""
    if isinstance(raw, list):
        return {str(tag.get("Key", tag.get("key", tag.get("TagKey")))): _tag_value(tag) for tag in raw}
    return {key: _tag_value(value) if isinstance(value, dict) else value for key, value in (raw or {}).items()}


def _tag_value(tag: dict[str, str]) -> str:
    return str(tag.get("Value", tag.get("value", tag.get("TagValue", ""))))


# ---- S3 and KMS --------------------------------------------------------------------------------------------------


def bucket(name: str) -> tuple[str, Any] | None:
    """Owner account and bucket object."""
    buckets = get_backend("s3")
    for account in list(buckets):
        item = buckets[account]["aws"].buckets.get(name)
        if item is not None:
            return account, item
    return None


def kms_key(reference: str, account: str, region: str) -> tuple[str, Any | None]:
    """ARN and key object of a key id, key ARN, alias name or alias ARN.

    An alias name is looked up in ``account``. For an unknown reference the ARN is of the same form and the object None.
    """
    if reference.startswith("arn:"):
        _, _, _, region, account, reference = reference.split(":", 5)
    keys = backend("kms", account, region).keys
    identifier = reference.removeprefix("key/")
    if identifier.startswith("alias/"):
        identifier = next((key.id for key in keys.values() if identifier in key.aliases), identifier)
    key = keys.get(identifier)
    if key is not None:
        return key.arn, key
    name = identifier if identifier.startswith("alias/") else f"key/{identifier}"
    return f"arn:aws:kms:{region}:{account}:{name}", None


# ---- resource policies and tags ----------------------------------------------------------------------------------


def resource_policy(service: str, arn: str) -> Document | None:
    """The resource-based policy of an SNS topic, SQS queue, ECR repository, secret or table, if any."""
    read = _POLICY_READERS.get(service)
    if read is None or arn.count(":") < 5:
        return None
    _, _, _, region, account, name = arn.split(":", 5)
    text = read(backend(service, account, region), arn, name)
    return document(text) if text else None


def _topic_policy(topics: Any, arn: str, _: str) -> Any:
    return getattr(topics.topics.get(arn), "policy", None)


def _queue_policy(queues: Any, _: str, name: str) -> Any:
    return getattr(queues.queues.get(name), "policy", None)


def _repository_policy(registry: Any, _: str, name: str) -> Any:
    return getattr(registry.repositories.get(name.removeprefix("repository/")), "policy", None)


def _table_policy(tables: Any, arn: str, _: str) -> Any:
    return getattr(tables.resource_policies.get(arn), "policy_doc", None)


def _secret_policy(secrets: Any, arn: str, name: str) -> Any:
    return getattr(secret(secrets, arn, name.removeprefix("secret:")), "policy", None)


def secret(secrets: Any, arn: str, name: str) -> Any | None:
    """A secret by ARN or by name."""
    return next((item for item in secrets.secrets.values() if arn == item.arn or name == item.name), None)


_POLICY_READERS: dict[str, Callable[[Any, str, str], Any]] = {
    "sns": _topic_policy,
    "sqs": _queue_policy,
    "ecr": _repository_policy,
    "dynamodb": _table_policy,
    "secretsmanager": _secret_policy,
}


def table_hash_key(account: str, region: str, name: str) -> str | None:
    """Name of a DynamoDB table's partition key; None if there is no such table."""
    table = backend("dynamodb", account, region).tables.get(name)
    return table.hash_key_attr if table is not None else None


def table_key(account: str, region: str, name: str) -> str | None:
    """The customer KMS key of an encrypted table; None if there is no such table, or AWS owns the key."""
    table = backend("dynamodb", account, region).tables.get(name)
    specification = getattr(table, "sse_specification", None) or {}
    return specification.get("KMSMasterKeyId") if specification.get("Enabled") else None


def parameter_key(account: str, region: str, name: str) -> str | None:
    """The KMS key of a SecureString parameter; None for plain parameters and missing ones."""
    latest = backend("ssm", account, region).get_parameter(name)
    return latest.keyid if latest is not None and latest.parameter_type == "SecureString" else None
