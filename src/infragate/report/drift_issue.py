"""Drift as an issue on GitHub: what is between two hidden lines is ours, all other text is a person's and stays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from infragate.domain import neutral
from infragate.domain.drift.folding import folded
from infragate.domain.drift.report import DriftItem, StackDrift
from infragate.domain.front_doors.generated_part import Marks
from infragate.domain.shortening import cut
from infragate.report import plan_values

LIMIT = 65_536  # characters of an issue on GitHub
_MARKS = Marks(begin="<!-- infragate:drift: begin -->", end="<!-- infragate:drift: end -->")
_ADDRESS, _EVIDENCE, _VALUE, _FIELDS = 200, 300, 80, 5
_WORDS = {"security": "security", "loses-data": "loses data", "replace": "is replaced"}
_NOTE = "Text outside of this part stays as it is."
_SETTLE = {
    "out-of-band": "Somebody changed it outside of the code. To set it back: {apply}. To keep it: put it into the code.",
    "not-applied": "The code was changed and not applied: {apply}.",
    "unowned": "Somebody added it outside of the code. Remove it by hand, or put it into the code.",
    "outputs": "Only outputs differ: {apply} brings them up to date.",
}


def marker(environment: str) -> str:
    """The hidden line by which the issue of an Environment's Stack is known."""
    return f"<!-- infragate:drift:{environment} -->"


def title(drift: StackDrift) -> str:
    """Of a new issue."""
    return f"Drift: {drift.environment} ({drift.directory})"


def markdown(drift: StackDrift, present: str | None, *, page: str | None) -> str:
    """The whole text of the issue.

    Args:
        present: as it is now; None for a new one.
        page: the address of this run.
    """
    first = marker(drift.environment)
    others = [line for line in (present or "").replace("\r\n", "\n").split("\n") if line.strip() != first]
    text = "\n".join(others).strip("\n")
    room = LIMIT - len(_with_part(text, "", first)) - 10
    part = _part(drift, page, max(room, 0))
    whole = _with_part(text, part, first)
    return whole if len(whole) <= LIMIT or present is None else present


def proof(drift: StackDrift, change: str, *, page: str | None) -> str:
    """The comment that closes the issue; its first line names the change, so that it is written once."""
    place = f"[This run]({page})" if page else "A run"
    commit = f" at commit {neutral.code(drift.commit[:12])}" if drift.commit else ""
    return (
        f"<!-- infragate:drift-settled:{change} -->\n{place}{commit} found that nothing differs from the code any more."
    )


def _with_part(text: str, part: str, first: str) -> str:
    """A person's text with our part renewed; a part whose lines were damaged is written anew above."""
    renewed = _MARKS.renewed(text, part)
    if renewed is None:
        kept = "\n".join(line for line in text.split("\n") if line.strip() not in (_MARKS.begin, _MARKS.end)).strip(
            "\n"
        )
        renewed = _MARKS.fresh(part) + (f"\n{kept}" if kept else "")
    return f"{first}\n{renewed}".rstrip("\n")


def _part(drift: StackDrift, page: str | None, room: int) -> str:
    if drift.status == "clean":
        return "\n\n".join([f"Nothing of {_name(drift)} differs from its code any more.", *_places(drift, page), _NOTE])
    head = "\n\n".join([_head(drift), *_places(drift, page)])
    tail = "\n\n".join([*_commands(drift), _NOTE])
    return "\n\n".join([head, table(drift.counted, room - len(head) - len(tail) - 8), tail])


def _head(drift: StackDrift) -> str:
    counted, listed = len(drift.counted), len(drift.items) - len(drift.counted)
    number = f"{counted} {'difference' if counted == 1 else 'differences'}"
    more = f" {listed} more {'is' if listed == 1 else 'are'} noise or waived." if listed else ""
    return f"{_name(drift)} differs from its code: {number}.{more}"


def _name(drift: StackDrift) -> str:
    return f"**{drift.environment}** ({neutral.code(drift.directory)})"


def _places(drift: StackDrift, page: str | None) -> Iterator[str]:
    places = [f"commit {neutral.code(drift.commit[:12])}"] if drift.commit else []
    if drift.applied_commit:
        places.append(f"applied {neutral.code(drift.applied_commit[:12])}")
    if page:
        places.append(f"[the run that says so]({page})")
    if places:
        yield " · ".join(places)


def table(items: Sequence[DriftItem], room: int) -> str:
    """The worst first: the rows that fit, and how many are left out."""
    rows = [_row(item) for item in sorted(folded(items), key=lambda item: (-item.severity, item.address))]
    lines = ["| resource | why | severity | in the cloud → in the code |", "|---|---|---|---|"]
    left = room - sum(len(line) + 1 for line in lines) - 40
    for number, row in enumerate(rows):
        left -= len(row) + 1
        if left < 0:
            return "\n".join([*lines, f"\n{len(rows) - number} more differences are not shown."])
        lines.append(row)
    return "\n".join(lines)


def _row(item: DriftItem) -> str:
    marks = "".join(f", {_WORDS[mark]}" for mark in sorted(item.marks))
    values = [_field(field.path, field.before, field.after) for field in item.fields[:_FIELDS]]
    if len(item.fields) > _FIELDS:
        values.append(f"{len(item.fields) - _FIELDS} more")
    values.append(neutral.code(cut(item.evidence, _EVIDENCE)))
    address = neutral.code(cut(item.address, _ADDRESS))
    return f"| {address} | {item.cause}{marks} | {item.severity.name.lower()} | {'<br>'.join(values)} |"


def _field(path: str, before: object, after: object) -> str:
    sides = (neutral.code(cut(plan_values.shown(side), _VALUE)) or "``" for side in (before, after))
    return f"{neutral.code(cut(path, _VALUE * 2))}: {' → '.join(sides)}"


def _commands(drift: StackDrift) -> Iterator[str]:
    name = drift.environment
    yield f"**Look:** `infragate drift --env {name}`"
    apply = f"`infragate plan --env {name}`, then `infragate apply --env {name}`"
    causes = sorted({item.cause for item in drift.counted} & set(_SETTLE))
    ways = [_SETTLE[cause].format(apply=apply) for cause in causes]
    keep = ", with `--import` to keep what was added" if "unowned" in causes else ""
    ways.append(f"As a pull request: `infragate drift-fix --env {name} --open-pr`{keep}.")
    accept = f"infragate drift-accept --env {name} --address ADDRESS --link THIS-ISSUE --open-pr"
    ways.append(f"To accept it for a while: `{accept}`.")
    yield "**Settle:**\n\n" + "\n".join(f"- {way}" for way in ways)
