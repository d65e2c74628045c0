"""What a resource opens to everybody: the internet, or every AWS account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from infragate.domain.plan_json import document_in
from infragate.domain.policy_documents import is_policy, open_statements

_EVERYWHERE = ("0.0.0.0/0", "::/0", "*", "Internet", "Any")
_SOURCES = re.compile(
    r"(?:^|_)(?:cidrs?|cidr_blocks?|cidr_ipv[46]|cidr_ip|source_ranges|source_address_prefix(?:es)?)$"
)
_PEOPLE = re.compile(r"^(?:members?|principals?|principal_arn)$")
_EVERYBODY = ("*", "allUsers", "allAuthenticatedUsers", "all", "public")
_OUTWARD = re.compile(r"egress|outbound|(?<!apigatewayv2_)route(?:$|_)|(?:^|_)nat_")
# Attributes that open a resource by their value.
SWITCHES: Mapping[str, tuple[Any, ...]] = {
    "publicly_accessible": (True,),
    "public_network_access_enabled": (True,),
    "public_network_access": ("Enabled",),
    "endpoint_public_access": (True,),
    "associate_public_ip_address": (True,),
    "map_public_ip_on_launch": (True,),
    "allow_blob_public_access": (True,),
    "allow_nested_items_to_be_public": (True,),
    "block_public_acls": (False,),
    "block_public_policy": (False,),
    "ignore_public_acls": (False,),
    "restrict_public_buckets": (False,),
    "acl": ("public-read", "public-read-write", "authenticated-read"),
    "authorization_type": ("NONE",),
    "visibility": ("public",),
    "container_access_type": ("blob", "container"),
}
_BALANCERS = ("aws_lb", "aws_alb", "aws_elb")
_LEVELS = 6


def exposures(kind: str, values: Any) -> tuple[str, ...]:
    """Why a resource with these (redacted) values is open, as short phrases, each once."""
    if not isinstance(values, dict) or _is_outward(kind, values):
        return ()
    reasons = list(_open(values, _LEVELS))
    if kind in _BALANCERS and values.get("internal") is False:
        reasons.append("internet-facing")
    return tuple(dict.fromkeys(reasons))


def _is_outward(kind: str, values: Mapping[str, Any]) -> bool:
    direction = values.get("direction", values.get("type"))
    outward = isinstance(direction, str) and direction.lower() in ("egress", "outbound")
    refusing = str(values.get("access", values.get("rule_action", ""))).lower() == "deny"
    return outward or refusing or values.get("egress") is True or _OUTWARD.search(kind) is not None


def _open(values: Mapping[str, Any], levels: int) -> Iterator[str]:
    for key, value in values.items():
        if (not value and value is not False) or _kind(key) == "outward":
            continue
        if key in SWITCHES and any(type(value) is type(opening) and value == opening for opening in SWITCHES[key]):
            yield f"{key}: {str(value).lower() if isinstance(value, bool) else value}"
        elif _kind(key) == "sources":
            yield from (f"open to {entry}" for entry in _texts(value) if entry in _EVERYWHERE)
        elif _kind(key) == "people":
            yield from (f"open to {entry}" for entry in _texts(value) if entry in _EVERYBODY)
        elif isinstance(value, str):
            if is_policy(policy := document_in(value)) and open_statements(policy):
                yield "open to every principal"
        elif levels and isinstance(value, (dict, list)):
            yield from _inside(value, levels)


@cache
def _kind(key: str) -> str:
    """What an attribute of this name holds."""
    kinds = {"outward": _OUTWARD.search(key), "sources": _SOURCES.search(key), "people": _PEOPLE.match(key)}
    return next((kind for kind, match in kinds.items() if match), "")


def _inside(value: Any, levels: int) -> Iterator[str]:
    for entry in [value] if isinstance(value, dict) else value:
        if isinstance(entry, dict) and not _is_outward("", entry):
            yield from _open(entry, levels - 1)


def _texts(value: Any) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry
