"""Services whose request parameters name their resources: a table of parameter -> ARN.

A call needs its action on the resource of every parameter in the table; a value that is an ARN is used unchanged. A call
without such a parameter needs ``"*"`` if it only reads, or if AWS has no resource for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aws_emulator import resource_tags, stores
from aws_emulator.calls import Call
from aws_emulator.iam.conditions import ContextValue, as_list
from aws_emulator.needs.need import Need, action_of, tag_context, tags_as_context

_ArnOf = Callable[[Call, str, str], str]
_READS = re.compile(r"(Describe|Get|List)[A-Z]")


def _regional(template: str, service: str = "") -> _ArnOf:
    return lambda call, account, value: call.arn(account, template.format(value), service)


def _literal(_: Call, __: str, value: str) -> str:
    return value


def _dashboard(_: Call, account: str, value: str) -> str:
    return f"arn:aws:cloudwatch::{account}:dashboard/{value}"


def _queue(call: Call, account: str, value: str) -> str:
    """A queue by URL (".../ACCOUNT/NAME") or by name."""
    parts = value.rstrip("/").split("/")
    owner = parts[-2] if len(parts) > 1 else str(call.parameters.get("QueueOwnerAWSAccountId", account))
    return call.arn(owner, parts[-1])


def _parameter(call: Call, account: str, value: str) -> str:
    return call.arn(account, f"parameter/{value.lstrip('/')}")


def _secret(call: Call, account: str, value: str) -> str:
    """A secret by name; AWS ends the ARN of an existing one with six random characters."""
    secret = stores.secret(stores.backend("secretsmanager", account, call.region), value, value)
    return secret.arn if secret is not None else call.arn(account, f"secret:{value}-??????")


def _hosted_zone(_: Call, __: str, value: str) -> str:
    return f"arn:aws:route53:::hostedzone/{value.rsplit('/', 1)[-1]}"


def _change_or_zone(call: Call, account: str, value: str) -> str:
    if call.operation == "GetChange":
        return f"arn:aws:route53:::change/{value.rsplit('/', 1)[-1]}"
    return _hosted_zone(call, account, value)


def _route53_tagged(call: Call, _: str, value: str) -> str:
    return f"arn:aws:route53:::{call.parameters.get('ResourceType', 'hostedzone')}/{value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """``parameters`` to ARNs; ``unnamed`` gives the resource of an operation that names none (default "*")."""

    parameters: Mapping[str, _ArnOf]
    unnamed: Mapping[str, str] = field(default_factory=dict)
    without_resource: frozenset[str] = frozenset()


_LOG_GROUP = _regional("log-group:{}")
_DB = _regional("db:{}")
_SNAPSHOT = _regional("snapshot:{}")
_SCALABLE_TARGET: _ArnOf = lambda call, account, _: call.arn(account, "scalable-target/*")  # noqa: E731

SERVICES: dict[str, _Service] = {
    "acm": _Service(
        parameters={"CertificateArn": _literal},
        without_resource=frozenset({"RequestCertificate", "ImportCertificate", "PutAccountConfiguration"}),
    ),
    "application-autoscaling": _Service(parameters={"ScalableDimension": _SCALABLE_TARGET, "ResourceARN": _literal}),
    "ecr": _Service(
        parameters={
            "repositoryName": _regional("repository/{}"),
            "repositoryNames": _regional("repository/{}"),
            "resourceArn": _literal,
        },
        unnamed={"DescribeRepositories": "repository/*"},
    ),
    "events": _Service(
        parameters={"Name": _regional("rule/{}"), "Rule": _regional("rule/{}"), "ResourceARN": _literal}
    ),
    "lambda": _Service(parameters={"FunctionName": _regional("function:{}"), "Resource": _literal}),
    "logs": _Service(
        parameters={
            "logGroupName": _LOG_GROUP,
            "logGroupNames": _LOG_GROUP,
            "logGroupIdentifier": _LOG_GROUP,
            "logGroupIdentifiers": _LOG_GROUP,
            "resourceArn": _literal,
        },
        without_resource=frozenset({"PutResourcePolicy", "DeleteResourcePolicy", "StopQuery"}),
    ),
    "monitoring": _Service(
        parameters={
            "AlarmName": _regional("alarm:{}", "cloudwatch"),
            "AlarmNames": _regional("alarm:{}", "cloudwatch"),
            "DashboardName": _dashboard,
            "DashboardNames": _dashboard,
            "ResourceARN": _literal,
        },
        unnamed={"DescribeAlarms": "alarm:*"},
        without_resource=frozenset({"PutMetricData"}),
    ),
    "rds": _Service(
        parameters={
            "DBInstanceIdentifier": _DB,
            "SourceDBInstanceIdentifier": _DB,
            "TargetDBInstanceIdentifier": _DB,
            "DBSnapshotIdentifier": _SNAPSHOT,
            "SourceDBSnapshotIdentifier": _SNAPSHOT,
            "TargetDBSnapshotIdentifier": _SNAPSHOT,
            "DBParameterGroupName": _regional("pg:{}"),
            "DBSubnetGroupName": _regional("subgrp:{}"),
            "OptionGroupName": _regional("og:{}"),
            "DBClusterIdentifier": _regional("cluster:{}"),
            "DBClusterParameterGroupName": _regional("cluster-pg:{}"),
            "ResourceName": _literal,
        },
        unnamed={
            "DescribeDBInstances": "db:*",
            "DescribeDBParameterGroups": "pg:*",
            "DescribeDBSnapshots": "snapshot:*",
            "DescribeDBSubnetGroups": "subgrp:*",
            "DescribeOptionGroups": "og:*",
        },
    ),
    "route53": _Service(
        parameters={"HostedZoneId": _hosted_zone, "Id": _change_or_zone, "ResourceId": _route53_tagged},
        without_resource=frozenset({"CreateHostedZone", "TestDNSAnswer"}),
    ),
    "secretsmanager": _Service(
        parameters={"SecretId": _secret, "SecretIdList": _secret, "Name": _secret},
    ),
    "sns": _Service(
        parameters={"TopicArn": _literal, "Name": _regional("{}"), "ResourceArn": _literal},
        without_resource=frozenset({"Unsubscribe", "SetSubscriptionAttributes"}),
    ),
    "sqs": _Service(parameters={"QueueUrl": _queue, "QueueName": _queue}),
    "ssm": _Service(parameters={"Name": _parameter, "Names": _parameter, "Path": _parameter, "ResourceId": _parameter}),
    "tagging": _Service(parameters={}, without_resource=frozenset({"TagResources", "UntagResources"})),
}
_RENAMED = {("lambda", "Invoke"): "lambda:InvokeFunction"}


def needs(call: Call, account: str) -> list[Need]:
    """The call's own action on every resource that it names; empty if it must name one but does not."""
    service = SERVICES[call.service]
    action = _RENAMED.get((call.service, call.operation), action_of(call))
    resources = [
        value if str(value).startswith("arn:") else arn_of(call, account, str(value))
        for parameter, arn_of in service.parameters.items()
        for value in as_list(call.parameters.get(parameter))
    ]
    if not resources:
        resources = _without(service, call, account)
    context = tag_context(call)
    return [Need(action=action, resource=arn, context={**context, **_tags(call, arn)}) for arn in resources]


def _without(service: _Service, call: Call, account: str) -> list[str]:
    if call.operation in service.unnamed:
        prefix = "cloudwatch" if call.service == "monitoring" else call.service
        return [call.arn(account, service.unnamed[call.operation], prefix)]
    return ["*"] if call.operation in service.without_resource or _READS.match(call.operation) else []


def _tags(call: Call, arn: str) -> dict[str, ContextValue]:
    return tags_as_context(resource_tags.of(call.service, arn))
