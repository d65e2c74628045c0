"""The gate's result as Markdown: the comment on a pull request, and the summary of a job.

Text of others is in code only: there a forge makes no mention, link or reference of it. The Verdict comes first; what
does not fit is cut between rows, and the comment says how much that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from infragate.domain import neutral
from infragate.domain.shortening import cut
from infragate.report.gate_states import COUNTING
from infragate.report.markdown_parts import code, details, fitting, words

if TYPE_CHECKING:
    from infragate.report.gate_view import ChangeRow, FieldRow, FindingRow, GateView, PointRow

LIMIT = 65_536  # characters of a comment on GitHub
WHOLE = "the report of this run (`--html`, `--json`) has all"
PLANNED = "planned"  # of a plan that the gate has not judged
HEAD = {
    "allow": "the change may go on",
    "needs-approvals": "the change needs approvals",
    "block": "the change is blocked",
}
_NAME, _LINE = 80, 400  # characters of a name, and of a line of a change
_SIGNS = {"create": "+", "delete": "-", "replace": "-", "forget": "-"}  # GitHub colours a diff by them
_POINTS = {"met": "✅", "not met": "❌", "open": "👀"}
_ROOM = 10  # of 16 parts for the findings, the others for the changes


def markdown(view: GateView, *, limit: int = LIMIT) -> str:
    """The comment.

    Args:
        limit: its characters; what is never cut needs less than half of LIMIT.
    """
    first = f"{marker(view)}\n\n"
    return first + section(view, limit=limit - len(first))


def section(view: GateView, *, limit: int, whole: str = WHOLE) -> str:
    """The comment without its hidden line, for one that has several.

    Args:
        limit: its characters; what is never cut needs less than half of LIMIT.
        whole: where the rest can be read.
    """
    head = "\n\n".join(_head(view))
    tail = "\n\n".join(_tail(view))
    room = limit - len(head) - len(tail) - 1_000
    findings = _findings(view, room * _ROOM // 16, whole)
    changes = _changes(view, room - len(findings), whole)
    return "\n\n".join(part for part in (head, findings, changes, tail) if part) + "\n"


def marker(view: GateView) -> str:
    """A hidden line: by it, and by the author, the comment of the last run is known and replaced."""
    key = re.sub(r"[^A-Za-z0-9_./]+", "-", view["key"]).strip("-")
    return f"<!-- infragate:gate:{key.replace('--', '-')[:200]} -->"


def _head(view: GateView) -> Iterator[str]:
    approvals = f" ({view['approvals_required']} approvals)" if view["approvals_required"] else ""
    if view["decision"] == PLANNED:
        yield f"### Plan {code(view['subject'], _NAME)}"
    else:
        yield f"### Gate {code(view['subject'], _NAME)}: {view['decision']}{approvals}"
        counts = ", ".join(f"{number} {state}" for state, number in view["counts"].items() if number)
        yield f"{HEAD[view['decision']].capitalize()}. Findings: {counts or 'none'}."
    if view["steps"]:
        yield "**Next**"
        yield "\n".join(f"{number}. {words(step)}" for number, step in enumerate(view["steps"][:10], 1))
    if view["approved_by"]:
        yield f"Approved by {_names(view['approved_by'])}."
    if view["policy_changed"]:
        yield f"This change edits the policy: {_names(view['policy_changed'])}."
    if cost := view["cost"]:
        unknown = f"; unknown for {len(cost['unpriced'])} parts" if cost["unpriced"] else ""
        yield f"**Cost:** {cost['before']} → {cost['after']}, {words(cost['change'])}{unknown}."
    numbers = (f"{number} {name.replace('_', ' ')}" for name, number in view["summary"].items() if number)
    yield f"**Plan:** {', '.join(numbers) or 'no changes'}."
    if view["acceptance"]:
        yield "**Acceptance**"
        yield "\n".join(_point(point) for point in view["acceptance"])


def _point(point: PointRow) -> str:
    return f"- {_POINTS[point['state']]} {words(point['name'])}: {words(point['detail'])}"


def _findings(view: GateView, room: int, whole: str) -> str:
    """What counts in a table, the rest in one that must be opened."""
    open_rows = [finding for finding in view["findings"] if finding["state"] in COUNTING]
    folded = [finding for finding in view["findings"] if finding["state"] not in COUNTING]
    first = _table(open_rows, room, whole)
    if not folded and not view["findings_left"]:
        return first
    rest = _table(folded, room - len(first) - 200, whole)
    left = f"\n\n{view['findings_left']} more findings: {whole}." if view["findings_left"] else ""
    title = "Warnings, approved and waived" if folded else "More"
    return "\n\n".join(part for part in (first, details(f"{title} ({len(folded)})", f"{rest}{left}")) if part)


def _table(findings: list[FindingRow], room: int, whole: str) -> str:
    if not findings:
        return ""
    head = "| severity | rule | where | what |\n|---|---|---|---|"
    rows, left = fitting((_row(finding) for finding in findings), room - len(head), len(findings))
    more = f"\n\n{left} more: {whole}." if left else ""
    return f"{head}\n{rows}{more}" if rows else f"{left} findings: {whole}."


def _row(finding: FindingRow) -> str:
    state = "" if finding["state"] == "blocks" else f"<br>{finding['state']}"
    if finding["state"] == "needs approvals":
        state = f"<br>needs {finding['approvals']} approvals"
    place = code(finding["where"])
    if finding["file"] and finding["address"]:
        place += f"<br>{code(finding['address'])}"
    waiver = finding["waiver"]
    told = f"waived until {waiver['until']} by {waiver['owner']}: {waiver['reason']}" if waiver else finding["fix"]
    extra = f"<br>{code(told)}" if told else ""
    engines = ", ".join(finding["engines"])
    rule = neutral.link(finding["id"], finding["link"])
    return f"| {finding['severity']}{state} | {rule}<br>{code(engines)} | {place} | {code(finding['message'])}{extra} |"


def _changes(view: GateView, room: int, whole: str) -> str:
    if not view["changes"]:
        return ""
    total = len(view["changes"]) + view["changes_left"]
    blocks = ("\n".join(change_lines(change)) for change in view["changes"])
    text, left = fitting((neutral.plain(block) for block in blocks), room - 1_000, total)
    more = f"\n\n{left} more: {whole}." if left else ""
    return details(f"Changes ({total})", f"{neutral.fenced(text, 'diff')}{more}" if text else more.strip())


def change_lines(change: ChangeRow) -> Iterator[str]:
    """A change as a few lines of a diff."""
    notes = f"  [{'; '.join(change['notes'])}]" if change["notes"] else ""
    yield _line(f"{_SIGNS.get(change['action'], '!')} {change['action']} {change['address']}{notes}")
    yield from (_line(f"    {_field(field)}") for field in change["fields"])
    if change["quiet"]:
        yield f"    ({change['quiet']})"


def _field(field: FieldRow) -> str:
    if not field["before"] or not field["after"]:
        return f"{field['path']}: {field['after'] or field['before']}"
    forces = "  [forces replacement]" if field["forces"] else ""
    return f"{field['path']}: {field['before']} -> {field['after']}{forces}"


def _tail(view: GateView) -> Iterator[str]:
    if view["evidence"]:
        rows = (
            (
                code(proof["check"], _NAME),
                code(f"{proof['tool']} {proof['version']}", _NAME),
                proof["scanned"],
                proof["seconds"],
            )
            for proof in view["evidence"][:20]
        )
        table = [
            "| check | program | looked at | seconds |",
            "|---|---|---|---|",
            *(f"| {' | '.join(row)} |" for row in rows),
        ]
        yield details(f"Checks that ran ({len(view['evidence'])})", "\n".join(table))
    yield from (f"Note: {words(note)}" for note in view["notes"][:5])
    if view["policy"]:
        yield f"Policy: {words(view['policy'])}"


def _line(text: str) -> str:
    """On one line: a line break in a value would begin another one of the diff."""
    return cut(neutral.without_commands(" ".join(text.split("\n"))), _LINE)


def _names(names: list[str]) -> str:
    return ", ".join(code(name, _NAME) for name in names[:20])
