"""JUnit XML as Jenkins' schema wants it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from tests.unit import gate_results, gate_sinks
from tests.unit.examples import examples

from infragate.domain import verdict
from infragate.domain.finding import Finding
from infragate.domain.redaction import Masker
from infragate.report import junit

CLEAN = Finding(id="CKV_AWS_1", source="checkov", message="m", severity=gate_results.MINOR.severity)


@cache
def schema() -> Any:
    """Read when a test needs it: it takes half a second, and every worker imports this file."""
    import xmlschema

    return xmlschema.XMLSchema(Path(__file__).parents[2] / "data" / "reports" / "junit-10.xsd")


def suites(*findings: Finding, **more: Any) -> dict[str, ET.Element]:
    data = junit.document(gate_results.view(*findings, **more))
    schema().validate(data.decode())
    root = ET.fromstring(data)
    for name in ("tests", "failures", "errors"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)
    return {suite.get("name", ""): suite for suite in root}


def test_each_check_is_a_suite_and_each_finding_a_case_of_it() -> None:
    held = suites()
    assert {proof.check for proof in gate_results.EVIDENCE} < set(held)
    (case,) = held["trivy-code"].iter("testcase")
    assert case.get("name") == f"AWS-0107 {gate_results.OPEN_PORT.address}"


def test_a_finding_of_an_engine_with_two_checks_is_in_the_first() -> None:
    assert [case.get("name") for case in suites()["checkov-plan"].iter("testcase")] == [
        "CKV_AWS_226 aws_db_instance.main",
        "CKV_AWS_91 module.alb.aws_lb.main",
    ]


def test_a_check_without_findings_is_one_case_that_passed() -> None:
    (case,) = suites()["code"].iter("testcase")
    assert (case.get("name"), list(case)) == ("no findings", [])


def test_what_counts_fails_what_is_waived_is_skipped_a_warning_passes() -> None:
    held = suites()
    assert [child.tag for case in held["trivy-code"].iter("testcase") for child in case] == ["failure"]
    assert [child.tag for case in held["checkov-plan"].iter("testcase") for child in case] == ["system-out", "skipped"]


def test_an_engine_that_failed_is_an_error_in_the_suite_of_its_check() -> None:
    suite = suites()["infracost"]
    assert suite.get("errors") == "1"
    assert [child.tag for case in suite.iter("testcase") for child in case] == ["error"]


def test_the_verdict_is_red_unless_the_run_may_go_on() -> None:
    assert suites()["verdict"].get("failures") == "1"
    assert suites(CLEAN)["verdict"].get("failures") == "0"


def test_a_verdict_without_evidence_is_red_though_no_finding_says_so() -> None:
    allowed = gate_results.result(CLEAN)
    blocked = verdict.decide((), required_checks=({"conftest": "ab"},))
    held = suites(CLEAN, verdict=blocked)
    failure = held["verdict"].find("testcase/failure")
    assert allowed.verdict.allows
    assert failure is not None
    assert failure.text == "conftest: no evidence that it ran"


@given(st.text(st.characters(codec=None), max_size=20))
@examples(60)
def test_no_text_makes_a_document_that_the_schema_refuses(text: str) -> None:
    schema().validate(gate_sinks.files(text, Masker())["junit"])
