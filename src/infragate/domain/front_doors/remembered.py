"""What the comment of an earlier run said, kept in a hidden line of it, so that the next one can say what is new.

Whoever may edit comments can change that line: it is shown, and decides nothing. What does not have its form is nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

DECISIONS = ("allow", "planned", "needs-approvals", "block", "error")  # the worst last
LIMIT = 12_000  # characters of the line
_ENVIRONMENTS, _FINDINGS = 40, 200
_LINE = re.compile(r"<!-- infragate-memory:1 ([A-Za-z0-9+/=]+) -->")
_COMMIT = re.compile(r"[0-9a-f]{7,64}|")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_COUNT = re.compile(r"[a-z_]{1,20}")
_COST = re.compile(r"-?[0-9][0-9,.]{0,20} [A-Z]{3}|")
_DIGEST = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an Environment stood.

    Attributes:
        plan: the counts of the plan that are not zero.
        cost: per month, with its currency; "" if unknown.
        findings: digests of those that count; None where there were too many to keep.
    """

    decision: str
    plan: Mapping[str, int]
    cost: str = ""
    findings: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What a comment said of a commit, and before that of another one."""

    commit: str
    standings: Mapping[str, Standing]
    before: Remembered | None = None


def digest(*parts: str) -> str:
    """A short digest of a Finding: it stays the same in the next commit, even if its line moved."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:8]


def following(previous: Remembered | None, now: Remembered) -> Remembered:
    """`now`, with what was said of the commit before it; a second run of one commit keeps that."""
    if previous is None:
        return now
    before = previous.before if previous.commit == now.commit else replace(previous, before=None)
    return replace(now, before=before)


def differences(now: Remembered) -> Iterator[tuple[str, list[str]]]:
    """Per Environment, what differs from the commit before; nothing for one that stands as it did."""
    before = now.before.standings if now.before else {}
    for name, standing in now.standings.items():
        if name not in before:
            yield name, ["was not there"]
        elif told := list(_compared(before[name], standing)):
            yield name, told
    yield from ((name, ["is no longer there"]) for name in before if name not in now.standings)


def _compared(before: Standing, now: Standing) -> Iterator[str]:
    if before.decision != now.decision:
        yield f"{before.decision} → {now.decision}"
    if "error" in (before.decision, now.decision):  # then the rest is not known
        return
    if before.findings is not None and now.findings is not None and before.findings != now.findings:
        new, gone = len(now.findings - before.findings), len(before.findings - now.findings)
        yield "findings: " + ", ".join(f"{number} {word}" for number, word in ((new, "new"), (gone, "gone")) if number)
    names = [name for name in {**before.plan, **now.plan} if before.plan.get(name) != now.plan.get(name)]
    yield from (f"{name.replace('_', ' ')} {before.plan.get(name, 0)} → {now.plan.get(name, 0)}" for name in names)
    if before.cost != now.cost:
        yield f"cost {before.cost or 'unknown'} → {now.cost or 'unknown'}"


def line(remembered: Remembered) -> str:
    """The hidden line; without the findings where it would be too long."""
    text = _line(_document(remembered))
    return text if len(text) <= LIMIT else _line(_document(_without_findings(remembered)))


def read(comment: str) -> Remembered | None:
    """The second line of a comment, below its marker: texts of others are only further down."""
    second = "".join(comment.split("\n", 2)[1:2]).strip()
    written = _LINE.fullmatch(second) if len(second) <= LIMIT else None
    if written is None:
        return None
    try:
        return _remembered(json.loads(base64.b64decode(written[1], validate=True)), depth=1)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _line(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, separators=(",", ":"), sort_keys=True)
    return f"<!-- infragate-memory:1 {base64.b64encode(text.encode()).decode()} -->"


def _without_findings(remembered: Remembered) -> Remembered:
    standings = {name: replace(standing, findings=None) for name, standing in remembered.standings.items()}
    before = remembered.before and _without_findings(remembered.before)
    return replace(remembered, standings=standings, before=before)


def _document(remembered: Remembered) -> dict[str, Any]:
    """What does not have its form is left out: nothing of a text of others is in the line."""
    named = [(name, standing) for name, standing in remembered.standings.items() if _NAME.fullmatch(name)]
    return {
        "commit": remembered.commit if _COMMIT.fullmatch(remembered.commit) else "",
        "standings": {name: _standing_document(standing) for name, standing in named[:_ENVIRONMENTS]},
        "before": remembered.before and _document(remembered.before),
    }


def _standing_document(standing: Standing) -> dict[str, Any]:
    known = standing.findings is not None and len(standing.findings) <= _FINDINGS
    return {
        "decision": standing.decision,
        "plan": dict(standing.plan),
        "cost": standing.cost if _COST.fullmatch(standing.cost) else "",
        "findings": sorted(standing.findings or ()) if known else None,
    }


def _remembered(document: Mapping[str, Any], *, depth: int) -> Remembered:
    before = document["before"]
    standings = list(document["standings"].items())[:_ENVIRONMENTS]
    return Remembered(
        commit=_formed(_COMMIT, document["commit"]),
        standings={_formed(_NAME, name): _standing(about) for name, about in standings},
        before=_remembered(before, depth=0) if before is not None and depth else None,
    )


def _standing(document: Mapping[str, Any]) -> Standing:
    decision, digests = document["decision"], document["findings"]
    if decision not in DECISIONS:
        raise ValueError(decision)
    return Standing(
        decision=decision,
        plan={_formed(_COUNT, name): _counted(number) for name, number in document["plan"].items()},
        cost=_formed(_COST, document["cost"]),
        findings=None if digests is None else frozenset(_every(_DIGEST, digests)),
    )


def _every(form: re.Pattern[str], texts: Iterable[str]) -> Iterator[str]:
    return (_formed(form, text) for text in texts)


def _formed(form: re.Pattern[str], text: str) -> str:
    if not form.fullmatch(text):
        raise ValueError(text)
    return text


def _counted(number: Any) -> int:
    if type(number) is not int or not 0 <= number < 10**9:
        raise ValueError(number)
    return number
