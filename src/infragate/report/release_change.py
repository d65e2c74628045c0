"""A change of pins, for people, for programs, and as the text of a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from infragate.domain.modules.module_interface import Move
from infragate.domain.modules.pin_change import Finding, PinEdit
from infragate.domain.plan import Change, Plan
from infragate.report import plan_summary
from infragate.report.printer import Printer

DECISIONS = {0: "go", 3: "incomplete", 8: "blocked"}


class Judged(Protocol):
    """What the judgement of one Environment holds (usecases.release_change)."""

    @property
    def environment(self) -> str: ...
    @property
    def pins(self) -> tuple[PinEdit, ...]: ...
    @property
    def moves(self) -> tuple[Move, ...]: ...
    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def exit_code(self) -> int: ...


def document(judged: Judged, plan: Plan | None, headline: str | None) -> dict[str, Any]:
    """One Environment's part of the JSON document."""
    return {
        "environment": judged.environment,
        "decision": DECISIONS[judged.exit_code],
        "pins": [
            {
                "module": pin.module,
                "where": pin.where,
                "source": pin.source,
                "before": pin.before,
                "after": pin.after,
            }
            for pin in judged.pins
        ],
        "moves": [{"from": move.source, "to": move.target} for move in judged.moves],
        "findings": [
            {
                "kind": found.kind,
                "subject": found.subject,
                "where": found.where,
                "detail": found.detail,
                "fix": found.fix,
            }
            for found in judged.findings
        ],
        "headline": headline,
        "plan": plan_summary.document(plan) if plan else None,
    }


def show(judged: Judged, plan: Plan | None, headline: str | None, printer: Printer, *, changes: bool) -> None:
    """For people: pins, moves, what the plan says (and whether it changes anything), what stands in the way."""
    if judged.pins:
        printer.table(
            ("module", "from", "to", "where"),
            [(pin.module, pin.before, pin.after, pin.where) for pin in judged.pins],
        )
    for move in judged.moves:
        printer.line(f"moves back: {move.source} to {move.target}")
    if plan is not None:
        title = f"{judged.environment}: what an apply would do"
        plan_summary.show(plan, title=title, headline=headline or "", changes=changes, drift=False, printer=printer)
    elif not judged.pins and not judged.findings:
        printer.line(f"{judged.environment}: nothing changes, it is there already", "good")
    for found in judged.findings:
        printer.line(f"{'refused' if found.blocks else 'to do'}: {found.detail}", "bad" if found.blocks else "warn")
        printer.line(f"  where: {found.where}")
        printer.line(f"  fix: {found.fix}")


def pull_request(
    *, title: str, reason: str, judged: Judged, plan: Plan | None, headline: str | None
) -> tuple[str, str]:
    """Title and body (Markdown); values of the plan are left out, its addresses are not."""
    lines = [f"**Why:** {_text(reason) or 'no reason was given'}", ""]
    lines += _table(("module", "from", "to"), [(pin.module, pin.before, pin.after) for pin in judged.pins])
    if judged.moves:
        lines += ["", "Objects go back to the addresses that the older release knows:", ""]
        lines += [f"- `{move.source}` to `{move.target}`" for move in judged.moves]
    lines += ["", f"**Plan:** {(headline or 'not made').removeprefix('Plan: ')}", ""]
    if plan is not None and (rows := [_row(change) for change in plan.changes if _counts(change)]):
        lines += [*_table(("", "address", "type"), rows), ""]
    lines += ["No stateful object is destroyed or replaced: a change that would do so is refused before this."]
    return title, "\n".join(lines) + "\n"


def _counts(change: Change) -> bool:
    return change.action != "no-op" or change.moved_from is not None


def _row(change: Change) -> tuple[str, str, str]:
    return "move" if change.action == "no-op" else change.action, change.address, change.type


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    return [
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
        *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows),
    ]


def _cell(text: str) -> str:
    return f"`{text.replace('`', '').replace('|', chr(92) + '|')}`" if text else ""


def _text(reason: str) -> str:
    """One line that opens no comment, no mention and no heading."""
    return " ".join(reason.split()).replace("<", "&lt;").replace("@", "@\u200b")
