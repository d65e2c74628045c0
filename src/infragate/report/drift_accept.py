"""The result of `drift-accept`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.drift.acceptance import Acceptance
from infragate.report import drift_issue, waiver_request
from infragate.report.plan_values import difference
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.accept import AcceptResult
    from infragate.usecases.gate.waiver_request import WaiverResult

_ROOM = 30_000  # characters of the table in a pull request


def document(result: AcceptResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    written = result.written
    return {
        "accepted": [
            {"id": each.id, "address": each.address, "items": [item.document() for item in each.items]}
            for each in result.accepted
        ],
        "known": [{"id": each.id, "address": each.address} for each in result.known],
        "waivers": [
            {"line": entry.line, "waiver": waiver_request.waiver_document(entry)}
            for entry in (written.entries if written else ())
        ],
        "proposal": written and waiver_request.proposal(written, markdown(result.accepted, written)),
    }


def show(result: AcceptResult, printer: Printer) -> None:
    """What is waived already; where the entries are, and what is left to do."""
    for each in result.known:
        printer.line(f"waived already: {each.id} of {each.address}", "dim")
    if result.written is None:
        printer.line(f"nothing of {result.environment} is newly accepted")
        return
    text = markdown(result.accepted, result.written, clean=printer.clean)
    waiver_request.show_written(result.written, text, printer)


def show_chosen(chosen: Sequence[Acceptance], printer: Printer) -> None:
    """What would be accepted, before a person says yes."""
    printer.heading("this would be accepted")
    for each in chosen:
        marks = sorted(frozenset().union(*(item.marks for item in each.items)))
        said = f" ({', '.join(marks)})" if marks else ""
        printer.line(f"  {each.severity.name}{said}: {each.address} [{each.id}]", "bad" if each.is_security else "")
        for item in each.items:
            for field in item.fields:
                for line in difference(field, width=None, cut=printer.mode == "person"):
                    printer.line(line)
            printer.line(f"      {item.evidence}", "dim")


def markdown(
    accepted: Sequence[Acceptance], written: WaiverResult, *, clean: Callable[[str], str] = str
) -> tuple[str, str]:
    """Title and body of the pull request: that of the waivers, and what differs now.

    Args:
        clean: takes secrets out of a text.
    """
    names = {(entry.waiver.id, entry.waiver.address) for entry in written.entries}
    items = [item for each in accepted if (each.id, each.address) in names for item in each.items]
    title, body = waiver_request.markdown(written, clean=clean)
    return title, clean(f"{body}\n\n**What differs now:**\n\n{drift_issue.table(items, _ROOM)}")
