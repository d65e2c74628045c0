"""Tags that the plan's provider does not read; a plan shows every other one."""

from __future__ import annotations

from collections.abc import Iterator

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
                Extra(path=join("tags", tag["Key"]), value=tag["Value"], severity=Severity.LOW)
                for tag in entry["Tags"]
                if tag["Key"] not in known and not (ignored and ignored.covers(tag["Key"]))
            ]
            yield item(resource, extras, reader=READER.name, evidence=_EVIDENCE)


def arn(resource: Resource) -> str:
    """The ARN as the tagging API writes it."""
    return resource.text("arn").removesuffix(":*")


READER = Reader(name="tags", about="the tags of the resources", types=None, read=_read)
