"""What all report files of the gate show: texts only, without secrets and control characters, cut to a size.

The one place where a GateResult becomes text for a file. Each format then writes these texts by its own syntax.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict, TypeVar, cast

from infragate.domain.gate import cost as costs
from infragate.domain.plan import OutputChange
from infragate.domain.shortening import cut
from infragate.report import gate_states, plan_summary
from infragate.report.plan_text import ORDER, notes, sign
from infragate.report.plan_values import shown
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.finding import Evidence, Waiver
    from infragate.domain.gate.cost import CostDelta
    from infragate.domain.key_attributes import KeyAttribute
    from infragate.domain.plan import Change, Plan
    from infragate.domain.plan_fields import Field
    from infragate.usecases.gate.gate_result import GateResult

FINDINGS, CHANGES = 20_000, 2_000  # entries of a view; what is left out is counted
FIELDS = 60  # of one change
TEXT = 4_000  # characters of one text
ROOM = 6_000_000  # characters of all changes, and of all findings
_Row = TypeVar("_Row")


class WaiverRow(TypedDict):
    """The exception to a Finding."""

    owner: str
    reason: str
    link: str
    until: str


class FindingRow(TypedDict):
    """A Finding; `state` is one of gate_states.STATES, `engines` the source first."""

    id: str
    severity: str
    state: str
    message: str
    where: str
    address: str
    file: str
    line: int
    link: str
    fix: str
    snippet: str
    engines: list[str]
    approvals: int
    waiver: WaiverRow | None


class FieldRow(TypedDict):
    """One differing value of a resource."""

    path: str
    before: str
    after: str
    forces: bool


class ChangeRow(TypedDict):
    """What happens to one resource or output; `quiet` says which differences are not listed."""

    sign: str
    action: str
    address: str
    notes: list[str]
    fields: list[FieldRow]
    quiet: str


class EvidenceRow(TypedDict):
    """A check that ran to its end."""

    check: str
    tool: str
    version: str
    scanned: str
    seconds: str
    digest: str


class PointRow(TypedDict):
    """A point of the acceptance list; `state` is met, not met or open."""

    name: str
    state: str
    detail: str


class CostRow(TypedDict):
    """What one resource costs per month; the bars in thousandths of the longest one."""

    address: str
    before: str
    after: str
    delta: str
    before_bar: int
    after_bar: int


class CostView(TypedDict):
    """What the plan changes in the monthly cost; `rows` the largest change first."""

    currency: str
    before: str
    after: str
    change: str
    source: str
    rows: list[CostRow]
    unpriced: list[str]


class GateView(TypedDict):
    """A GateResult as texts.

    Attributes:
        subject: the Environment, or what stands for it; key: names it in a marker or a category.
        findings_left, changes_left: how many were left out.
    """

    subject: str
    key: str
    directory: str
    commit: str
    decision: str
    approvals_required: int
    approved_by: list[str]
    not_counted: list[str]
    reasons: list[str]
    steps: list[str]
    findings: list[FindingRow]
    findings_left: int
    counts: dict[str, int]
    evidence: list[EvidenceRow]
    notes: list[str]
    cost: CostView | None
    summary: dict[str, int]
    changes: list[ChangeRow]
    changes_left: int
    policy: str
    policy_changed: list[str]
    acceptance: list[PointRow]


def view(result: GateResult, printer: Printer) -> GateView:
    """The texts of a GateResult, clean as this printer's."""
    findings = fitting(_findings(result, printer), FINDINGS)
    changes = fitting(_changes(result.plan, printer), CHANGES)
    seen: GateView = {
        "subject": result.environment or "a plan",
        "key": "/".join(name for name in (result.environment, result.directory) if name) or "plan",
        "directory": result.directory or "",
        "commit": result.commit or "",
        "decision": result.verdict.decision,
        "approvals_required": result.verdict.approvals_required,
        "approved_by": list(result.approvals.names),
        "not_counted": [f"{name}: {why}" for name, why in result.approvals.not_counted],
        "reasons": [short(reason, printer) for reason in result.verdict.reasons[:FINDINGS]],
        "steps": [short(printer.spell(step), printer) for step in gate_states.next_steps(result)],
        "findings": findings,
        "findings_left": len(result.findings) - len(findings),
        "counts": gate_states.counts(result),
        "evidence": [_evidence(proof) for proof in result.evidence],
        "notes": [short(note, printer) for note in result.notes],
        "cost": _cost(result.cost) if result.cost else None,
        "summary": plan_summary.summary(result.plan.summary),
        "changes": changes,
        "changes_left": len(result.plan.changes) + len(result.plan.outputs) - len(changes),
        "policy": result.policy.origin,
        "policy_changed": list(result.policy.changed),
        "acceptance": [
            {"name": point.name, "state": point.state, "detail": point.detail} for point in result.acceptance
        ],
    }
    return cast("GateView", printer.cleaned(seen))


