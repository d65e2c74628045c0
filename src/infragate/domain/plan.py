"""The typed reading of `terraform show -json PLANFILE` (format 1.x, Terraform's documentation 'JSON output format')."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, Literal

from infragate.domain import plan_kinds
from infragate.domain.exposure import exposures
from infragate.domain.field_groups import grouped
from infragate.domain.key_attributes import KeyAttribute, key_attributes
from infragate.domain.plan_configuration import configured, without_indices
from infragate.domain.plan_fields import Field, differences, join
from infragate.domain.plan_json import refuse_deep, untrusted
from infragate.domain.redaction import mask_marks_something, redact
from infragate.domain.renames import Rename, renames
from infragate.domain.stateful import is_stateful

Action = Literal["create", "update", "replace", "delete", "read", "forget", "no-op"]

# The values of `change.actions`.
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
    "replace_by_request": "requested with -replace",
    "replace_by_triggers": "replace_triggered_by",
    "delete_because_no_resource_config": "no longer in the configuration",
    "delete_because_wrong_repetition": "count or for_each was added or removed",
    "delete_because_count_index": "index is beyond count",
    "delete_because_each_key": "key is no longer in for_each",
    "delete_because_no_module": "its module was removed",
    "delete_because_no_move_target": "moved to an address that does not exist",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One resource that a plan touches.

    Attributes:
        actions: as in Terraform's JSON, in order.
        moved_from: the previous address; None if it did not move.
        reason: why it is replaced, destroyed or created again, as a sentence, or None.
        forcing: the paths of the attributes that force a replacement.
        deposed: it is what an interrupted replacement left.
        vanished: it was deleted outside of Terraform.
        configured: the attributes that its code sets; None if the plan does not say.
        sides: Terraform's `change` object, secrets included: only the properties may be shown.
    """

    address: str
    type: str
    action: Action
    actions: tuple[str, ...]
    stateful: bool
    moved_from: str | None
    imported: bool
    reason: str | None
    forcing: tuple[str, ...] = ()
    deposed: bool = False
    vanished: bool = False
    configured: frozenset[str] | None = field(default=None, repr=False)
    sides: Mapping[str, Any] = field(repr=False)

    @property
    def fields(self) -> tuple[Field, ...]:
        """The differences, redacted; computed on each call: in a large plan they need more memory than the plan."""
        if self.action in ("no-op", "read", "forget"):
            return ()
        return grouped(
            differences(self.sides),
            replacing=self.action == "replace",
            forcing=self.forcing,
            configured=self.configured,
        )

    @property
    def key_attributes(self) -> tuple[KeyAttribute, ...]:
        """What a reviewer decides from when it is created or destroyed, redacted; computed on each call."""
        if self.action == "create":
            return key_attributes(self.type, self._values("after"), self.sides.get("after_unknown"), self.configured)
        return (
            key_attributes(self.type, self._values("before"), None, self.configured) if self.action == "delete" else ()
        )

    @property
    def exposures(self) -> tuple[str, ...]:
        """Why it is open to everybody after this change, and was not before."""
        if self.action not in ("create", "update", "replace"):
            return ()
        before = exposures(self.type, self._values("before"))
        return tuple(reason for reason in exposures(self.type, self._values("after")) if reason not in before)

    def _values(self, side: str) -> Any:
        mask = self.sides.get(f"{side}_sensitive")
        return redact(self.sides.get(side), mask) if mask_marks_something(mask) else self.sides.get(side)

    @property
    def loses_state(self) -> bool:
        """True if a stateful resource is destroyed."""
        return self.stateful and "delete" in self.actions


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputChange:
    """One output value that changes, redacted."""

    name: str
    action: Action
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Numbers of changes. A replacement counts only as `replace`, not as `add` or `destroy`."""

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
        changes: without no-ops, in the order of the document.
        drift: changes made outside Terraform since its last run.
        relevant: addresses of objects whose drift has led to changes of this plan, as Terraform says.
        renames: `moved` blocks that would keep objects which are destroyed and created again.
        complete: False for a plan with -target; None if this Terraform version does not report it.
    """

    terraform_version: str
    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    outputs: tuple[OutputChange, ...]
    summary: Summary
    complete: bool | None
    relevant: frozenset[str] = frozenset()
    renames: tuple[Rename, ...] = ()

    @property
    def operations(self) -> int:
        """The number of steps of an apply; a replacement is two."""
        counts = self.summary
        return counts.add + counts.change + counts.destroy + 2 * counts.replace


