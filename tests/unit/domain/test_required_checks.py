"""The requirements of a plan: nothing that is missing turns a Verdict better, whatever the order."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from infragate.domain.finding import Evidence, Finding, Severity
from infragate.domain.gate import required_checks
from infragate.domain.gate.cost import CostRules
from infragate.domain.gate.gate_policy import CHECKS, EnvironmentRules
from infragate.domain.gate.required_checks import Judgeable
from infragate.domain.verdict import Verdict, decide

WHOLE = Judgeable(code="aa", plan="bb", resources=3, changes=True)
ONLY_PLAN, NOTHING_LEFT = replace(WHOLE, code=None), replace(WHOLE, resources=0)
RANK = {"allow": 0, "needs-approvals": 1, "block": 2}

GROUPS = st.lists(st.lists(st.sampled_from(CHECKS), min_size=1, max_size=3, unique=True).map(tuple), max_size=5)
JUDGEABLES = st.builds(
    Judgeable,
    code=st.sampled_from(["aa", None]),
    plan=st.just("bb"),
    resources=st.integers(0, 2),
    changes=st.booleans(),
)
SOME_CHECKS = st.sets(st.sampled_from(CHECKS))


def rules(*required: tuple[str, ...]) -> EnvironmentRules:
    return EnvironmentRules(
        required=required, optional=(), blocks=Severity.HIGH, cost=CostRules(unknown="block"), verdict_for_apply=True
    )


def proof(check: str, judgeable: Judgeable) -> Evidence:
    return Evidence(
        check=check,
        tool="t",
        version="1",
        input_digest=judgeable.digest(check),
        scanned=1,
        duration_seconds=0.1,
        result="complete",
    )


def failure(check: str) -> Finding:
    return Finding(id=f"engine/{check}", source="engine", message="could not judge", severity=Severity.HIGH)


def verdict(required: list[tuple[str, ...]], judgeable: Judgeable, ran: list[str], failed: list[str]) -> Verdict:
    """As the gate decides, with nothing but the checks themselves to say."""
    groups = required_checks.requirements(rules(*required), judgeable)
    evidence = [proof(check, judgeable) for check in ran]
    findings = [
        *(required_checks.weighed(failure(check), check, groups, evidence) for check in failed),
        *required_checks.unjudged(rules(*required), groups, judgeable),
    ]
    return decide(findings, evidence=evidence, required_checks=groups)


@given(GROUPS, JUDGEABLES, SOME_CHECKS, SOME_CHECKS)
def test_a_check_that_did_not_run_never_makes_it_better(
    required: list[tuple[str, ...]], judgeable: Judgeable, ran: set[str], gone: set[str]
) -> None:
    all_ran = verdict(required, judgeable, [*ran], [])
    some_failed = verdict(required, judgeable, [*ran - gone], [*ran & gone])
    never_begun = verdict(required, judgeable, [*ran - gone], [])
    assert RANK[all_ran.decision] <= RANK[never_begun.decision] <= RANK[some_failed.decision]


@given(GROUPS, GROUPS, JUDGEABLES, SOME_CHECKS)
def test_one_more_requirement_never_makes_it_better(
    few: list[tuple[str, ...]], more: list[tuple[str, ...]], judgeable: Judgeable, ran: set[str]
) -> None:
    assume(not few or required_checks.requirements(rules(*few), judgeable))  # else it was blocked for that
    with_more = verdict([*few, *more], judgeable, [*ran], [])
    assert RANK[with_more.decision] >= RANK[verdict(few, judgeable, [*ran], []).decision]


@given(GROUPS, JUDGEABLES, SOME_CHECKS, SOME_CHECKS, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    required: list[tuple[str, ...]], judgeable: Judgeable, ran: set[str], failed: set[str], chance: Random
) -> None:
    before = verdict(required, judgeable, sorted(ran), sorted(failed))
    shuffled = [tuple(chance.sample(group, len(group))) for group in chance.sample(required, len(required))]
    assert verdict(shuffled, judgeable, [*ran], [*failed]) == before


@given(GROUPS, JUDGEABLES)
def test_without_evidence_a_plan_that_must_be_judged_is_blocked(
    required: list[tuple[str, ...]], judgeable: Judgeable
) -> None:
    concerned = any(judgeable.concerns(check) for check in chain(*required))
    must_be_judged = bool(required) and (concerned or judgeable.changes)
    assert verdict(required, judgeable, [], []).allows is not must_be_judged


@given(GROUPS, JUDGEABLES, st.sampled_from(CHECKS), SOME_CHECKS)
def test_a_failure_counts_exactly_if_a_requirement_is_not_met_without_it(
    required: list[tuple[str, ...]], judgeable: Judgeable, failed: str, ran: set[str]
) -> None:
    groups = required_checks.requirements(rules(*required), judgeable)
    evidence = [proof(check, judgeable) for check in ran - {failed}]
    weighed = required_checks.weighed(failure(failed), failed, groups, evidence)
    counts = any(failed in group and not group.keys() & (ran - {failed}) for group in groups)
    assert weighed.severity is (Severity.HIGH if counts else Severity.LOW)


@pytest.mark.parametrize(
    ("judgeable", "left", "said"),
    [
        (WHOLE, [{"code": "aa"}, {"tfsec": "aa", "trivy-plan": "bb"}, {"conftest": "bb"}], ()),
        (
            ONLY_PLAN,
            [{"trivy-plan": "bb"}, {"conftest": "bb"}],
            ("not required, since there is only a plan, and no code: code, tfsec",),
        ),
        (
            NOTHING_LEFT,
            [{"code": "aa"}, {"tfsec": "aa"}, {"conftest": "bb"}],
            ("not required, since the plan leaves no resource: trivy-plan",),
        ),
    ],
)
def test_only_what_can_look_at_something_is_required_and_the_rest_is_told(
    judgeable: Judgeable, left: list[dict[str, str]], said: tuple[str, ...]
) -> None:
    required = rules(("code",), ("tfsec", "trivy-plan"), ("conftest",))
    assert [*required_checks.requirements(required, judgeable)] == left
    assert required_checks.left_out(required, judgeable) == said