def fitting(rows: Iterable[_Row], number: int, *, room: int = ROOM) -> list[_Row]:
    """The first rows: at most so many, and of no more than `room` characters."""
    taken: list[_Row] = []
    for row in rows:
        room -= len(str(row))
        if room < 0 or len(taken) == number:
            break
        taken.append(row)
    return taken


def short(text: str, printer: Printer) -> str:
    """A text of no more than TEXT characters; secrets go first: the half of one would not be known."""
    return text if len(text) <= TEXT else cut(printer.clean(text), TEXT)


def _findings(result: GateResult, printer: Printer) -> Iterator[FindingRow]:
    waivers = dict(result.waived)
    for finding, state in gate_states.states(result):
        yield {
            "id": finding.id,
            "severity": finding.severity.name.lower(),
            "state": state,
            "message": short(finding.message, printer),
            "where": finding.where,
            "address": finding.address or "",
            "file": finding.file or "",
            "line": finding.line or 0,
            "link": finding.link or "",
            "fix": short(printer.spell(finding.fix), printer) if finding.fix else "",
            "snippet": short(finding.snippet or "", printer),
            "engines": list(dict.fromkeys([finding.source, *finding.engines])),
            "approvals": finding.approvals,
            "waiver": _waiver(waivers[finding]) if finding in waivers else None,
        }


def _waiver(waiver: Waiver) -> WaiverRow:
    return {
        "owner": waiver.owner,
        "reason": waiver.reason,
        "link": waiver.link,
        "until": waiver.expires.isoformat(),
    }


def _evidence(proof: Evidence) -> EvidenceRow:
    return {
        "check": proof.check,
        "tool": proof.tool,
        "version": proof.version,
        "scanned": str(proof.scanned),
        "seconds": f"{proof.duration_seconds:.1f}",
        "digest": proof.input_digest,
    }


def _changes(plan: Plan, printer: Printer) -> Iterator[ChangeRow]:
    """Losses first."""
    entries: Sequence[Change | OutputChange] = (*plan.changes, *plan.outputs)
    for entry in sorted(entries, key=lambda entry: ORDER.index(entry.action)):
        yield _output(entry, printer) if isinstance(entry, OutputChange) else _change(entry, printer)


def _change(change: Change, printer: Printer) -> ChangeRow:
    rows, quiet = _differences(change.fields, printer) if change.action in ("update", "replace") else ([], "")
    return {
        "sign": sign(change),
        "action": change.action,
        "address": change.address,
        "notes": [short(note, printer) for note in notes(change)],
        "fields": rows
        or [_key_attribute(entry, new=change.action == "create", printer=printer) for entry in change.key_attributes],
        "quiet": quiet,
    }


def _output(output: OutputChange, printer: Printer) -> ChangeRow:
    rows, quiet = _differences(output.fields, printer)
    return {
        "sign": sign(output),
        "action": output.action,
        "address": f"output.{output.name}",
        "notes": [],
        "fields": rows,
        "quiet": quiet,
    }


def _differences(fields: Sequence[Field], printer: Printer) -> tuple[list[FieldRow], str]:
    """The differences that say something, and how many others there are."""
    telling = [field for field in fields if field.group is None]
    rows: list[FieldRow] = [
        {
            "path": field.path,
            "before": short(shown(field.before), printer),
            "after": short(shown(field.after), printer),
            "forces": field.forces,
        }
        for field in telling[:FIELDS]
    ]
    kinds = (
        (len(fields) - len(telling), "computed, or null instead of empty"),
        (len(telling) - len(rows), "more differences"),
    )
    return rows, ", ".join(f"{number} {words}" for number, words in kinds if number)


def _key_attribute(entry: KeyAttribute, *, new: bool, printer: Printer) -> FieldRow:
    value = short(shown(entry.value), printer)
    return {"path": entry.name, "before": "" if new else value, "after": value if new else "", "forces": False}


def _cost(cost: CostDelta) -> CostView:
    longest = max((max(row.before, row.after) for row in cost.resources), default=costs.ZERO)

    def bar(amount: Decimal) -> int:
        return int(amount * 1000 / longest) if longest > 0 else 0

    ordered = sorted(cost.resources, key=lambda row: (-abs(row.delta), -row.after, row.address))
    return {
        "currency": cost.currency,
        "before": costs.money(cost.before),
        "after": costs.money(cost.after),
        "change": costs.change(cost),
        "source": cost.source,
        "rows": [
            {
                "address": row.address,
                "before": costs.money(row.before),
                "after": costs.money(row.after),
                "delta": f"{row.delta:+,.2f}",
                "before_bar": bar(row.before),
                "after_bar": bar(row.after),
            }
            for row in ordered[:CHANGES]
        ],
        "unpriced": [f"{entry.address or 'the plan'}: {entry.reason}" for entry in cost.unpriced[:CHANGES]],
    }
