"""Decides one need of one caller, with the resource's own policy.

Sources: AWS IAM user guide, "Cross-account policy evaluation logic"; KMS developer guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from aws_emulator import stores
from aws_emulator.callers import Caller
from aws_emulator.iam.conditions import ContextValue
from aws_emulator.iam.policy import AccessRequest, Decision, PolicySet, decide
from aws_emulator.needs.need import Need

_OWNER_ONLY = ("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy")


def judge(caller: Caller, need: Need, context: Mapping[str, ContextValue]) -> Decision:
    """Decide if ``caller`` has the permission; ``context`` holds the keys common to all needs of the call."""
    owner, policies = _applicable(caller, need)
    if need.action in _OWNER_ONLY and owner != caller.principal.account:
        return Decision(allowed=False, reason="because the bucket belongs to another account")
    request = AccessRequest(
        action=need.action,
        resource=need.resource,
        principal=caller.principal,
        context={**context, **need.context, "aws:ResourceAccount": owner},
    )
    return decide(request, policies)


def _applicable(caller: Caller, need: Need) -> tuple[str, PolicySet]:
    """Owner of the resource, and the caller's policies together with the resource's own."""
    service, _, _ = need.action.partition(":")
    own = caller.policies
    if service == "s3" and need.resource != "*":
        bucket = stores.bucket(need.resource.split(":::", 1)[1].split("/", 1)[0])
        owner = bucket[0] if bucket else caller.principal.account
        policy = getattr(bucket[1], "policy", None) if bucket else None
        resource = stores.document(policy) if policy else None
        return owner, dataclasses.replace(own, resource=resource, resource_account=owner)
    owner = _owner(need.resource, caller.principal.account)
    if service == "kms" and ":key/" in need.resource:
        _, key = stores.kms_key(need.resource, "", "")
        if key is not None:
            # The key policy decides; identity policies count only where it delegates to its account.
            resource = stores.document(key.policy) if key.policy else stores.NOTHING
            return owner, dataclasses.replace(own, resource=resource, resource_account=owner, resource_must_allow=True)
    resource = stores.resource_policy(service, need.resource)
    return owner, dataclasses.replace(own, resource=resource, resource_account=owner)


def _owner(arn: str, account: str) -> str:
    """The account in an ARN; AWS's own policies ("aws") and ARNs without account count as the caller's."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[4] not in ("", "aws") else account
