"""The tags of resources in the cloud: the Resource Groups Tagging API, and the services themselves.

The tagging API answers for all services in one call, but it lists no resource that never had a tag, some types not at
all, and it follows a change after a moment. So the service itself is asked about each resource that the API does not
list as the state has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from infragate.adapters.aws import aws_api
from infragate.domain import tag_check
from infragate.domain.command import Command, Say
from infragate.domain.tag_check import CloudAnswer
from infragate.domain.terraform.state_file import Resource

INDEX = "tagging API"
_GLOBAL = "us-east-1"  # where the tagging API lists resources without a region
_ABSENT = frozenset(
    """
    ResourceNotFound ResourceNotFoundException NoSuchEntity InvalidGroup.NotFound InvalidGroupId.NotFound
    InvalidSecurityGroupRuleId.NotFound LoadBalancerNotFound ListenerNotFound TargetGroupNotFound DBInstanceNotFound
    DBParameterGroupNotFound DBSubnetGroupNotFoundFault ClusterNotFoundException ServiceNotFoundException
    """.split()
)
# A client of one service in one region.
Client = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagReader:
    """One account, read with the plan role.

    Attributes:
        region: of resources whose ARN names none.
        warn: is told if the role may not use the tagging API.
    """

    client: Client
    region: str
    warn: Say

    def read(self, resources: Sequence[Resource]) -> tuple[CloudAnswer, ...]:
        """The tags of each resource.

        Raises:
            RemoteFailed: AWS cannot be reached, or refused with something else than missing rights.
        """
        with aws_api.reported("read the tags of the resources"):
            listed = self._listed([tag_check.arn(resource) for resource in resources])
            return tuple(self._answer(resource, listed) for resource in resources)

    def _listed(self, arns: Iterable[str]) -> dict[str, dict[str, str]]:
        """Tags by ARN, of what the tagging API lists."""
        regions: dict[str, list[str]] = {}
        for arn in filter(None, arns):
            regions.setdefault(_region(arn) or _GLOBAL, []).append(arn)
        tags: dict[str, dict[str, str]] = {}
        try:
            for region, names in sorted(regions.items()):
                pages = self.client("resourcegroupstaggingapi", region).get_paginator("get_resources")
                for start in range(0, len(names), 100):  # the limit of one call
                    for page in pages.paginate(ResourceARNList=names[start : start + 100]):
                        tags |= {entry["ResourceARN"]: _tags(entry["Tags"]) for entry in page["ResourceTagMappingList"]}
        except ClientError as error:
            if aws_api.code(error) not in aws_api.REFUSED:
                raise
            create = Command("bootstrap-backend")
            self.warn(("the role may not use the tagging API (tag:GetResources), each service is asked: run ", create))
        return tags

    def _answer(self, resource: Resource, listed: Mapping[str, dict[str, str]]) -> CloudAnswer:
        arn = tag_check.arn(resource)
        tags = listed.get(arn)
        if tags is not None and tags == tag_check.in_state(resource):
            return CloudAnswer(tags=tags, source=INDEX)
        if not arn:
            return CloudAnswer(tags=None, source="its state holds no ARN")
        service = arn.split(":")[2]
        if service in _SERVICES and (service != "iam" or ":role/" in arn):
            return self._of_service(service, arn)
        if tags is not None:
            return CloudAnswer(tags=tags, source=INDEX)
        return CloudAnswer(tags=None, source=f"the tagging API does not list it, and {service} is not asked itself")

    def _of_service(self, service: str, arn: str) -> CloudAnswer:
        client, read = _SERVICES[service]
        try:
            return CloudAnswer(tags=_tags(read(self.client(client, _region(arn) or self.region), arn)), source=service)
        except ClientError as error:
            code = aws_api.code(error)
            if code in _ABSENT:
                return CloudAnswer(tags=None, source=f"{service}: {code}", gone=True)
            if code not in aws_api.REFUSED:
                raise
            return CloudAnswer(tags=None, source=f"{service}: {code} for {error.operation_name}")


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _name(arn: str) -> str:
    return arn.rpartition("/")[2]


def _tags(tags: Any) -> dict[str, str]:
    """Tags in any of the forms in which services answer."""
    if isinstance(tags, Mapping):
        return tag_check.of_answer(tags)
    return tag_check.of_answer(
        {tag.get("Key", tag.get("key")): tag.get("Value", tag.get("value")) for tag in tags or ()}
    )


def _ec2(client: Any, arn: str) -> Any:
    name = _name(arn)
    if name.startswith("sgr-"):
        return client.describe_security_group_rules(SecurityGroupRuleIds=[name])["SecurityGroupRules"][0].get("Tags")
    if name.startswith("sg-"):
        return client.describe_security_groups(GroupIds=[name])["SecurityGroups"][0].get("Tags")
    filters = [{"Name": "resource-id", "Values": [name]}]
    return client.describe_tags(Filters=filters)["Tags"]


_SERVICES: Mapping[str, tuple[str, Callable[[Any, str], Any]]] = {
    "cloudwatch": ("cloudwatch", lambda client, arn: client.list_tags_for_resource(ResourceARN=arn)["Tags"]),
    "ec2": ("ec2", _ec2),
    "ecs": ("ecs", lambda client, arn: client.list_tags_for_resource(resourceArn=arn).get("tags")),
    "elasticloadbalancing": (
        "elbv2",
        lambda client, arn: client.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"],
    ),
    "iam": ("iam", lambda client, arn: client.get_role(RoleName=_name(arn))["Role"].get("Tags")),
    "logs": ("logs", lambda client, arn: client.list_tags_for_resource(resourceArn=arn.removesuffix(":*"))["tags"]),
    "rds": ("rds", lambda client, arn: client.list_tags_for_resource(ResourceName=arn)["TagList"]),
}
