"""Tags that the plan's provider does not read; a plan shows every other one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import Extra, item
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join
from infragate.domain.terraform.state_file import Resource

_MOST = 100  # ARNs of one call
_EVIDENCE = "tag:GetResources lists it; neither code nor plan has it"


def _read(look: Look) -> Iterator[DriftItem | None]:
    ignored = look.managed.ignored_tags
    tagged = {arn(resource): resource for resource in look.subjects if "tags_all" in resource.attributes}
    arns = [name for name in tagged if name]
    for start in range(0, len(arns), _MOST) if ignored is not None else ():
        answer = look.client("resourcegroupstaggingapi").get_resources(ResourceARNList=arns[start : start + _MOST])
        for entry in answer["ResourceTagMappingList"]:
            resource = tagged[entry["ResourceARN"]]
            known = resource.attributes["tags_all"] or {}
            extras = [
                _extra(entry["ResourceARN"], tag)
                for tag in entry["Tags"]
                if tag["Key"] not in known and not (ignored and ignored.covers(tag["Key"]))
            ]
            yield item(resource, extras, reader=READER.name, evidence=_EVIDENCE)


def _extra(resource: str, tag: Mapping[str, str]) -> Extra:
    words = ("untag-resources", "--resource-arn-list", resource, "--tag-keys", tag["Key"])
    return Extra(
        path=join("tags", tag["Key"]),
        value=tag["Value"],
        severity=Severity.LOW,
        obstacle="a tag is a part of its resource: write it into `tags` there, in the code or the module's inputs",
        removal=("aws", "resourcegroupstaggingapi", *words),
    )


def arn(resource: Resource) -> str:
    """The ARN as the tagging API writes it."""
    return resource.text("arn").removesuffix(":*")


READER = Reader(name="tags", about="the tags of the resources", types=None, read=_read)
