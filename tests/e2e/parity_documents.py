"""Documents of different callers, brought to what must be equal; and the page that shows the result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.e2e.parity_callers import Answer

from infragate.domain.gate.required_checks import ON_CODE

TIMES = {"started_at", "duration_seconds", "created", "waited_seconds"}
IDS = {"commit", "plan_sha256", "plan_json_sha256", "record", "snapshot"}
PLACES = {"origin", "policy_origin"}  # where the policy was read from; its digest is compared
_AGE = re.compile(r"\(\d+ \w+ ago\)")


def comparable(answer: Answer) -> Any:
    """The document without times and ids, with the caller's folders by name."""
    return _without(answer.document, answer)


def _without(value: Any, answer: Answer) -> Any:
    if isinstance(value, dict):
        return {name: _without(part, answer) for name, part in value.items() if not _aside(name, value)}
    if isinstance(value, list):
        return [_without(part, answer) for part in value]
    if isinstance(value, str):
        for name, folder in answer.folders.items():
            value = value.replace(str(folder), f"<{name}>")
        return _AGE.sub("(a while ago)", value)
    return value


def _aside(name: str, around: Mapping[str, Any]) -> bool:
    """True for a field that is not compared."""
    of_plan = name == "input_digest" and around["check"] not in ON_CODE  # a plan holds its time
    place = name == "policy" and isinstance(around[name], str)  # of cost-check
    return name in TIMES | IDS | PLACES or of_plan or place


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One verb in one case.

    Attributes:
        answers: by caller.
        absent: by caller, why it does not run this verb here.
    """

    case: str
    verb: str
    answers: Mapping[str, Answer]
    absent: Mapping[str, str]


def told(answer: Answer) -> str:
    """Exit code, and the Verdict or what else the document says in a word."""
    result, error = answer.document["result"] or {}, answer.document["error"]
    verdict = result.get("verdict")
    if error is not None:
        return f"{answer.code} {error['class']}"
    if verdict is None:
        return f"{answer.code} {answer.document['status']}"
    needs = f" ({verdict['approvals_required']})" if verdict["approvals_required"] else ""
    return f"{answer.code} {verdict['decision']}{needs}"


def table(rows: Iterable[Row], callers: Iterable[str]) -> str:
    """The rows in Markdown."""
    names = tuple(callers)
    lines = [f"| case | verb | {' | '.join(names)} | documents |", f"|---|---|{'---|' * len(names)}---|"]
    for row in rows:
        cells = [
            f"{told(row.answers[name])}{row.answers[name].remark}" if name in row.answers else row.absent[name]
            for name in names
        ]
        seen = [comparable(answer) for answer in row.answers.values()]
        equal = "equal" if all(one == seen[0] for one in seen) else "differ"
        lines.append(f"| {row.case} | `{row.verb}` | {' | '.join(cells)} | {equal} |")
    return "\n".join(lines) + "\n"
