"""Rules of listeners that no resource of the Stack owns, as the code would have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.unowned import Extra
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join
from infragate.domain.terraform.hcl_text import Blocks

# The conditions and actions that are written, with their names in AWS's answers; what is in none of them is not known.
_LISTED = {
    "host-header": "HostHeaderConfig",
    "path-pattern": "PathPatternConfig",
    "http-request-method": "HttpRequestMethodConfig",
    "source-ip": "SourceIpConfig",
}
_REDIRECT = {"host": "Host", "path": "Path", "port": "Port", "protocol": "Protocol", "query": "Query"}
_SIGN_IN = "it signs people in (authenticate-...), and AWS does not tell the secret: write it into the code by hand"
_UNKNOWN = "it has a part that this version does not write: write aws_lb_listener_rule by hand, with an import block"


class _Unwritten(Exception):
    """A part of a rule that the code cannot have; the text says why."""


def added(listener: str, rule: Mapping[str, Any]) -> Extra:
    """A rule of DescribeRules."""
    conditions = [f"{each.get('Field')} {', '.join(each.get('Values') or ())}".strip() for each in rule["Conditions"]]
    actions = [f"{each['Type']} {each.get('TargetGroupArn', '')}".strip() for each in rule["Actions"]]
    adoption, obstacle = None, ""
    try:
        adoption = _adoption(listener, rule)
    except _Unwritten as why:
        obstacle = str(why)
    return Extra(
        path=join("rules", f"priority {rule['Priority']}"),
        value=f"{' and '.join(conditions)}: {', '.join(actions)}",
        severity=Severity.MEDIUM,
        adoption=adoption,
        obstacle=obstacle,
        removal=("aws", "elbv2", "delete-rule", "--rule-arn", rule["RuleArn"]),
    )


def _adoption(listener: str, rule: Mapping[str, Any]) -> Adoption:
    if rule.get("Transforms"):
        raise _Unwritten(_UNKNOWN)
    ordered = len(rule["Actions"]) > 1
    arguments = {
        "listener_arn": listener,
        "priority": int(rule["Priority"]),
        "action": Blocks(tuple(_action(each, ordered=ordered) for each in rule["Actions"])),
        "condition": Blocks(tuple(map(_condition, rule["Conditions"]))),
    }
    return Adoption(
        type="aws_lb_listener_rule", id=rule["RuleArn"], about=f"priority {rule['Priority']}", arguments=arguments
    )


def _action(action: Mapping[str, Any], *, ordered: bool) -> Mapping[str, Any]:
    kind, order = action["Type"], {"order": action["Order"]} if ordered and "Order" in action else {}
    if kind == "forward":
        return {"type": kind, **order, **_forward(action)}
    if kind == "redirect":
        config = action["RedirectConfig"]
        parts = {name: config.get(key) for name, key in _REDIRECT.items()}
        return {"type": kind, **order, "redirect": _one({**parts, "status_code": config["StatusCode"]})}
    if kind == "fixed-response":
        config = action["FixedResponseConfig"]
        parts = {
            "content_type": config.get("ContentType") or "text/plain",
            "message_body": config.get("MessageBody") or None,
            "status_code": config["StatusCode"],
        }
        return {"type": kind, **order, "fixed_response": _one(parts)}
    raise _Unwritten(_SIGN_IN if kind.startswith("authenticate-") else _UNKNOWN)


def _forward(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """To one group by its ARN, which AWS tells with a configuration too; to several with their weights."""
    config = action.get("ForwardConfig") or {}
    groups, stickiness = config.get("TargetGroups") or (), config.get("TargetGroupStickinessConfig") or {}
    if action.get("TargetGroupArn") and len(groups) < 2 and not stickiness.get("Enabled"):
        return {"target_group_arn": action["TargetGroupArn"]}
    targets = tuple({"arn": each["TargetGroupArn"], "weight": each.get("Weight", 1)} for each in groups)
    body: dict[str, Any] = {"target_group": Blocks(targets)}
    if stickiness.get("Enabled"):
        body["stickiness"] = _one({"duration": stickiness["DurationSeconds"], "enabled": True})
    return {"forward": _one(body)}


def _condition(condition: Mapping[str, Any]) -> Mapping[str, Any]:
    field = condition["Field"]
    if field in _LISTED:
        config = condition.get(_LISTED[field]) or {}
        if config.keys() - {"Values"}:  # regular expressions
            raise _Unwritten(_UNKNOWN)
        return {field.replace("-", "_"): _one({"values": list(config.get("Values") or condition.get("Values") or ())})}
    if field == "http-header":
        config = condition["HttpHeaderConfig"]
        if config.keys() - {"HttpHeaderName", "Values"}:
            raise _Unwritten(_UNKNOWN)
        return {"http_header": _one({"http_header_name": config["HttpHeaderName"], "values": list(config["Values"])})}
    if field == "query-string":
        pairs = condition["QueryStringConfig"]["Values"]
        return {"query_string": Blocks(tuple(_present({"key": e.get("Key"), "value": e["Value"]}) for e in pairs))}
    raise _Unwritten(_UNKNOWN)


def _one(body: Mapping[str, Any]) -> Blocks:
    return Blocks((_present(body),))


def _present(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
