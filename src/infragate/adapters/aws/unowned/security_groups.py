"""Rules of managed security groups that no rule of the Stack owns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift import security_group_rules as rules
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.security_group_rules import Traffic
from infragate.domain.drift.unowned import item
from infragate.domain.terraform.state_file import Resource

_MOST = 200  # values of one filter
_EVIDENCE = "ec2:DescribeSecurityGroupRules lists it; neither a rule resource nor the code of the group owns it"


def _read(look: Look) -> Iterator[DriftItem | None]:
    owned = rules.owned(look.managed.owners(*rules.RULES))
    answers: defaultdict[str, list[Any]] = defaultdict(list)
    ids = [group.text("id") for group in look.subjects]
    for start in range(0, len(ids), _MOST):
        filters = [{"Name": "group-id", "Values": ids[start : start + _MOST]}]
        for answer in look.pages("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=filters):
            answers[answer["GroupId"]].append(answer)
    for group in look.subjects:
        extras = rules.extras(answers[group.text("id")], owned, _shown_by_plans(group, look.managed))
        yield item(group, extras, reader=READER.name, evidence=_EVIDENCE)


def _shown_by_plans(group: Resource, managed: Managed) -> frozenset[Traffic]:
    """The directions that the code of the group sets, or that a resource sets for it."""
    directions: tuple[Traffic, ...] = ("ingress", "egress")
    exclusive = any(other.text("security_group_id") == group.text("id") for other in managed.owners(rules.EXCLUSIVE))
    return frozenset(direction for direction in directions if exclusive or managed.sets(group, direction))


READER = Reader(name="security-group-rules", about="the rules of security groups", types=rules.GROUPS, read=_read)
