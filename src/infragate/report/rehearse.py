"""The result of `rehearse`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from infragate.usecases.rehearsal.rehearse import RehearseResult

STYLES = {"ok": "good", "fail": "bad", "skipped": "dim"}
STATES = {"success": "good", "failure": "bad", "pending": "dim"}


def document(result: RehearseResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    steps = [{**asdict(step), "duration_seconds": round(step.duration_seconds, 1)} for step in result.steps]
    if (log := result.pull_requests) is None:
        return {"steps": steps}
    return {
        "steps": steps,
        "comments": _entries(log.comments),
        "statuses": _entries(log.statuses),
        "timeline": _entries(log.timeline),
    }


def show(result: RehearseResult, printer: Printer) -> None:
    """What was said and done at pull requests; a line for each step; then the result or the error."""
    if result.pull_requests is not None:
        _show_log(result, printer)
    rows = [(step.status, f"{step.duration_seconds:6.1f} s", step.name, step.detail) for step in result.steps]
    printer.table(("", "took", "step", "detail"), rows, [STYLES[step.status] for step in result.steps])
    if result.error is None:
        printer.line(f"rehearsed {result.environment} in {result.seconds:.0f} s: {len(result.steps)} steps", "good")
    else:
        printer.error(result.error)


def _entries(entries: Iterable[Any]) -> list[dict[str, Any]]:
    return [{**asdict(entry), "at": entry.at.isoformat(timespec="milliseconds")} for entry in entries]


def _show_log(result: RehearseResult, printer: Printer) -> None:
    log = result.pull_requests
    if log is None or not log.timeline:
        return
    printer.heading("Comments")
    for comment in log.comments:
        printer.line(f"#{comment.pull_request} {comment.author}, {_time(comment.at)}:", "head")
        for line in comment.body.strip().splitlines():
            printer.line(f"    {line}".rstrip())
    printer.heading("Commit statuses")
    newest = {(status.pull_request, status.commit, status.context): status for status in log.statuses}.values()
    printer.table(
        ("state", "pull request", "commit", "status", "description"),
        [(each.state, f"#{each.pull_request}", each.commit[:12], each.context, each.description) for each in newest],
        [STATES.get(each.state, "") for each in newest],
    )
    printer.heading("Timeline")
    printer.table(
        ("time", "pull request", "who", "what"),
        [(_time(act.at), f"#{act.pull_request}", act.who, act.what) for act in log.timeline],
    )


def _time(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
