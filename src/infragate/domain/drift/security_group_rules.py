"""Rules of security groups: which of those in the cloud a rule of Terraform owns."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.unowned import SECURITY, Extra
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join
from infragate.domain.terraform.state_file import Resource

Traffic = Literal["ingress", "egress"]
GROUPS = ("aws_security_group", "aws_default_security_group")
BY_CONTENT = "aws_security_group_rule"
RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", BY_CONTENT)
EXCLUSIVE = "aws_vpc_security_group_rules_exclusive"
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}
_EVERYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRule:
    """What a rule allows, in one spelling; source is a network, prefix list or group (of egress: the destination)."""

    group: str
    direction: Traffic
    protocol: str
    first: int
    last: int
    source: str

    @property
    def text(self) -> str:
        """`tcp 5432 from 0.0.0.0/0`."""
        ports = f" {self.first}" if self.first == self.last else f" {self.first}-{self.last}"
        what = "all traffic" if self.protocol == "-1" else f"{self.protocol}{'' if self.first == -1 else ports}"
        return f"{what} {'from' if self.direction == 'ingress' else 'to'} {self.source}"


def extras(answers: Iterable[Mapping[str, Any]], owned: Owned, skipped: frozenset[Traffic]) -> Iterator[Extra]:
    """The rules of one group that nothing owns.

    Args:
        answers: of DescribeSecurityGroupRules.
        skipped: what the code of the group itself sets.
    """
    for answer in answers:
        rule = in_cloud(answer)
        if rule.direction in skipped or answer.get("SecurityGroupRuleId") in owned.ids or rule in owned.rules:
            continue
        about = answer.get("Description")
        identity = str(answer.get("SecurityGroupRuleId"))
        yield Extra(
            path=join(rule.direction, rule.text),
            value=f"{identity} ({about})" if about else identity,
            severity=_severity(rule),
            marks=SECURITY,
            adoption=_adoption(answer, rule, identity),
            removal=(
                *("aws", "ec2", f"revoke-security-group-{rule.direction}", "--group-id", rule.group),
                *("--security-group-rule-ids", identity),
            ),
        )


def _adoption(answer: Mapping[str, Any], rule: GroupRule, identity: str) -> Adoption:
    """The rule as a resource; -1 stands for every port, and is not written."""
    other = answer.get("ReferencedGroupInfo") or {}
    peer = (other.get("UserId"), answer.get("GroupOwnerId"))
    foreign = f"{peer[0]}/" if all(peer) and peer[0] != peer[1] else ""
    ports = {"from_port": answer.get("FromPort"), "to_port": answer.get("ToPort")}
    arguments = {
        "security_group_id": rule.group,
        "description": answer.get("Description") or None,
        "ip_protocol": answer.get("IpProtocol"),
        **{name: port for name, port in ports.items() if port != -1},
        "cidr_ipv4": answer.get("CidrIpv4"),
        "cidr_ipv6": answer.get("CidrIpv6"),
        "prefix_list_id": answer.get("PrefixListId"),
        "referenced_security_group_id": f"{foreign}{other['GroupId']}" if other.get("GroupId") else None,
    }
    return Adoption(
        type=f"aws_vpc_security_group_{rule.direction}_rule",
        id=identity,
        about=f"{rule.direction} {rule.text}",
        arguments={name: value for name, value in arguments.items() if value is not None},
    )


def _severity(rule: GroupRule) -> Severity:
    is_open = rule.source in _EVERYWHERE
    if rule.direction == "ingress":
        return Severity.CRITICAL if is_open else Severity.HIGH
    return Severity.HIGH if is_open else Severity.MEDIUM


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What Terraform's rule resources own: rules by id, and by what they allow (several of AWS's for one resource)."""

    ids: frozenset[str]
    rules: frozenset[GroupRule]


def owned(resources: Iterable[Resource]) -> Owned:
    """What the rule resources of a Stack own."""
    ids: set[str] = set()
    rules: set[GroupRule] = set()
    for resource in resources:
        ids.add(resource.text("security_group_rule_id"))
        if resource.type == BY_CONTENT:
            rules.update(_of_resource(resource))
    return Owned(ids=frozenset(ids - {""}), rules=frozenset(rules))


def in_cloud(answer: Mapping[str, Any]) -> GroupRule:
    """A rule as AWS describes it."""
    sources = (
        answer.get("CidrIpv4"),
        answer.get("CidrIpv6"),
        answer.get("PrefixListId"),
        (answer.get("ReferencedGroupInfo") or {}).get("GroupId"),
    )
    return _rule(
        str(answer.get("GroupId")),
        "egress" if answer.get("IsEgress") else "ingress",
        answer.get("IpProtocol"),
        (answer.get("FromPort"), answer.get("ToPort")),
        next((source for source in sources if source), ""),
    )


def _of_resource(resource: Resource) -> Iterator[GroupRule]:
    """Of `aws_security_group_rule`, which stands for one rule of AWS for each source."""
    values, group = resource.attributes, resource.text("security_group_id")
    sources = [
        *(values.get("cidr_blocks") or ()),
        *(values.get("ipv6_cidr_blocks") or ()),
        *(values.get("prefix_list_ids") or ()),
        *([group] if values.get("self") else []),
        *([resource.text("source_security_group_id")] if values.get("source_security_group_id") else []),
    ]
    direction: Traffic = "egress" if values.get("type") == "egress" else "ingress"
    for source in sources:
        yield _rule(group, direction, values.get("protocol"), (values.get("from_port"), values.get("to_port")), source)


def _rule(group: str, direction: Traffic, protocol: Any, ports: tuple[Any, Any], source: Any) -> GroupRule:
    name = str(protocol).lower()
    name = _PROTOCOLS.get(name, name)
    first, last = (-1, -1) if name == "-1" else (_port(ports[0]), _port(ports[1]))
    return GroupRule(
        group=group, direction=direction, protocol=name, first=first, last=last, source=_source(str(source))
    )


def _port(value: Any) -> int:
    return -1 if value is None else int(value)


def _source(text: str) -> str:
    """Networks as AWS writes them; a group of another account (`ACCOUNT/sg-...`) by its id."""
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        return text.rpartition("/")[2]
