"""Policies of managed roles, users and groups that the Stack does not own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.aws.unowned.reader import Look, Reader
from infragate.domain.drift import added_policies
from infragate.domain.drift.added_policies import HOLDERS, Holder
from infragate.domain.drift.report import DriftItem
from infragate.domain.drift.unowned import Extra, item

_GONE = ("NoSuchEntity",)  # deleted by hand: the plan shows it


def _read(look: Look) -> Iterator[DriftItem | None]:
    for resource in look.subjects:
        holder = added_policies.holder(resource, look.managed)
        extras = (*_attached(look, holder), *_inline(look, holder))
        evidence = f"IAM lists it for this {holder.kind}; no resource of the Stack owns it"
        yield item(resource, extras, reader=READER.name, evidence=evidence)


def _attached(look: Look, holder: Holder) -> Iterator[Extra]:
    if holder.attached is not None:
        operation, request = f"list_attached_{holder.kind}_policies", _named(holder)
        listed = _all(lambda: list(look.pages("iam", operation, "AttachedPolicies", **request)))
        yield from added_policies.attached(holder, [policy["PolicyArn"] for policy in listed])


def _inline(look: Look, holder: Holder) -> Iterator[Extra]:
    if holder.inline is None:
        return
    operation, request = f"list_{holder.kind}_policies", _named(holder)
    for name in _all(lambda: list(look.pages("iam", operation, "PolicyNames", **request))):
        if name not in holder.inline:
            read = getattr(look.client("iam"), f"get_{holder.kind}_policy")
            yield added_policies.inline(holder, name, read(PolicyName=name, **request)["PolicyDocument"])


def _named(holder: Holder) -> dict[str, str]:
    return {f"{holder.kind.title()}Name": holder.name}


def _all(call: Callable[[], list[Any]]) -> list[Any]:
    return aws_api.unless_absent(call, _GONE) or []


READER = Reader(
    name="iam-policies", about="the policies of IAM roles, users and groups", types=tuple(HOLDERS), read=_read
)
