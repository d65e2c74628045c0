"""What a comment keeps for the next one: it comes back as it was, and nothing else is believed to be one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.front_doors import remembered
from infragate.domain.front_doors.remembered import Remembered, Standing

OLD, NEW = "a" * 40, "b" * 40


def standing(
    decision: str = "allow", cost: str = "66.07 USD", findings: frozenset[str] | None = None, **plan: int
) -> Standing:
    return Standing(decision=decision, plan=plan, cost=cost, findings=frozenset() if findings is None else findings)


def said(commit: str, before: Remembered | None = None, /, **standings: Standing) -> Remembered:
    return Remembered(commit=commit, standings=standings, before=before)


def comment(line: str) -> str:
    return f"<!-- infragate:pull-request -->\r\n{line}\r\n\r\ntext"


def told(before: Standing, now: Standing) -> list[str]:
    return dict(remembered.differences(said(NEW, said(OLD, dev=before), dev=now))).get("dev", [])


_STANDINGS = st.builds(
    Standing,
    decision=st.sampled_from(remembered.DECISIONS),
    plan=st.dictionaries(st.sampled_from(["add", "no_op"]), st.integers(1, 9)),
    cost=st.sampled_from(["", "1,234.50 USD"]),
    findings=st.none() | st.frozensets(st.integers(0, 99).map(lambda number: remembered.digest(str(number)))),
)
_NAMES = st.sampled_from(["dev", "prod-eu", "plan"])
_PAST = st.none() | st.builds(Remembered, commit=st.just(OLD), standings=st.dictionaries(_NAMES, _STANDINGS))


@given(
    st.builds(
        Remembered, commit=st.sampled_from(["", NEW]), standings=st.dictionaries(_NAMES, _STANDINGS), before=_PAST
    )
)
def test_what_is_written_is_read_again(kept: Remembered) -> None:
    assert remembered.read(comment(remembered.line(kept))) == kept


def test_the_line_is_short_however_many_findings_there_are() -> None:
    many = {
        f"e{number}": standing(findings=frozenset(remembered.digest(str(n)) for n in range(150)))
        for number in range(60)
    }
    line = remembered.line(said(NEW, said(OLD, **many), **many))
    assert len(line) <= remembered.LIMIT
    kept = remembered.read(comment(line))
    assert kept is not None
    assert (len(kept.standings), kept.standings["e1"].findings) == (40, None)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("commit",), "<img src=x>"),
        (("commit",), None),
        (("standings",), []),
        (("standings",), {"**x**": {"decision": "allow", "plan": {}, "cost": "", "findings": []}}),
        (("standings", "dev", "decision"), "[merged](https://example.com)"),
        (("standings", "dev", "plan"), {"add": -1}),
        (("standings", "dev", "plan"), {"add": True}),
        (("standings", "dev", "plan"), {"@acme/security": 1}),
        (("standings", "dev", "cost"), "free"),
        (("standings", "dev", "cost"), 7),
        (("standings", "dev", "findings"), ["x"]),
        (("before",), {}),
    ],
)
def test_what_has_another_form_is_nothing(place: tuple[str, ...], value: Any) -> None:
    document = json.loads(base64.b64decode(remembered.line(said(NEW, dev=standing(add=1))).split()[2]))
    part = document
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    encoded = base64.b64encode(json.dumps(document).encode()).decode()
    assert remembered.read(comment(f"<!-- infragate-memory:1 {encoded} -->")) is None


@pytest.mark.parametrize("line", ["", "text", "<!-- infragate-memory:1 x -->", "<!-- infragate-memory:1 eyJ9 -->"])
def test_a_line_of_others_is_nothing(line: str) -> None:
    assert remembered.read(comment(line)) is None


def test_a_line_further_down_is_nothing() -> None:
    assert remembered.read(comment(f"text\n{remembered.line(said(NEW))}")) is None


@given(st.text(max_size=300))
def test_no_text_is_an_error(text: str) -> None:
    remembered.read(text)
    remembered.read(comment(f"<!-- infragate-memory:1 {base64.b64encode(text.encode()).decode()} -->"))


def test_the_commit_before_is_kept_when_a_commit_runs_twice() -> None:
    first = said(OLD, dev=standing("block"))
    second = remembered.following(first, said(NEW, dev=standing()))
    again = remembered.following(second, said(NEW, dev=standing(add=1)))
    assert (second.before, again.before) == (first, first)


def test_only_the_last_commit_is_kept() -> None:
    second = remembered.following(said(OLD), said(NEW))
    third = remembered.following(second, said("c" * 40))
    assert third.before == said(NEW)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (standing(add=1), standing(add=1), []),
        (standing("block"), standing("allow"), ["block → allow"]),
        (standing("error", cost=""), standing("allow", add=1), ["error → allow"]),
        (standing(findings=frozenset("ab")), standing(findings=frozenset("bcd")), ["findings: 2 new, 1 gone"]),
        (standing(add=1, no_op=2), standing(add=3), ["add 1 → 3", "no op 2 → 0"]),
        (standing(cost="1 USD"), standing(cost=""), ["cost 1 USD → unknown"]),
    ],
)
def test_each_difference_is_told(before: Standing, now: Standing, expected: list[str]) -> None:
    assert told(before, now) == expected


def test_an_environment_that_comes_or_goes_is_told() -> None:
    now = said(NEW, said(OLD, dev=standing()), prod=standing())
    assert dict(remembered.differences(now)) == {"prod": ["was not there"], "dev": ["is no longer there"]}
