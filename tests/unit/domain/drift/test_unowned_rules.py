"""Which rules of a security group are nobody's, for any rule and any way to own it."""

from __future__ import annotations

import ipaddress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.drift import security_group_rules as rules
from infragate.domain.drift.security_group_rules import GroupRule
from infragate.domain.drift.unowned import SECURITY
from infragate.domain.finding import Severity
from infragate.domain.terraform.state_file import Resource

GROUP, OTHER = "sg-0123456789abcdef0", "sg-0fedcba9876543210"
NUMBERS = {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58", "-1": "all"}
networks = st.one_of(
    st.ip_addresses(v=4).map(lambda address: str(ipaddress.ip_network((address, 16), strict=False))),
    st.ip_addresses(v=6).map(lambda address: str(ipaddress.ip_network((address, 48), strict=False))),
)
sources = st.one_of(networks, st.just("pl-0123456789abcdef0"), st.sampled_from([GROUP, OTHER]))
ports = st.integers(0, 65535)
described = st.builds(
    lambda egress, protocol, first, last, source: answer(egress, protocol, first, last, source),
    st.booleans(),
    st.sampled_from(sorted(NUMBERS)),
    ports,
    ports,
    sources,
)


def answer(egress: bool, protocol: str, first: int, last: int, source: str) -> dict[str, Any]:
    """A rule as AWS describes it."""
    ends = (-1, -1) if protocol == "-1" else (first, last)
    key = "PrefixListId" if source.startswith("pl-") else "CidrIpv6" if ":" in source else "CidrIpv4"
    of_group = {"ReferencedGroupInfo": {"GroupId": source}} if source.startswith("sg-") else {key: source}
    return {
        "SecurityGroupRuleId": "sgr-1",
        "GroupId": GROUP,
        "IsEgress": egress,
        "IpProtocol": protocol,
        "FromPort": ends[0],
        "ToPort": ends[1],
        **of_group,
    }


def written(described: dict[str, Any]) -> Resource:
    """The same as `aws_security_group_rule` has it: protocols by number, ports of all traffic as 0, IPv6 in full."""
    everything = described["IpProtocol"] == "-1"
    group = described.get("ReferencedGroupInfo", {}).get("GroupId")
    values = {
        "type": "egress" if described["IsEgress"] else "ingress",
        "security_group_id": GROUP,
        "protocol": NUMBERS[described["IpProtocol"]],
        "from_port": 0 if everything else described["FromPort"],
        "to_port": 0 if everything else described["ToPort"],
        "cidr_blocks": [described["CidrIpv4"]] if "CidrIpv4" in described else None,
        "ipv6_cidr_blocks": [_in_full(described["CidrIpv6"])] if "CidrIpv6" in described else None,
        "prefix_list_ids": [described["PrefixListId"]] if "PrefixListId" in described else None,
        "self": group == GROUP,
        "source_security_group_id": None if group in (None, GROUP) else f"222222222222/{group}",
    }
    return Resource(address="aws_security_group_rule.x", type="aws_security_group_rule", attributes=values)


def _in_full(network: str) -> str:
    parsed = ipaddress.ip_network(network)
    return f"{parsed.network_address.exploded.upper()}/{parsed.prefixlen}"


def extras(answers: list[dict[str, Any]], *resources: Resource, skipped: frozenset[Any] = frozenset()) -> list[str]:
    return [extra.path for extra in rules.extras(answers, rules.owned(resources), skipped)]


@given(described)
def test_a_rule_is_owned_by_the_resource_that_says_the_same(described: dict[str, Any]) -> None:
    assert extras([described], written(described)) == []


@given(described, described)
def test_a_resource_that_says_something_else_owns_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    differs = rules.in_cloud(one) != rules.in_cloud(other)
    assert bool(extras([one], written(other))) == differs


@given(described)
def test_a_rule_is_owned_by_its_id(described: dict[str, Any]) -> None:
    kind = "aws_vpc_security_group_ingress_rule"
    own = Resource(address=f"{kind}.x", type=kind, attributes={"security_group_rule_id": "sgr-1"})
    foreign = Resource(address=f"{kind}.x", type=kind, attributes={"security_group_rule_id": "sgr-2"})
    assert extras([described], own) == []
    assert len(extras([described], foreign)) == 1


@given(described)
def test_only_the_directions_that_the_code_sets_are_left_out(described: dict[str, Any]) -> None:
    own = "egress" if described["IsEgress"] else "ingress"
    other = "ingress" if described["IsEgress"] else "egress"
    assert extras([described], skipped=frozenset({own})) == []
    assert len(extras([described], skipped=frozenset({other}))) == 1


@given(described)
def test_what_is_open_to_everybody_is_worse_and_an_open_door_in_is_critical(described: dict[str, Any]) -> None:
    (extra,) = rules.extras([described], rules.owned(()), frozenset())
    is_open = rules.in_cloud(described).source in ("0.0.0.0/0", "::/0")
    worst = Severity.HIGH if described["IsEgress"] else Severity.CRITICAL
    assert extra.severity == (worst if is_open else Severity(worst - 1))
    assert extra.marks == SECURITY


def test_a_rule_reads_as_a_sentence() -> None:
    def text(**parts: Any) -> str:
        usual: dict[str, Any] = {"direction": "ingress", "protocol": "tcp", "first": 443, "last": 443}
        return GroupRule(group=GROUP, source="10.0.0.0/8", **{**usual, **parts}).text

    assert text() == "tcp 443 from 10.0.0.0/8"
    assert text(last=445) == "tcp 443-445 from 10.0.0.0/8"
    assert text(direction="egress", protocol="-1", first=-1, last=-1) == "all traffic to 10.0.0.0/8"
    assert text(protocol="icmp", first=-1, last=-1) == "icmp from 10.0.0.0/8"
