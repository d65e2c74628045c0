"""Creating a resource with tags also needs the service's tagging action."""

from __future__ import annotations

import re

from aws_emulator.calls import Call
from aws_emulator.needs.need import Need, prefix_of, request_tags

_CREATES = re.compile(
    r"Create(?!Tags\Z)|Register|Run|Allocate|Request|Restore|(Put(MetricAlarm|Parameter|Rule)|AuthorizeSecurityGroup(In|E)gress)\Z"
)
# The tagging action where it is not TagResource.
_TAGGING = {
    "acm": "AddTagsToCertificate",
    "ec2": "CreateTags",
    "elasticloadbalancing": "AddTags",
    "rds": "AddTagsToResource",
    "s3": "PutBucketTagging",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
}


def needs(call: Call, account: str, own: list[Need]) -> list[Need]:
    if not request_tags(call) or not _CREATES.match(call.operation) or call.service == "sts":
        return []
    prefix = prefix_of(call)
    action = _TAGGING.get(call.service, "TagResource")
    if call.service == "iam":
        action = "Tag" + call.operation.removeprefix("Create")
    # The created resource comes first, for EC2 last.
    created = own[-1] if call.service == "ec2" else own[0]
    context = {**created.context, f"{prefix}:CreateAction": call.operation}
    return [Need(action=f"{prefix}:{action}", resource=_created_arn(call, created.resource), context=context)]


def _created_arn(call: Call, arn: str) -> str:
    """A listener or rule is created on its parent's ARN but tagged on its own, which extends the parent's."""
    if call.service == "elasticloadbalancing" and call.operation == "CreateListener":
        return arn.replace(":loadbalancer/", ":listener/") + "/*"
    if call.service == "elasticloadbalancing" and call.operation == "CreateRule":
        return arn.replace(":listener/", ":listener-rule/") + "/*"
    return arn
