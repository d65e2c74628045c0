"""A change of pins in one Environment, with its plan and Findings: as text, document and Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from infragate.domain import exit_codes
from infragate.domain.command import Caller
from infragate.report import findings, plan_summary
from infragate.report.plan_text import sign, where
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.modules.release_change import Judged

PIN = ("module", "where", "source", "before", "after")
KEPT = ("module", "where", "ref", "reason")
DECISIONS = {0: "go", 3: "incomplete", 8: "blocked"}


def document(judged: Judged, caller: Caller) -> dict[str, Any]:
    """One Environment's part of the JSON document."""
    return {
        "environment": judged.environment,
        "decision": DECISIONS[exit_codes.of_verdict(judged.verdict)],
        "pins": [{**{name: getattr(pin, name) for name in PIN}, "release": pin.tag} for pin in judged.pins],
        "kept": [{name: getattr(pin, name) for name in KEPT} for pin in judged.kept],
        "shared_with": list(judged.shared_with),
        "moves": [{"from": move.source, "to": move.target} for move in judged.moves],
        "findings": findings.document(judged.findings, caller),
        "headline": judged.plan.planned.headline if judged.plan else None,
        "plan": plan_summary.document(judged.plan.plan, judged.plan.manifest) if judged.plan else None,
    }


def show(judged: Judged, printer: Printer) -> None:
    """Pins, moves, plan and Findings."""
    if judged.pins:
        printer.table(
            ("module", "from", "to", "where"),
            [(pin.module, pin.before, pin.after, pin.where) for pin in judged.pins],
        )
    for pin in judged.kept:
        printer.line(f"stays: {pin.module} at {pin.ref}: {pin.reason}")
    if judged.shared_with:
        printer.line(f"also changed for {', '.join(judged.shared_with)}, which call the same local module", "warn")
    for move in judged.moves:
        printer.line(f"moves back: {move.source} to {move.target}")
    if judged.plan is not None:
        plan_summary.show_proposed(judged.plan, judged.environment, printer)
    elif not judged.pins and not judged.findings:
        printer.line(f"{judged.environment}: nothing to change", "good")
    findings.show(judged.findings, printer)


def markdown(judged: Judged) -> str:
    """Pins, moves and plan: its addresses, without values."""
    lines = _table(("module", "from", "to"), [(pin.module, pin.before, pin.after) for pin in judged.pins])
    if judged.kept:
        lines += ["", *(f"- `{pin.module}` stays at `{pin.ref}`: {pin.reason}" for pin in judged.kept)]
    if judged.shared_with:
        lines += ["", f"Also changed for {', '.join(judged.shared_with)}, which call the same local module."]
    if judged.moves:
        lines += ["", "Objects move back to the addresses of the older release:", ""]
        lines += [f"- `{move.source}` to `{move.target}`" for move in judged.moves]
    headline = judged.plan.planned.headline if judged.plan else "not made"
    lines += ["", f"**Plan:** {headline.removeprefix('Plan: ')}", ""]
    if judged.plan is not None:
        lines += [f"**Where:** {where(judged.plan.manifest)}", ""]
    changes = judged.plan.plan.changes if judged.plan else ()
    rows = [
        (sign(change), "move" if change.action == "no-op" else change.action, change.address, change.type)
        for change in changes
        if change.action != "no-op" or change.moved_from is not None
    ]
    if rows:
        lines += [*_table(("", "", "address", "type"), rows), ""]
    lines += ["No stateful object is destroyed or replaced: such a change is refused."]
    return "\n".join(lines) + "\n"


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
