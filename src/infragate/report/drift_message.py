"""Drift as messages of Slack's Block Kit. Foreign text is literal: no mention, no link, no markup of it is live.

Limits (Slack's reference, 'Block Kit' and 'chat.postMessage'): 50 blocks, 3,000 characters of a section, 150 of a header.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infragate.domain import neutral
from infragate.domain.drift.folding import folded
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.drift.telling import TellingStep
from infragate.domain.front_doors.slack_message import Message
from infragate.domain.shortening import cut
from infragate.report import plan_values

_ITEMS, _FIELDS = 10, 3  # shown at most
_HEADER, _SECTION, _LINE, _VALUE = 150, 2_900, 250, 60
_SIGNS = {
    "LOW": ":white_circle:",
    "MEDIUM": ":large_yellow_circle:",
    "HIGH": ":red_circle:",
    "CRITICAL": ":rotating_light:",
}
_MARKS = {"security": "security", "loses-data": "loses data", "replace": "is replaced"}


def whole(drift: StackDrift, step: TellingStep, issue_url: str | None, *, page: str | None) -> Message:
    """What is there now.

    Args:
        page: the address of this run.
    """
    title = _title(drift, step)
    blocks = [_header(title)]
    if step != "settle":
        items = _listed(drift)
        blocks += [_section(_item(item)) for item in items[:_ITEMS]]
        if len(items) > _ITEMS:
            blocks.append(_section(f"{len(items) - _ITEMS} more."))
        blocks.append(_section(f"Look: `infragate drift --env {_code_text(drift.environment)}`"))
    blocks.append(_context(drift, issue_url, page))
    return Message(text=title, blocks=tuple(blocks))


def reply(drift: StackDrift, step: TellingStep, *, page: str | None) -> Message:
    """What changed, below the message; the message itself shows what is there now."""
    if step == "settle":
        text = f"Settled: nothing of `{_code_text(drift.environment)}` differs from its code any more."
    else:
        text = f"Changed: {_counts(drift)} now."
        text += "".join(f"\n{_item(item)}" for item in _listed(drift)[:_FIELDS])
    return Message(text=_title(drift, step), blocks=(_section(text), _context(drift, None, page)))


def trial(service: str, severity: str, *, page: str | None) -> Message:
    """The message of `notify --test`."""
    title = f"Test: drift of {service} with severity {severity} is told here"
    text = "Somebody ran `infragate notify --test`. Nothing is wrong, and nothing needs to be done."
    links = [f"<{page}|this run>"] if page else []
    context = [_mrkdwn(link) for link in links] or [_plain("not a run of GitHub Actions")]
    return Message(text=title, blocks=(_header(title), _section(text), {"type": "context", "elements": context}))


def _title(drift: StackDrift, step: TellingStep) -> str:
    name = " ".join(neutral.plain(drift.environment).split())
    if step == "settle":
        return f"No drift in {name} any more"
    return f"Drift in {name}: {_counts(drift)}"


def _counts(drift: StackDrift) -> str:
    number = len(drift.counted)
    worst = max((item.severity for item in drift.counted), default=None)
    return f"{number} {'difference' if number == 1 else 'differences'}" + (
        f", the worst {worst.name.lower()}" if worst else ""
    )


def _listed(drift: StackDrift) -> list[DriftItem]:
    """The worst first."""
    return sorted(folded(drift.counted), key=lambda item: (-item.severity, item.address))


def _item(item: DriftItem) -> str:
    marks = "".join(f", {_MARKS[mark]}" for mark in sorted(item.marks))
    lines = [f"{_SIGNS[item.severity.name]} {_code(item.address, _LINE)} {_words(item.cause)}{marks}"]
    lines += [f"    {_field(field.path, field.before, field.after)}" for field in item.fields[:_FIELDS]]
    if len(item.fields) > _FIELDS:
        lines.append(f"    {len(item.fields) - _FIELDS} more values")
    lines.append(f"    {_code(item.evidence, _LINE)}")
    return "\n".join(lines)


def _field(path: str, before: Any, after: Any) -> str:
    sides = (_code(plan_values.shown(side), _VALUE) for side in (before, after))
    return f"{_code(path, _VALUE * 2)}: {' → '.join(sides)}"


def _context(drift: StackDrift, issue_url: str | None, page: str | None) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(" · ".join(_places(drift, issue_url, page)))]}


def _places(drift: StackDrift, issue_url: str | None, page: str | None) -> Iterator[str]:
    yield _code(drift.directory, _LINE)
    if drift.commit:
        yield f"commit {_code(drift.commit[:12], 12)}"
    if page:
        yield f"<{page}|this run>"
    if issue_url and neutral.is_web(issue_url):
        yield f"<{issue_url}|the issue>"


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(cut(text, _HEADER))}


def _section(text: str) -> dict[str, Any]:
    """Lines at the end that do not fit are left out."""
    lines = text.split("\n")
    while len(lines) > 1 and len("\n".join(lines)) > _SECTION:
        lines.pop()
    return {"type": "section", "text": _mrkdwn("\n".join(lines))}


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _mrkdwn(text: str) -> dict[str, Any]:
    """`verbatim`: Slack makes no links and mentions of what looks like one."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _code(text: str, limit: int) -> str:
    return f"`{_code_text(cut(' '.join(neutral.plain(text).split()), limit))}`"


def _code_text(text: str) -> str:
    """Text that stays literal between backticks."""
    return _words(text).replace("`", "\u02cb") or " "


def _words(text: str) -> str:
    """Text without Slack's own markup: & < > begin entities, mentions and links."""
    literal = " ".join(neutral.plain(text).split())
    return literal.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
