"""Subscription filters of managed log groups that the Stack does not own: they copy the log to somebody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift.addition import Adoption
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import SECURITY, Extra, item
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import join

_GONE = ("ResourceNotFoundException",)  # deleted by hand: the plan shows it
_EVIDENCE = "logs:DescribeSubscriptionFilters lists it; no subscription filter of the Stack owns it"


def _read(look: Look) -> Iterator[DriftItem | None]:
    owned = {
        (each.text("log_group_name"), each.text("name"))
        for each in look.managed.owners("aws_cloudwatch_log_subscription_filter")
    }
    for group in look.subjects:
        name = group.text("name")
        filters = aws_api.unless_absent(partial(_filters, look, name), _GONE) or []
        extras = [_extra(name, each) for each in filters if (name, each["filterName"]) not in owned]
        yield item(group, extras, reader=READER.name, evidence=_EVIDENCE)


def _extra(group: str, described: Mapping[str, Any]) -> Extra:
    name = described["filterName"]
    arguments = {
        "name": name,
        "log_group_name": group,
        "filter_pattern": described.get("filterPattern") or "",
        "destination_arn": described["destinationArn"],
        "role_arn": described.get("roleArn"),
        "distribution": described.get("distribution"),
    }
    return Extra(
        path=join("subscription_filters", name),
        value=described["destinationArn"],
        severity=Severity.HIGH,
        marks=SECURITY,
        adoption=Adoption(
            type="aws_cloudwatch_log_subscription_filter",
            id=f"{group}|{name}",
            about=name,
            arguments={argument: value for argument, value in arguments.items() if value is not None},
        ),
        removal=("aws", "logs", "delete-subscription-filter", "--log-group-name", group, "--filter-name", name),
    )


def _filters(look: Look, group: str) -> list[Any]:
    return list(look.pages("logs", "describe_subscription_filters", "subscriptionFilters", logGroupName=group))


READER = Reader(
    name="log-filters", about="the subscription filters of log groups", types=("aws_cloudwatch_log_group",), read=_read
)
