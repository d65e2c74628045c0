"""The typed reading of `terraform show -json PLANFILE` (format 1.x, Terraform's documentation 'JSON output format')."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any, Literal

from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed
from infragate.domain.plan_fields import Field, differences, join
from infragate.domain.stateful import is_stateful

Action = Literal["create", "update", "replace", "delete", "read", "forget", "no-op"]

# What Terraform may say in `change.actions`.
ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("no-op",): "no-op",
    ("create",): "create",
    ("read",): "read",
    ("update",): "update",
    ("delete",): "delete",
    ("forget",): "forget",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("create", "forget"): "replace",
}

REASONS = {
    "replace_because_tainted": "it is tainted",
    "replace_because_cannot_update": "cannot be changed in place",
    "replace_by_request": "asked for with -replace",
    "replace_by_triggers": "replace_triggered_by",
    "delete_because_no_resource_config": "no longer in the configuration",
    "delete_because_wrong_repetition": "count or for_each came or went",
    "delete_because_count_index": "index is beyond count",
    "delete_because_each_key": "key is no longer in for_each",
    "delete_because_no_module": "its module is gone",
    "delete_because_no_move_target": "moved to an address that does not exist",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One resource that a plan touches.

    Attributes:
        actions: Terraform's own words, in order.
        moved_from: the address before, when it moved.
        reason: why it is replaced or destroyed, in words, or None.
        fields: what differs, redacted.
    """

    address: str
    type: str
    action: Action
    actions: tuple[str, ...]
    stateful: bool
    moved_from: str | None
    imported: bool
    reason: str | None
    fields: tuple[Field, ...]

    @property
    def loses_state(self) -> bool:
        """Whether something stateful is destroyed by it."""
        return self.stateful and "delete" in self.actions


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChange:
    """One output value that changes, redacted."""

    name: str
    action: Action
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """How many of what. A replacement counts once, as `replace`, and neither as `add` nor as `destroy`."""

    add: int
    change: int
    destroy: int
    replace: int
    imported: int
    move: int
    forget: int
    no_op: int
    output_changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a plan file would do.

    Attributes:
        changes: resources with something to do, in the order of the document.
        drift: what was changed outside of Terraform since its last run.
        complete: False for a plan of chosen targets; None when this Terraform does not say.
    """

    terraform_version: str
    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    outputs: tuple[OutputChange, ...]
    summary: Summary
    complete: bool | None

    @property
    def operations(self) -> int:
        """How many steps an apply takes: a replacement is two."""
        counts = self.summary
        return counts.add + counts.change + counts.destroy + 2 * counts.replace


def parse(text: str) -> Any:
    """The document in Terraform's text; a number that is no integer is a Decimal, which keeps every digit.

    Raises:
        ToolFailed: it is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as broken:
        raise _untrusted(f"it is no JSON ({type(broken).__name__})") from None


def read(document: Any) -> Plan:
    """The Plan of a `terraform show -json` document.

    Raises:
        ToolFailed: not such a document, of another major format, of a failed or incomplete plan, or with an action
            nobody knows.
    """
    if not isinstance(document, dict) or not str(document.get("format_version", "")).startswith("1."):
        raise _untrusted("no `format_version` 1.x")
    if document.get("errored"):
        raise _untrusted("the plan is marked as errored")
    if "terraform_version" not in document or not ("planned_values" in document or "resource_changes" in document):
        raise _untrusted("neither `planned_values` nor `resource_changes`: this is no plan")
    if document.get("deferred_changes"):  # an experiment of Terraform; what it puts off is in no count
        raise _untrusted(f"it puts {_counted(document['deferred_changes'])} off to a later plan")
    if document.get("action_invocations") or document.get("deferred_action_invocations"):  # Terraform 1.14 and later
        raise _untrusted("it runs actions of providers, which are in no count")
    resources = document.get("resource_changes") or []
    try:
        everything = [_change(entry) for entry in resources if entry.get("mode") != "data"]
        drift = [_change(entry) for entry in document.get("resource_drift") or [] if entry.get("mode") != "data"]
        outputs = [_output(name, entry) for name, entry in (document.get("output_changes") or {}).items()]
    except (KeyError, TypeError, AttributeError, RecursionError) as broken:
        raise _untrusted(f"unexpected shape ({type(broken).__name__}: {broken})") from None
    changed_outputs = tuple(output for output in outputs if output.action != "no-op")
    return Plan(
        terraform_version=str(document["terraform_version"]),
        changes=tuple(
            change for change in everything if change.action != "no-op" or change.moved_from or change.imported
        ),
        drift=tuple(
            change for change in drift if change.action != "no-op" and (change.fields or change.action != "update")
        ),
        outputs=changed_outputs,
        summary=_summary(everything, len(changed_outputs)),
        complete=document.get("complete"),
    )


def _counted(deferred: Any) -> str:
    number = len(deferred) if isinstance(deferred, list) else 1
    return f"{number} change{'s' if number > 1 else ''}"


def _untrusted(why: str) -> ToolFailed:
    return ToolFailed(
        f"the plan's JSON cannot be trusted: {why}",
        where="terraform show -json",
        fix=(Command("tools-install"), ", then plan again"),
    )


def _change(entry: Mapping[str, Any]) -> Change:
    change = entry["change"]
    action = _action(change["actions"], entry["address"])
    moved = entry.get("previous_address")
    fields = () if action in ("no-op", "read", "forget") else differences(change)
    return Change(
        address=entry["address"],
        type=entry["type"],
        action=action,
        actions=tuple(change["actions"]),
        stateful=is_stateful(entry["type"]),
        moved_from=moved if moved and moved != entry["address"] else None,
        imported=bool(change.get("importing")),
        reason=_reason(entry, change),
        fields=fields,
    )


def _action(words: Any, where: str) -> Action:
    try:
        return ACTIONS[tuple(words)]
    except (KeyError, TypeError):
        raise _untrusted(f"unknown actions {words!r} for {where}") from None


def _reason(entry: Mapping[str, Any], change: Mapping[str, Any]) -> str | None:
    given = entry.get("action_reason")
    if not given or given.startswith("read_"):
        return "a deposed object of an earlier replacement" if entry.get("deposed") else None
    text = REASONS.get(given, given.replace("_", " "))
    paths = [reduce(join, path, "") for path in change.get("replace_paths") or []]
    return f"{text}: {', '.join(paths)}" if paths else text


def _output(name: str, entry: Mapping[str, Any]) -> OutputChange:
    return OutputChange(name=name, action=_action(entry["actions"], f"output.{name}"), fields=differences(entry))


def _summary(everything: list[Change], output_changes: int) -> Summary:
    def count(action: Action) -> int:
        return sum(change.action == action for change in everything)

    return Summary(
        add=count("create"),
        change=count("update"),
        destroy=count("delete"),
        replace=count("replace"),
        imported=sum(change.imported for change in everything),
        move=sum(change.moved_from is not None for change in everything),
        forget=count("forget"),
        no_op=count("no-op"),
        output_changes=output_changes,
    )
