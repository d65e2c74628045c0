"""What all report files of drift show: texts only, without secrets and control characters, cut to a size.

The one place where a DriftReport becomes text for a file. Each format then writes these texts by its own syntax.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, cast

from infragate.domain.drift.folding import folded
from infragate.report import document as documents
from infragate.report import drift_history, step_summary
from infragate.report.gate_view import FIELDS, ROOM, fitting, short
from infragate.report.plan_values import shown
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.drift.report import DriftItem, DriftReport, StackDrift
    from infragate.report.drift_history import Charts, TrendBar

ITEMS = 5_000  # of all Stacks; each has its part of them
_LEAST = 20  # of one Stack
STATUSES = ("drift", "error", "skipped", "clean")  # what must be looked at first
CAUSES = ("out-of-band", "unowned", "not-applied", "outputs")


class ValueRow(TypedDict):
    """A differing value: `cloud` as it is, `code` as it should be."""

    path: str
    cloud: str
    code: str


class ItemRow(TypedDict):
    """A resource that differs; `unlisted` values are left out."""

    address: str
    type: str
    cause: str
    marks: list[str]
    severity: str
    evidence: str
    reader: str
    waived_by: str
    fields: list[ValueRow]
    unlisted: int


class StackRow(TypedDict):
    """A Stack.

    Attributes:
        said: why its drift is not known (error, skipped).
        counting: what counts, the worst first; listed: noise, and what is waived; left: how many of both are left out.
        severity: of the worst item that counts.
        charts: its last runs; None if they are not known.
    """

    name: str
    directory: str
    status: str
    said: list[str]
    counting: list[ItemRow]
    listed: list[ItemRow]
    left: int
    counted: int
    differences: str
    severity: str
    commit: str
    applied_commit: str
    applied_at: str
    seconds: str
    issue: str
    charts: Charts | None


class DriftView(TypedDict):
    """A DriftReport as texts.

    Attributes:
        missing: the parts of all Stacks that nobody looked at.
        headline: what came out, one sentence.
        trend: the differences of all Stacks over time; empty if they are not known.
    """

    shard: str
    missing: list[str]
    commit: str
    started_at: str
    headline: str
    statuses: dict[str, int]
    causes: dict[str, int]
    stacks: list[StackRow]
    trend: list[TrendBar]


def view(
    report: DriftReport, printer: Printer, *, told: Sequence[Mapping[str, Any]] = (), missing: Sequence[str] = ()
) -> DriftView:
    """The texts of a DriftReport, clean as this printer's.

    Args:
        told: the `told` of the JSON document: of each Stack its issue, and its last runs, the newest last.
        missing: the shards without a result.
    """
    remembered = {entry["environment"]: entry for entry in told}
    ordered = sorted(report.stacks, key=lambda stack: (STATUSES.index(stack.status), -_worst(stack), stack.environment))
    statuses: Mapping[str, int] = Counter(stack.status for stack in report.stacks)
    causes: Mapping[str, int] = Counter(item.cause for stack in report.stacks for item in stack.counted)
    seen: DriftView = {
        "shard": report.shard or "",
        "missing": list(missing),
        "commit": report.commit or "",
        "started_at": report.started_at.strftime("%Y-%m-%d %H:%M UTC"),
        "headline": _headline(report, missing),
        "statuses": {name: statuses[name] for name in STATUSES},
        "causes": {name: causes[name] for name in CAUSES},
        "stacks": [
            _stack(stack, remembered.get(stack.environment), printer, share=len(report.stacks)) for stack in ordered
        ],
        "trend": drift_history.trend(told),
    }
    return cast("DriftView", printer.cleaned(seen))


def _headline(report: DriftReport, missing: Sequence[str]) -> str:
    total = len(report.stacks)
    drifting = sum(stack.status == "drift" for stack in report.stacks)
    unknown = sum(stack.status in ("error", "skipped") for stack in report.stacks)
    parts = [f"{drifting} of {_number(total, 'Stack')} {'differs' if drifting == 1 else 'differ'} from the code"]
    if unknown:
        parts.append(f"for {unknown} it is not known")
    if missing:
        parts.append(f"{_number(len(missing), 'part')} of all Stacks ({', '.join(missing)}) gave no result")
    return "; ".join(parts)


def _number(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else word + 's'}"


def _worst(stack: StackDrift) -> int:
    return max((item.severity for item in stack.counted), default=0)


def _stack(stack: StackDrift, told: Mapping[str, Any] | None, printer: Printer, *, share: int) -> StackRow:
    counted = sorted(folded(stack.counted), key=lambda item: (-item.severity, item.address))
    others = [item for item in stack.items if not item.counts]
    most, room = max(ITEMS // share, _LEAST), ROOM // share
    items = fitting(_items(counted, printer), most, room=room)
    listed = fitting(_items(others, printer), most - len(items), room=room)
    return {
        "name": stack.environment,
        "directory": stack.directory,
        "status": stack.status,
        "said": [short(line, printer) for line in _said(stack, printer)],
        "counting": items,
        "listed": listed,
        "left": len(counted) + len(others) - len(items) - len(listed),
        "counted": len(stack.counted),
        "differences": _differences(stack),
        "severity": counted[0].severity.name.lower() if counted else "",
        "commit": stack.commit or "",
        "applied_commit": stack.applied_commit or "",
        "applied_at": stack.applied_at.strftime("%Y-%m-%d %H:%M UTC") if stack.applied_at else "",
        "seconds": f"{stack.duration_seconds:.1f}",
        "issue": (told["issue_url"] or "") if told else "",
        "charts": drift_history.charts(told["history"]) if told and told["history"] else None,
    }


def _said(stack: StackDrift, printer: Printer) -> Iterator[str]:
    if stack.error is not None:
        yield from step_summary.error_lines(documents.failure_of(stack.error, printer.caller))
    elif stack.reason:
        yield stack.reason


def _differences(stack: StackDrift) -> str:
    """How many of each cause; nothing is said where they are not known."""
    if stack.status in ("error", "skipped"):
        return "not known"
    numbers: Mapping[str, int] = Counter(item.cause for item in stack.counted)
    parts = [f"{numbers[cause]} {cause}" for cause in CAUSES if numbers[cause]]
    waived = sum(item.waived_by is not None for item in stack.items)
    noise = sum(item.cause == "noise" for item in stack.items)
    parts += [f"{number} {word}" for number, word in ((waived, "waived"), (noise, "noise")) if number]
    return ", ".join(parts) or "none"


def _items(items: Iterable[DriftItem], printer: Printer) -> Iterator[ItemRow]:
    for item in items:
        values: list[ValueRow] = [
            {
                "path": field.path,
                "cloud": short(shown(field.before), printer),
                "code": short(shown(field.after), printer),
            }
            for field in item.fields[:FIELDS]
        ]
        yield {
            "address": item.address,
            "type": item.type,
            "cause": item.cause,
            "marks": sorted(item.marks),
            "severity": item.severity.name.lower(),
            "evidence": short(item.evidence, printer),
            "reader": item.reader or "",
            "waived_by": item.waived_by or "",
            "fields": values,
            "unlisted": len(item.fields) - len(values),
        }
