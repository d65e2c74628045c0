"""The Verdict: monotone, whatever the order; missing Evidence blocks."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain import exit_codes
from infragate.domain.finding import Evidence, Finding, Severity, Waiver
from infragate.domain.verdict import Verdict, decide

TODAY = date(2026, 11, 25)
RANK = {"allow": 0, "needs-approvals": 1, "block": 2}
CHECKS = {"trivy": "aa", "conftest": "bb"}

IDS, ADDRESSES = st.sampled_from(["a", "b", "cost"]), st.sampled_from(["aws_x.this", 'aws_x.this["k"]', "aws_y.z"])
FINDINGS = st.lists(
    st.builds(
        Finding,
        id=IDS,
        source=st.just("trivy"),
        message=st.just("m"),
        severity=st.sampled_from(list(Severity)),
        address=ADDRESSES,
        approvals=st.integers(0, 3),
    ),
    max_size=6,
)
EVIDENCE = st.lists(
    st.builds(
        Evidence,
        check=st.sampled_from([*CHECKS, "other"]),
        tool=st.just("t"),
        version=st.just("1"),
        input_digest=st.sampled_from(["aa", "bb"]),
        scanned=st.integers(0, 2),
        duration_seconds=st.just(0.1),
        result=st.sampled_from(["complete", "incomplete"]),
    ),
    max_size=6,
)
WAIVERS = st.lists(
    st.builds(
        Waiver,
        id=IDS,
        address=st.sampled_from(["*", "aws_x.*", 'aws_x.this["k"]']),
        environment=st.sampled_from([None, "dev", "prod"]),
        owner=st.just("kim"),
        reason=st.just("r"),
        link=st.just("l"),
        expires=st.sampled_from([date(2026, 11, 24), TODAY, date(2027, 1, 1)]),
    ),
    max_size=3,
)
PEOPLE = st.lists(st.sampled_from(["kim", "lee", "park"]), max_size=4)


def judged(
    findings: list[Finding],
    evidence: list[Evidence],
    waivers: list[Waiver] | None = None,
    people: list[str] | None = None,
) -> Verdict:
    return decide(
        findings,
        evidence=evidence,
        required_checks=[{check: digest} for check, digest in CHECKS.items()],
        waivers=waivers or [],
        approvals=people or [],
        environment="dev",
        today=TODAY,
    )


def badness(verdict: Verdict) -> tuple[int, int]:
    return RANK[verdict.decision], verdict.approvals_required


def proof(check: str, digest: str, *, scanned: int = 1) -> Evidence:
    return Evidence(
        check=check, tool="t", version="1", input_digest=digest, scanned=scanned, duration_seconds=1, result="complete"
    )


ALL_RAN = [proof(check, digest) for check, digest in CHECKS.items()]


def finding(severity: Severity = Severity.HIGH, approvals: int = 0, address: str = "aws_x.this") -> Finding:
    return Finding(id="a", source="trivy", message="m", severity=severity, address=address, approvals=approvals)


@given(FINDINGS, FINDINGS, EVIDENCE, WAIVERS, PEOPLE)
def test_more_findings_never_make_it_better(
    few: list[Finding], more: list[Finding], evidence: list[Evidence], waivers: list[Waiver], people: list[str]
) -> None:
    assert badness(judged(few + more, evidence, waivers, people)) >= badness(judged(few, evidence, waivers, people))


@given(FINDINGS, EVIDENCE, EVIDENCE, WAIVERS, PEOPLE)
def test_less_evidence_never_makes_it_better(
    findings: list[Finding], kept: list[Evidence], gone: list[Evidence], waivers: list[Waiver], people: list[str]
) -> None:
    assert badness(judged(findings, kept, waivers, people)) >= badness(judged(findings, kept + gone, waivers, people))


@given(FINDINGS, EVIDENCE, WAIVERS, WAIVERS, PEOPLE, PEOPLE)
def test_fewer_waivers_or_approvals_never_make_it_better(
    findings: list[Finding],
    evidence: list[Evidence],
    waivers: list[Waiver],
    more_waivers: list[Waiver],
    people: list[str],
    more_people: list[str],
) -> None:
    with_more = judged(findings, evidence, waivers + more_waivers, people + more_people)
    assert badness(judged(findings, evidence, waivers, people)) >= badness(with_more)


@given(FINDINGS, EVIDENCE, WAIVERS, PEOPLE, st.randoms(use_true_random=False))
def test_the_order_does_not_matter(
    findings: list[Finding], evidence: list[Evidence], waivers: list[Waiver], people: list[str], chance: Random
) -> None:
    before = judged(findings, evidence, waivers, people)
    for values in (findings, evidence, waivers, people):
        chance.shuffle(values)
    assert judged(findings, evidence, waivers, people) == before


@given(FINDINGS, EVIDENCE, WAIVERS, PEOPLE, st.sampled_from(sorted(CHECKS)))
def test_a_required_check_without_evidence_blocks(
    findings: list[Finding], evidence: list[Evidence], waivers: list[Waiver], people: list[str], check: str
) -> None:
    others = [record for record in evidence if record.check != check]
    assert judged(findings, others, waivers, people).decision == "block"


@given(FINDINGS, EVIDENCE, WAIVERS, PEOPLE)
def test_only_allow_ends_with_0(
    findings: list[Finding], evidence: list[Evidence], waivers: list[Waiver], people: list[str]
) -> None:
    verdict = judged(findings, evidence, waivers, people)
    assert (exit_codes.of_verdict(verdict) == 0) == (verdict.decision == "allow")
    assert bool(verdict.reasons) == (verdict.decision != "allow")


def test_nothing_against_it_and_all_checks_ran_is_allowed() -> None:
    assert judged([], ALL_RAN) == Verdict(decision="allow")


def test_a_check_that_looked_at_nothing_has_not_run() -> None:
    verdict = judged([], [proof("trivy", "aa", scanned=0), proof("conftest", "bb")])
    assert verdict.reasons == ("trivy: no evidence that it ran",)


def test_of_two_checks_that_do_for_each_other_one_is_enough() -> None:
    either = [{"tfsec": "aa", "trivy": "aa"}]
    assert decide([], evidence=[proof("trivy", "aa")], required_checks=either).allows
    assert decide([], required_checks=either).reasons == ("tfsec or trivy: no evidence that it ran",)


def test_missing_evidence_alone_says_that_a_program_failed() -> None:
    assert exit_codes.of_verdict(judged([], [])) == 4
    assert exit_codes.of_verdict(judged([finding()], [])) == 8


def test_a_stricter_project_blocks_lower_severities() -> None:
    assert decide([finding(Severity.MEDIUM)], blocks=Severity.MEDIUM).decision == "block"


def test_evidence_of_another_input_is_none() -> None:
    assert judged([], [proof("trivy", "bb"), proof("conftest", "bb")]).decision == "block"


def test_a_warning_stands_against_nothing() -> None:
    assert judged([finding(Severity.MEDIUM)], ALL_RAN).allows


def test_the_highest_number_of_approvals_is_required() -> None:
    verdict = judged([finding(approvals=1), finding(approvals=2)], ALL_RAN, people=["kim", "kim"])
    assert (verdict.decision, verdict.approvals_required) == ("needs-approvals", 2)


def test_enough_people_allow_it() -> None:
    assert judged([finding(approvals=2)], ALL_RAN, people=["kim", "lee"]).allows


def test_no_number_of_people_allows_what_blocks() -> None:
    assert judged([finding()], ALL_RAN, people=["kim", "lee", "park"]).decision == "block"


@pytest.mark.parametrize(
    ("pattern", "environment", "expires", "allowed"),
    [
        ('aws_x.this["k"]', "dev", TODAY, True),
        ("aws_x.*", None, TODAY, True),
        ("aws_x.?his*", None, TODAY, False),
        ("aws_x.this", None, TODAY, False),
        ("*", "prod", TODAY, False),
        ("*", None, date(2026, 11, 24), False),
    ],
)
def test_a_waiver_covers_its_address_its_environment_and_its_days(
    pattern: str, environment: str | None, expires: date, allowed: bool
) -> None:
    waiver = Waiver(
        id="a", address=pattern, environment=environment, owner="kim", reason="r", link="l", expires=expires
    )
    assert judged([finding(address='aws_x.this["k"]')], ALL_RAN, [waiver]).allows is allowed


def test_without_a_day_every_waiver_is_over() -> None:
    waiver = Waiver(id="a", address="*", environment=None, owner="k", reason="r", link="l", expires=date(9999, 12, 30))
    assert decide([finding()], waivers=[waiver]).decision == "block"


@pytest.mark.parametrize(
    ("kinds", "code"),
    [
        ([("input-gone", "release")], 3),
        ([("input-gone", "release"), ("stateful-lost", "release")], 8),
        ([("module-lock/unpinned", "module-lock")], 3),
        ([("module-lock/unpinned", "module-lock"), ("module-lock/moved", "module-lock")], 7),
        ([("doctor/git", "doctor")], 4),
        ([("AVD-AWS-0107", "trivy")], 8),
    ],
)
def test_the_exit_code_says_what_has_to_be_done(kinds: list[tuple[str, str]], code: int) -> None:
    findings = [Finding(id=name, source=source, message="m") for name, source in kinds]
    assert exit_codes.of_verdict(decide(findings)) == code
