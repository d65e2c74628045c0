"""Which differences touch security: public access, open ports, IAM, encryption, deletion protection."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from infragate.domain.exposure import exposures
from infragate.domain.plan import Change
from infragate.domain.redaction import redact

# Types that are about nothing else.
_TYPES = re.compile(
    r"aws_(?:iam_|kms_(?:key|grant|key_policy)|security_group|default_security_group|vpc_security_group_|network_acl"
    r"|default_network_acl|wafv2_|ebs_encryption_by_default|ebs_snapshot_block_public_access|guardduty_|cloudtrail"
    r"|(?:s3_account|s3_bucket|ec2_instance_metadata).*public_access|s3_bucket_(?:acl|policy|ownership_controls"
    r"|server_side_encryption_configuration|object_lock_configuration)|lambda_permission"
    r"|(?:sns_topic|sqs_queue|ecr_repository|ecr_registry|secretsmanager_secret|efs_file_system|backup_vault|glacier"
    r"|opensearch_domain|cloudwatch_log_resource|cloudwatch_event_bus|api_gateway_rest_api|vpc_endpoint)_policy)"
)
# Attributes, as a step of a path, in all other types.
_ATTRIBUTES = re.compile(
    r"(?:^|[.\[\]])(?:assume_role_policy|[a-z_]*encrypt[a-z_]*|[a-z_]*kms_[a-z_]*|[a-z_]*deletion_protection[a-z_]*"
    r"|[a-z_]*public[a-z_]*|(?:in|e)gress|[a-z_]*cidr[a-z_0-9]*|[a-z_]*security_groups?(?:_ids)?|permissions_boundary"
    r"|iam_[a-z_]+|(?:task_|execution_)?role(?:_arn)?|ssl_policy|certificate_arn|http_tokens|mfa_delete|authoriz[a-z_]+"
    r"|allowed_[a-z_]+|internal|scheme|force_destroy|skip_final_snapshot|policy(?:$|(?=\.(?:Statement|Version))))"
    r"(?=$|[.\[])"
)
_WORDS_ONLY = re.compile(r"(?:tags|tags_all|description|name|name_prefix)(?=$|[.\[])")


def is_security(kind: str, path: str) -> bool:
    """True if a field of this type of resource is about security; "" for the resource as a whole."""
    if _WORDS_ONLY.match(path):
        return False
    return _TYPES.match(kind) is not None or _ATTRIBUTES.search(path) is not None


def opened(change: Change, code: str, real: str, *, only: Collection[str]) -> tuple[str, ...]:
    """What a resource opens to everybody now, and does not according to the code.

    Args:
        code, real: the sides of the change that are compared.
        only: the attributes that matter.
    """
    ours, theirs = _values(change, code), _values(change, real)
    shared = {name: value for name, value in theirs.items() if name in only or value == ours.get(name)}
    closed = exposures(change.type, ours)
    return tuple(reason for reason in exposures(change.type, shared) if reason not in closed)


def _values(change: Change, side: str) -> dict[str, Any]:
    values = redact(change.sides.get(side), change.sides.get(f"{side}_sensitive"))
    return values if isinstance(values, dict) else {}
