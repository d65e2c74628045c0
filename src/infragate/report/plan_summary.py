"""A plan, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from infragate.domain.plan import Change, OutputChange, Plan, Summary
from infragate.domain.plan_fields import UNKNOWN, Field
from infragate.domain.terraform.state_lock import LockHolder
from infragate.report import json_text
from infragate.report.json_text import Later
from infragate.report.printer import Printer

SIGNS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-", "read": "<=", "forget": "x", "no-op": ">"}
STYLES = {"create": "good", "update": "warn", "replace": "bad", "delete": "bad", "forget": "warn"}
# Losses come first, for a reader who reads only the top.
ORDER = ("delete", "replace", "forget", "update", "create", "no-op", "read")
# No list of fields for these: all of them are new, or none is left.
WHOLE = ("create", "delete", "no-op", "forget", "read")
SHOWN_WIDTH = 160


def document(plan: Plan) -> dict[str, Any]:
    """`summary`, `changes` and `outputs` of the plan's JSON document."""
    return {
        "summary": summary(plan.summary),
        "changes": [_change(change) for change in plan.changes],
        "drift": [_change(change) for change in plan.drift],
        "outputs": [
            {"name": output.name, "action": output.action, "fields": [_field(field) for field in output.fields]}
            for output in plan.outputs
        ],
    }


def summary(counts: Summary) -> dict[str, int]:
    """The counts under the names of the JSON document."""
    return {
        "add": counts.add,
        "change": counts.change,
        "destroy": counts.destroy,
        "replace": counts.replace,
        "import": counts.imported,
        "move": counts.move,
        "forget": counts.forget,
        "no_op": counts.no_op,
        "output_changes": counts.output_changes,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": change.address,
        "type": change.type,
        "action": change.action,
        "actions": list(change.actions),
        "stateful": change.stateful,
        "moved_from": change.moved_from,
        "imported": change.imported,
        "reason": change.reason,
        "fields": Later(lambda: [_field(field) for field in change.fields]),
    }


def _field(field: Field) -> dict[str, Any]:
    return {"path": field.path, "before": field.before, "after": field.after}


def show(plan: Plan, *, title: str, headline: str, changes: bool, drift: bool, printer: Printer) -> None:
    """Print the changes, losses first.

    Args:
        headline: Terraform's own `Plan: ...` line.
        changes: from Terraform's exit code.
        drift: show changes made outside of Terraform; harmless ones appear after every apply.
    """
    printer.heading(title)
    if drift and plan.drift:
        printer.line("changed outside of Terraform:", "warn")
        for change in plan.drift:
            _show_change(change, printer)
    for action in ORDER:
        for change in plan.changes:
            if change.action == action:
                _show_change(change, printer)
    for output in plan.outputs:
        _show_output(output, printer)
    losses = [change.address for change in plan.changes if change.loses_state]
    if losses:
        printer.line(f"! data at risk: {', '.join(losses)}", "bad")
    if not changes:
        printer.line("No changes. The infrastructure matches the configuration.", "good")
    printer.line(headline, "head")


def _show_change(change: Change, printer: Printer) -> None:
    marks = [mark for mark in ("STATEFUL" if change.stateful else "", "import" if change.imported else "") if mark]
    notes = [
        *marks,
        *([f"was {change.moved_from}"] if change.moved_from else []),
        *([change.reason] if change.reason else []),
    ]
    tail = f"  [{'; '.join(notes)}]" if notes else ""
    printer.line(f"{SIGNS[change.action]:>3} {change.address}{tail}", STYLES.get(change.action, ""))
    if change.action not in WHOLE:
        _show_fields(change.fields, printer)


def _show_fields(fields: Iterable[Field], printer: Printer) -> None:
    computed = 0
    for field in fields:
        if field.after == UNKNOWN and field.before is None:
            computed += 1
            continue
        cut, label = printer.mode == "person", f"{field.path}: " if field.path else ""
        printer.line(f"      {label}{shown(field.before, cut=cut)} -> {shown(field.after, cut=cut)}")
    if computed:
        printer.line(f"      ({computed} more known after apply)", "dim")


def _show_output(output: OutputChange, printer: Printer) -> None:
    if output.action in WHOLE:
        printer.line(f"{SIGNS[output.action]:>3} output.{output.name}", STYLES.get(output.action, ""))
        return
    printer.line(f"{SIGNS[output.action]:>3} output.{output.name}", "warn")
    _show_fields(output.fields, printer)


def shown(value: Any, *, cut: bool) -> str:
    """A value on one line, shortened if `cut`."""
    text = value if value == UNKNOWN else json_text.written(value)
    return text[: SHOWN_WIDTH - 3] + "..." if cut and len(text) > SHOWN_WIDTH else text


def show_lock(lock: LockHolder | None, printer: Printer) -> None:
    """Print the holder of the state lock: a plan does not need the lock, an apply does."""
    if lock is not None:
        since = f" since {lock.created}" if lock.created else ""
        printer.warning(
            f"the state is locked by {lock.who or 'somebody'}{since} (lock id {lock.id}); an apply would end 6"
        )
