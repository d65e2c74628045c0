"""A plan, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.manifest import Manifest
from infragate.domain.plan import Change, Plan, Summary
from infragate.domain.plan_fields import Field
from infragate.domain.terraform.state_lock import LockHolder
from infragate.report.json_text import Later
from infragate.report.plan_text import PlanText, where
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.plan import PlanResult


def document(plan: Plan, manifest: Manifest | None = None) -> dict[str, Any]:
    """`target`, `summary`, `changes`, `drift`, `outputs` and `renames` of the plan's JSON document."""
    return {
        "target": manifest and target(manifest),
        "summary": summary(plan.summary),
        "changes": [_change(change) for change in plan.changes],
        "drift": [_change(change) for change in plan.drift],
        "outputs": [
            {"name": output.name, "action": output.action, "fields": [_field(field) for field in output.fields]}
            for output in plan.outputs
        ],
        "renames": [{"from": rename.source, "to": rename.target, "objects": rename.objects} for rename in plan.renames],
    }


def target(manifest: Manifest) -> dict[str, Any]:
    """Where the plan would be applied, and from which commit."""
    return {name: getattr(manifest, name) for name in ("cloud", "account_id", "region", "role", "commit")}


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
        "replace_paths": list(change.forcing),
        "deleted_outside": change.vanished,
        "exposures": Later(lambda: list(change.exposures)),
        "key_attributes": Later(lambda: {entry.name: entry.value for entry in change.key_attributes}),
        "fields": Later(lambda: [_field(field) for field in change.fields]),
    }


def _field(field: Field) -> dict[str, Any]:
    document: dict[str, Any] = {"path": field.path, "before": field.before, "after": field.after}
    if field.forces:
        document["forces_replacement"] = True
    if field.group is not None:
        document["group"] = field.group
    if field.reordered:
        document["reordered"] = True
    return document


def show(
    plan: Plan,
    *,
    title: str,
    headline: str,
    changes: bool,
    drift: bool,
    printer: Printer,
    manifest: Manifest | None = None,
    full: bool = False,
) -> None:
    """Print the changes, losses first.

    Args:
        headline: Terraform's own `Plan: ...` line.
        changes: from Terraform's exit code.
        drift: show all changes made outside of Terraform; else those without consequence are only named.
        full: show every attribute.
    """
    text = PlanText(printer, full=full)
    printer.heading(title)
    if manifest is not None:
        printer.line(where(manifest), "warn" if manifest.cloud == "sandbox" else "head")
    text.drift(plan, whole=drift)
    text.changes(plan)
    text.losses(plan)
    if not changes:
        printer.line("No changes. The infrastructure matches the configuration.", "good")
    printer.line(headline, "head")


def show_proposed(result: PlanResult, environment: str, printer: Printer) -> None:
    """The plan of a draft: what an apply of it would do."""
    show(
        result.plan,
        title=f"{environment}: what an apply would do",
        headline=result.planned.headline,
        changes=result.planned.changes,
        drift=False,
        printer=printer,
        manifest=result.manifest,
    )


def show_lock(lock: LockHolder | None, printer: Printer) -> None:
    """Print the holder of the state lock: a plan does not need the lock, an apply does."""
    if lock is not None:
        since = f" since {lock.created}" if lock.created else ""
        printer.warning(
            f"the state is locked by {lock.who or 'somebody'}{since} (lock id {lock.id}); an apply would end 6"
        )
