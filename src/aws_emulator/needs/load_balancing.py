"""Elastic Load Balancing v2: reads have no resource, creations a name, all other calls ARNs."""

from __future__ import annotations

from aws_emulator.calls import Call
from aws_emulator.iam.conditions import as_list
from aws_emulator.needs.need import Need, action_of, tag_context

# Only these ARNs of a request are checked, not a listener's certificates or target groups.
_ARNS = ("LoadBalancerArn", "ListenerArn", "RuleArn", "TargetGroupArn", "ResourceArns", "LoadBalancerArns")
_KINDS = {"application": "app", "network": "net", "gateway": "gwy"}


def needs(call: Call, account: str) -> list[Need]:
    action, context = action_of(call), tag_context(call)
    if call.operation.startswith(("Describe", "Get")):
        return [Need(action=action)]
    name = call.parameters.get("Name")
    if call.operation == "CreateLoadBalancer":
        kind = _KINDS.get(str(call.parameters.get("Type", "application")), "app")
        return [Need(action=action, resource=call.arn(account, f"loadbalancer/{kind}/{name}/*"), context=context)]
    if call.operation == "CreateTargetGroup":
        return [Need(action=action, resource=call.arn(account, f"targetgroup/{name}/*"), context=context)]
    arns = [str(arn) for parameter in _ARNS for arn in as_list(call.parameters.get(parameter))]
    if call.operation == "SetRulePriorities":
        arns = [str(item.get("RuleArn")) for item in as_list(call.parameters.get("RulePriorities"))]
    return [Need(action=action, resource=arn, context=context) for arn in arns]
