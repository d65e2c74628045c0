"""Rules of managed listeners that the Stack does not own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift import listener_rules
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import item

_LISTENERS = ("aws_lb_listener", "aws_alb_listener")
_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
_GONE = ("ListenerNotFound",)  # deleted by hand: the plan shows it
_EVIDENCE = "elasticloadbalancing:DescribeRules lists it; no listener rule of the Stack owns it"


def _read(look: Look) -> Iterator[DriftItem | None]:
    owned = {rule.text("arn") for rule in look.managed.owners(*_RULES)}
    for listener in look.subjects:
        request = {"ListenerArn": listener.text("arn")}
        rules = aws_api.unless_absent(partial(_rules, look, request), _GONE) or []
        extras = [
            listener_rules.added(request["ListenerArn"], rule)
            for rule in rules
            if not rule.get("IsDefault") and rule["RuleArn"] not in owned
        ]
        yield item(listener, extras, reader=READER.name, evidence=_EVIDENCE)


def _rules(look: Look, request: dict[str, str]) -> list[Any]:
    return list(look.pages("elbv2", "describe_rules", "Rules", **request))


READER = Reader(name="listener-rules", about="the rules of listeners", types=_LISTENERS, read=_read)
