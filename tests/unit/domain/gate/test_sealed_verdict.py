"""What an apply may rest on: each part of a SealedVerdict that no longer holds refuses it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from infragate.domain.errors import Blocked, Integrity
from infragate.domain.gate.sealed_verdict import SealedVerdict, parse, refusal

TODAY = date(2026, 11, 26)
SEALED = SealedVerdict(
    decision="allow",
    approvals_required=0,
    reasons=(),
    policy="aa",
    policy_origin="the base branch origin/main",
    tools=("conftest 0.69.0", "trivy 0.76.0"),
    checks=("conftest", "trivy-plan"),
    last_day=None,
    cost=None,
    created="2026-11-26T07:00:00+00:00",
)


def refused(verdict: SealedVerdict | None, **present: Any) -> Exception | None:
    values = {"policy": "aa", "tools": SEALED.tools, "approvals": 0, "today": TODAY, **present}
    return refusal(verdict, **values)


def test_a_plan_that_the_gate_allows_may_be_applied() -> None:
    assert refused(SEALED) is None


@pytest.mark.parametrize(
    ("verdict", "present", "kind", "words"),
    [
        (None, {}, Blocked, "has not judged"),
        (replace(SEALED, decision="block", reasons=("a: b",)), {}, Blocked, "a: b"),
        (SEALED, {"policy": "bb"}, Integrity, "policy changed"),
        (SEALED, {"tools": ("conftest 0.69.0",)}, Integrity, "trivy 0.76.0"),
        (replace(SEALED, last_day="2026-11-25"), {}, Integrity, "ended on 2026-11-25"),
        (replace(SEALED, decision="needs-approvals", approvals_required=2), {"approvals": 1}, Blocked, "2 required"),
    ],
)
def test_what_does_not_hold_any_more_refuses_the_apply(
    verdict: SealedVerdict | None, present: dict[str, Any], kind: type[Exception], words: str
) -> None:
    error = refused(verdict, **present)
    assert isinstance(error, kind)
    assert words in str(error)


def test_enough_approvals_let_it_pass() -> None:
    assert refused(replace(SEALED, decision="needs-approvals", approvals_required=2), approvals=2) is None


def test_a_waiver_counts_on_its_last_day() -> None:
    assert refused(replace(SEALED, last_day="2026-11-26")) is None


def test_it_is_read_as_it_was_written() -> None:
    assert parse(SEALED.document()) == SEALED


@pytest.mark.parametrize("name", sorted(SEALED.document()))
@pytest.mark.parametrize("value", [True, 1.5, {"a": 1}, [1], "???"])
def test_a_value_of_another_type_is_refused(name: str, value: Any) -> None:
    if isinstance(value, str) and name not in ("decision", "approvals_required", "reasons", "tools", "checks"):
        value = [value]
    with pytest.raises(ValueError, match="Verdict"):
        parse({**SEALED.document(), name: value})


@pytest.mark.parametrize("name", sorted(SEALED.document()))
def test_a_missing_field_is_refused(name: str) -> None:
    document = SEALED.document()
    del document[name]
    with pytest.raises(ValueError, match="fields"):
        parse(document)
