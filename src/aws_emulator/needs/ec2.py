"""EC2: a call needs its action on every resource id in the request, recognised by its format.

This can be stricter than AWS; routes and security group rules are narrowed to what AWS checks. Calls that create a
resource also need their action on ``TYPE/*``, as its ARN does not exist yet.
"""

from __future__ import annotations

import re

from aws_emulator import resource_tags
from aws_emulator.calls import Call, walk
from aws_emulator.iam.conditions import ContextValue, as_list
from aws_emulator.needs.need import Need, action_of, request_tags, tag_context, tags_as_context

_ID = re.compile(r"([a-z]+)-[0-9a-f]{6,}\Z")
_TYPES = {
    "acl": "network-acl",
    "ami": "image",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
# The created type, where the operation's name does not tell it.
_CREATED = {
    "AllocateAddress": "elastic-ip",
    "AuthorizeSecurityGroupEgress": "security-group-rule",
    "AuthorizeSecurityGroupIngress": "security-group-rule",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateNatGateway": "natgateway",
    "RunInstances": "instance",
}
_CREATES_NOTHING = ("CreateTags", "CreateRoute")
_ROUTES = ("CreateRoute", "ReplaceRoute", "DeleteRoute")
_RULES = re.compile(r"(Authorize|Revoke)SecurityGroup(In|E)gress|ModifySecurityGroupRules|UpdateSecurityGroupRuleDesc")
_READS = re.compile(r"(Describe|Get|Search)[A-Z]")
_NO_IDS = ("TagSpecifications", "Filters")


def needs(call: Call, account: str) -> list[Need]:
    action, context = action_of(call), tag_context(call)
    if _READS.match(call.operation):
        return [Need(action=action)]
    existing = [call.arn(account, f"{_TYPES[kind]}/{id_}") for id_, kind in _ids(call)]
    if _RULES.match(call.operation) and not any(":security-group/" in arn for arn in existing):
        return []  # a group by name: not modelled
    created = created_type(call.operation)
    # Request tags belong to the created resource; on an existing one they only count for CreateTags.
    on_existing = {} if created and request_tags(call) else context
    required = [Need(action=action, resource=arn, context={**on_existing, **_tags(arn)}) for arn in existing]
    if created:
        required.append(Need(action=action, resource=call.arn(account, f"{created}/*"), context=context))
    return required


def created_type(operation: str) -> str | None:
    """The EC2 resource type that an operation creates, as in ARNs; None if it creates none."""
    if operation in _CREATED:
        return _CREATED[operation]
    if not operation.startswith("Create") or operation in _CREATES_NOTHING:
        return None
    return re.sub(r"(?<!^)(?=[A-Z])", "-", operation.removeprefix("Create")).lower()


def _ids(call: Call) -> list[tuple[str, str]]:
    if call.operation in _ROUTES:
        values = [str(call.parameters.get("RouteTableId", ""))]
    elif _RULES.match(call.operation):
        values = _group_and_rules(call)
    else:
        values = list(walk({key: value for key, value in call.parameters.items() if key not in _NO_IDS}))
    matches = [(value, _ID.match(value)) for value in dict.fromkeys(values)]
    return [(value, match[1]) for value, match in matches if match is not None and match[1] in _TYPES]


def _group_and_rules(call: Call) -> list[str]:
    """The changed group and rules, not the groups and prefix lists in the rules."""
    rules = [str(rule) for rule in as_list(call.parameters.get("SecurityGroupRuleIds"))]
    changed = [str(rule.get("SecurityGroupRuleId")) for rule in as_list(call.parameters.get("SecurityGroupRules"))]
    return [str(call.parameters.get("GroupId", "")), *rules, *changed]


def _tags(arn: str) -> dict[str, ContextValue]:
    return tags_as_context(resource_tags.of("ec2", arn), "ec2")