def read(document: Any) -> Plan:
    """Read a `terraform show -json` document.

    Raises:
        ToolFailed: another kind of document, another major format, a failed or incomplete plan, or an unknown action
            or shape.
    """
    if why := plan_kinds.unreadable(document):
        raise untrusted(why)
    code = configured(document)
    drift = [_change(entry, code) for entry in _entries(document, "resource_drift")]
    vanished = frozenset(change.address for change in drift if change.action == "delete")
    resources = [_change(entry, code, vanished) for entry in _entries(document, "resource_changes")]
    outputs = [_output(name, entry) for name, entry in _part(document, "output_changes", dict, {}).items()]
    changed_outputs = tuple(output for output in outputs if output.action != "no-op")
    return Plan(
        terraform_version=_part(document, "terraform_version", str),
        changes=tuple(
            change for change in resources if change.action != "no-op" or change.moved_from or change.imported
        ),
        drift=tuple(
            change for change in drift if change.action != "no-op" and (change.fields or change.action != "update")
        ),
        outputs=changed_outputs,
        summary=_summary(resources, len(changed_outputs)),
        complete=_part(document, "complete", bool, None),
        relevant=_relevant(document),
        renames=renames(resources),
    )


def _relevant(document: Mapping[str, Any]) -> frozenset[str]:
    entries = _part(document, "relevant_attributes", list, [])
    return frozenset(str(entry["resource"]) for entry in entries if isinstance(entry, dict) and "resource" in entry)


_REQUIRED = object()


def _part(holder: Any, name: str, kind: type, absent: Any = _REQUIRED) -> Any:
    """`holder[name]`, checked for its type; `absent` if it is missing or null."""
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None and absent is not _REQUIRED:
        return absent
    if not isinstance(value, kind):
        raise untrusted(f"unexpected shape: `{name}` is a {type(value).__name__}, not a {kind.__name__}")
    return value


def _entries(document: Mapping[str, Any], name: str) -> Iterator[Any]:
    for entry in _part(document, name, list, []):
        if _part(entry, "mode", str, "managed") != "data":
            yield entry


def _change(entry: Any, code: Mapping[str, frozenset[str]], vanished: frozenset[str] = frozenset()) -> Change:
    address, kind, sides = (_part(entry, name, of) for name, of in (("address", str), ("type", str), ("change", dict)))
    refuse_deep(sides, address)
    action = _action(sides.get("actions"), address)
    moved = _part(entry, "previous_address", str, None)
    forcing = tuple(_path(steps) for steps in _part(sides, "replace_paths", list, []))
    returns = action == "create" and address in vanished
    return Change(
        address=address,
        type=kind,
        action=action,
        actions=tuple(sides["actions"]),
        stateful=is_stateful(kind),
        moved_from=moved if moved != address else None,
        imported=bool(sides.get("importing")),
        reason="deleted outside of Terraform, created again" if returns else _reason(entry, forcing),
        forcing=forcing,
        deposed=bool(entry.get("deposed")),
        vanished=returns,
        configured=code.get(without_indices(address)) if code else None,
        sides=sides,
    )


def _action(words: Any, where: str) -> Action:
    try:
        return ACTIONS[tuple(words)]
    except (KeyError, TypeError):
        raise untrusted(f"unknown actions {words!r:.200} for {where}") from None


def _reason(entry: Mapping[str, Any], forcing: Sequence[str]) -> str | None:
    reason = _part(entry, "action_reason", str, "")
    if not reason or reason.startswith("read_"):
        return "a deposed object of an earlier replacement" if entry.get("deposed") else None
    text = REASONS.get(reason, reason.replace("_", " "))
    return f"{text}: {', '.join(forcing)}" if forcing else text


def _path(steps: Any) -> str:
    if not isinstance(steps, list) or not all(isinstance(step, (str, int)) for step in steps):
        raise untrusted("unexpected shape: `replace_paths` is not a list of paths")
    return reduce(join, steps, "")


def _output(name: str, entry: Any) -> OutputChange:
    action = _action(_part(entry, "actions", list), f"output.{name}")
    refuse_deep(entry, f"output.{name}")
    return OutputChange(name=name, action=action, fields=differences(entry))


def _summary(resources: list[Change], output_changes: int) -> Summary:
    count = Counter(change.action for change in resources)
    return Summary(
        add=count["create"],
        change=count["update"],
        destroy=count["delete"],
        replace=count["replace"],
        imported=sum(change.imported for change in resources),
        move=sum(change.moved_from is not None for change in resources),
        forget=count["forget"],
        no_op=count["no-op"],
        output_changes=output_changes,
    )
