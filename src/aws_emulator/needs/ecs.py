"""ECS: the most specific resource in a request; its cluster is a condition key."""

from __future__ import annotations

from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue, as_list
from aws_emulator.needs.need import Need, action_of, tag_context

# The first of these in the request names the resource. {c} is the cluster's name, {v} the value.
_NAMED = (
    ("resourceArn", "{v}"),
    ("serviceName", "service/{c}/{v}"),
    ("service", "service/{c}/{v}"),
    ("services", "service/{c}/{v}"),
    ("task", "task/{c}/{v}"),
    ("tasks", "task/{c}/{v}"),
    ("family", "task-definition/{v}:*"),
    ("clusterName", "cluster/{v}"),
    ("clusters", "cluster/{v}"),
)
# IAM has no resource for these, whatever their parameters.
_WITHOUT_RESOURCE = (
    "CreateCluster",
    "DeregisterTaskDefinition",
    "DescribeTaskDefinition",
    "ListTaskDefinitionFamilies",
    "ListTaskDefinitions",
    "ListClusters",
    "ListServices",
    "ListTasks",
    "ListServicesByNamespace",
    "PutAccountSetting",
    "PutAccountSettingDefault",
    "ListAccountSettings",
    "DiscoverPollEndpoint",
)


def needs(call: Call, account: str) -> list[Need]:
    action, cluster = action_of(call), str(call.parameters.get("cluster", "default")).rsplit("/", 1)[-1]
    context: dict[str, ContextValue] = dict(tag_context(call))
    if "cluster" in call.parameters or call.operation in ("ListServices", "ListTasks"):
        context["ecs:cluster"] = call.arn(account, f"cluster/{cluster}")
    if call.operation in _WITHOUT_RESOURCE:
        return [Need(action=action, context=context)]
    arns = _arns(call, account, cluster)
    if call.operation == "ExecuteCommand":
        arns.append(call.arn(account, f"cluster/{cluster}"))
    return [Need(action=action, resource=arn, context=context) for arn in arns]


def _arns(call: Call, account: str, cluster: str) -> list[str]:
    if call.operation in ("RunTask", "StartTask"):
        return [_arn(call, account, "task-definition/{v}", call.parameters["taskDefinition"], cluster)]
    for parameter, template in _NAMED:
        if parameter in call.parameters:
            values = as_list(call.parameters[parameter])
            return [_arn(call, account, template, value, cluster) for value in values]
    if "cluster" in call.parameters or call.operation == "DescribeClusters":
        return [_arn(call, account, "cluster/{v}", call.parameters.get("cluster", "default"), cluster)]
    return []


def _arn(call: Call, account: str, template: str, value: object, cluster: str) -> str:
    text = str(value)
    return text if text.startswith("arn:") else call.arn(account, template.format(v=text, c=cluster))
