"""The drift of all Stacks as Markdown: a file, and the summary of a job.

Text of others is in code only. What does not fit is cut between rows, and the text says how much that is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infragate.domain import neutral
from infragate.domain.shortening import cut
from infragate.report.markdown_parts import code, details, fitting, words

if TYPE_CHECKING:
    from infragate.report.drift_view import DriftView, ItemRow, StackRow

LIMIT = 65_536  # characters of a comment on GitHub
WHOLE = "the reports of this run (`--html`, `--json`) have all"
_NAME, _VALUE, _VALUES, _SAID = 80, 80, 5, 2_000
_LONGEST = 4  # bytes of a character


def markdown(view: DriftView, *, limit: int = LIMIT) -> str:
    """The text, of so many characters at most; the headline is there in any case."""
    head = "\n\n".join(_head(view))
    room = limit - len(head) - 500
    rows, left = fitting((_row(stack) for stack in view["stacks"]), room // 2, len(view["stacks"]))
    table = f"| stack | status | differences | worst | seconds |\n|---|---|---|---|---|\n{rows}" if rows else ""
    more = f"{left} more Stacks: {WHOLE}." if left else ""
    parts = [part for part in (head, table, more) if part]
    room = limit - sum(len(part) + 2 for part in parts) - 200
    sections, left = _sections(view, room)
    rest = f"The differences of {left} more Stacks: {WHOLE}." if left else ""
    return "\n\n".join([*parts, *sections, *([rest] if rest else [])]) + "\n"


def of_step(view: DriftView, *, room: int) -> str:
    """For the summary of a job, in so many bytes."""
    text = markdown(view, limit=room)
    fits = len(text.encode("utf-8", "backslashreplace")) <= room
    return text if fits else markdown(view, limit=room // _LONGEST)


def _head(view: DriftView) -> Iterator[str]:
    part = f" (part {words(view['shard'])})" if view["shard"] else ""
    yield f"### Drift{part}: {words(view['headline'])}"
    causes = ", ".join(f"{number} {name}" for name, number in view["causes"].items() if number)
    commit = f" at commit {code(view['commit'][:12])}" if view["commit"] else ""
    yield f"Looked at {words(view['started_at'])}{commit}. Differences: {causes or 'none is known'}."


def _row(stack: StackRow) -> str:
    cells = (code(stack["name"], _NAME), stack["status"], stack["differences"], stack["severity"], stack["seconds"])
    return f"| {' | '.join(cells)} |"


def _sections(view: DriftView, room: int) -> tuple[list[str], int]:
    """A section for each Stack about which there is something to say, as far as they fit."""
    telling = [
        stack for stack in view["stacks"] if stack["said"] or stack["counting"] or stack["listed"] or stack["left"]
    ]
    taken: list[str] = []
    for number, stack in enumerate(telling):
        text = _section(stack, room - 2)
        room -= len(text) + 2
        if room < 0:
            return taken, len(telling) - number
        taken.append(text)
    return taken, 0


def _section(stack: StackRow, room: int) -> str:
    name = f"{code(stack['name'], _NAME)} ({code(stack['directory'], _NAME)})"
    if stack["said"]:
        block = neutral.fenced(cut(neutral.without_commands("\n".join(stack["said"])), _SAID))
        return f"#### {name}: {stack['status']}, its drift is not known\n\n{block}"
    body = _table(stack["counting"], room - 400, stack["left"])
    if stack["listed"]:
        listed = _table(stack["listed"], room - 800 - len(body), 0)
        title = f"Noise and waived ({len(stack['listed'])})"
        body = f"{body}\n\n{details(title, listed)}"
    return f"#### {name}: {stack['counted']}\n\n{body.strip()}"


def _table(items: list[ItemRow], room: int, left: int) -> str:
    head = "| severity | why | resource | in the cloud → in the code |\n|---|---|---|---|"
    rows, unfit = fitting((_item(item) for item in items), room - len(head), len(items))
    more = f"{unfit + left} more: {WHOLE}." if unfit + left else ""
    return "\n\n".join(part for part in (f"{head}\n{rows}" if rows else "", more) if part)


def _item(item: ItemRow) -> str:
    values = [
        f"{code(value['path'], _NAME)}: {code(value['cloud'], _VALUE)} → {code(value['code'], _VALUE)}"
        for value in item["fields"][:_VALUES]
    ]
    if left := len(item["fields"]) - len(values) + item["unlisted"]:
        values.append(f"{left} more")
    if item["waived_by"]:
        values.append(f"waived by {code(item['waived_by'], _NAME)}")
    cells = (
        item["severity"],
        ", ".join([item["cause"], *item["marks"]]),
        code(item["address"]),
        "<br>".join([*values, code(item["evidence"])]),
    )
    return f"| {' | '.join(cells)} |"
