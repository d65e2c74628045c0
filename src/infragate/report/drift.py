"""The result of `drift`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from infragate.domain import exit_codes
from infragate.domain.command import Caller, Command
from infragate.domain.drift.folding import folded
from infragate.domain.drift.report import DriftItem, DriftReport, StackDrift
from infragate.domain.errors import InfragateError, Locked
from infragate.domain.finding import Severity
from infragate.report import document as documents
from infragate.report import drift_told
from infragate.report.plan_values import difference
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.telling import Told

STYLES = {"clean": "good", "drift": "bad", "skipped": "warn", "error": "bad"}
_SEVERE = {Severity.LOW: "", Severity.MEDIUM: "warn", Severity.HIGH: "bad", Severity.CRITICAL: "bad"}


@dataclass(frozen=True, slots=True)
class DriftPresenter:
    """The presenter of a run that tells; the module is that of one that does not."""

    told: Told

    def document(self, report: DriftReport, caller: Caller) -> dict[str, Any]:
        """The `result` of the JSON document."""
        return {**document(report, caller), "told": drift_told.document(self.told)}

    def show(self, report: DriftReport, printer: Printer) -> None:
        """The Stacks, then who was told."""
        show(report, printer)
        drift_told.show(self.told, printer)


def document(report: DriftReport, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"shard": report.shard, "stacks": [_stack(stack, caller) for stack in report.stacks], "told": None}


def _stack(stack: StackDrift, caller: Caller) -> dict[str, Any]:
    return {
        "environment": stack.environment,
        "dir": stack.directory,
        "status": stack.status,
        "reason": stack.reason or None,
        "error": stack.error and documents.failure_of(stack.error, caller),
        "items": [item.document() for item in stack.items],
        "fingerprint": stack.fingerprint,
        "commit": stack.commit,
        "applied_commit": stack.applied_commit,
        "applied_at": _instant(stack.applied_at),
        "duration_seconds": round(stack.duration_seconds, 3),
    }


def _instant(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def failure(report: DriftReport) -> InfragateError | None:
    """The error of the whole run: of Stacks that could not be looked at, else of those that were skipped."""
    code = exit_codes.of_drift(report.stacks, detailed=False)
    if not code:
        return None
    unknown = [stack for stack in report.stacks if stack.status in ("error", "skipped")]
    first = next((stack for stack in unknown if stack.error and stack.error.exit_code == code), unknown[0])
    names = ", ".join(stack.environment for stack in unknown)
    said = f"{len(unknown)} of {len(report.stacks)} Stacks could not be looked at ({names}): "
    if first.error is None:
        return Locked(said + first.reason, where=first.directory, fix="run drift again when the lock is free")
    return first.error.amended(message=said + first.error.message).listing(())


def show(report: DriftReport, printer: Printer) -> None:
    """Each Stack that differs or could not be looked at, then a line for each."""
    for stack in report.stacks:
        _items(stack, printer)
        if stack.error is not None:
            known = "this is not all of its drift" if stack.items else "its drift is not known"
            printer.line(f"{stack.environment}: error, {known}", "bad")
            printer.error(stack.error)
        elif stack.status == "skipped":
            printer.line(f"{stack.environment}: skipped, its drift is not known: {stack.reason}", "warn")
    rows = [
        (stack.environment, stack.status, _summary(stack), f"{stack.duration_seconds:.1f} s") for stack in report.stacks
    ]
    if not rows:
        printer.line("no Stack to look at", "warn")
    printer.table(("stack", "", "differences", "time"), rows, [STYLES[stack.status] for stack in report.stacks])
    drifting = [stack for stack in report.stacks if stack.status == "drift"]
    if drifting:
        printer.next((Command("plan", env=drifting[0].environment), "; docs/drift.md says how to settle it"))


def _items(stack: StackDrift, printer: Printer) -> None:
    if stack.counted:
        printer.heading(f"{stack.environment}: {stack.directory}")
    alike: dict[str, list[DriftItem]] = {}  # items without fields, by what is said of them
    for item in sorted(folded(stack.counted), key=lambda item: -item.severity):
        if item.fields:
            _item(item, printer)
        else:
            alike.setdefault(f"{_kind(item)}: {item.evidence}", []).append(item)
    for said, items in alike.items():
        printer.line(f"  {said}", _SEVERE[items[0].severity])
        for item in items:
            printer.line(f"      {item.address}")
    for item in stack.items:
        if item.waived_by is not None:
            printer.line(f"  waived by {item.waived_by}: {item.address}: {_paths(item)}", "dim")


def _item(item: DriftItem, printer: Printer) -> None:
    printer.line(f"  {_kind(item)}: {item.address}", _SEVERE[item.severity])
    person = printer.mode == "person"
    for field in item.fields:
        for line in difference(field, width=printer.width if person else None, cut=person):
            printer.line(line)
    printer.line(f"      {item.evidence}", "dim")


def _kind(item: DriftItem) -> str:
    """Severity, cause and marks."""
    marks = f" ({', '.join(sorted(item.marks))})" if item.marks else ""
    return f"{item.severity.name} {item.cause}{marks}"


def _paths(item: DriftItem) -> str:
    return ", ".join(field.path for field in item.fields) or item.evidence


def _summary(stack: StackDrift) -> str:
    """How many items of each cause; "" where that is unknown."""
    if stack.fingerprint is None:
        return ""
    causes = Counter(item.cause for item in stack.counted)
    waived = sum(item.waived_by is not None for item in stack.items)
    noise = sum(item.cause == "noise" for item in stack.items)
    parts = [f"{number} {cause}" for cause, number in causes.most_common()] or ["none"]
    parts += [f"{waived} waived"] if waived else []
    return ", ".join([*parts, f"{noise} noise"] if noise else parts)
