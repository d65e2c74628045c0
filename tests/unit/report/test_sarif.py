"""SARIF as the standard's schema and GitHub's code scanning want it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, FormatChecker
from tests.unit import gate_results, gate_sinks
from tests.unit.examples import examples

from infragate.domain.finding import Finding
from infragate.domain.redaction import Masker
from infragate.report import sarif

SCHEMA = json.loads((Path(__file__).parents[2] / "data" / "reports" / "sarif-2.1.0.schema.json").read_text())
VALIDATOR = Draft4Validator(SCHEMA, format_checker=FormatChecker())


def run(*findings: Finding, **more: Any) -> dict[str, Any]:
    document = sarif.document(gate_results.view(*findings, **more))
    VALIDATOR.validate(document)
    (only,) = document["runs"]
    assert isinstance(only, dict)
    return only


def by_rule(held: dict[str, Any]) -> dict[str, Any]:
    return {result["ruleId"]: result for result in held["results"]}


def test_a_result_has_its_rule_its_level_and_its_line_in_the_checkout() -> None:
    held = run()
    result = by_rule(held)["AWS-0107"]
    rule = held["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert (rule["id"], rule["helpUri"]) == ("AWS-0107", gate_results.OPEN_PORT.link)
    assert rule["properties"]["security-severity"] == "9.5"
    assert result["level"] == "error"
    place = result["locations"][0]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "infra/envs/dev/main.tf", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 12},
    }
    assert place["logicalLocations"][0]["fullyQualifiedName"] == gate_results.OPEN_PORT.address


def test_a_result_without_a_line_is_placed_at_the_folder_of_the_stack() -> None:
    place = by_rule(run())["IG-DEL-01"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "infra/envs/dev"


def test_a_path_is_a_relative_uri() -> None:
    odd = replace(gate_results.OPEN_PORT, file="/infra/my envs/50%/주문.tf")
    place = by_rule(run(odd))["AWS-0107"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "infra/my%20envs/50%25/%EC%A3%BC%EB%AC%B8.tf"


def test_a_waived_finding_is_suppressed_with_its_owner_reason_and_end() -> None:
    (suppression,) = by_rule(run())["CKV_AWS_91"]["suppressions"]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    for words in ("dev has no log bucket", "acme/platform", "2026-12-01", "https://github.com/acme/infra/pull/7"):
        assert words in suppression["justification"]
    assert "suppressions" not in by_rule(run())["AWS-0107"]


def test_an_engine_that_failed_makes_the_run_unsuccessful() -> None:
    (invocation,) = run()["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [entry["message"]["text"] for entry in invocation["toolExecutionNotifications"]] == [
        "infracost was ended by signal 9"
    ]
    assert run(gate_results.OPEN_PORT)["invocations"][0]["executionSuccessful"] is True


def test_each_engine_is_named_with_its_version() -> None:
    extensions = {entry["name"]: entry["version"] for entry in run()["tool"]["extensions"]}
    assert extensions["conftest (conftest)"] == "1.2.3"
    assert len(extensions) == len(gate_results.EVIDENCE)


@pytest.mark.parametrize(
    "change",
    [{"line": 99}, {"message": "said otherwise"}, {"source": "tfsec", "engines": ("trivy-code",)}, {"fix": None}],
    ids=lambda change: next(iter(change)),
)
def test_a_fingerprint_stays_when_a_line_moves_or_another_engine_says_it(change: dict[str, Any]) -> None:
    before, after = (by_rule(run(finding))["AWS-0107"]["partialFingerprints"] for finding in _changed(change))
    assert before == after


def _changed(change: dict[str, Any]) -> tuple[Finding, Finding]:
    return gate_results.OPEN_PORT, replace(gate_results.OPEN_PORT, **change)


def test_each_result_has_a_fingerprint_of_its_own() -> None:
    twice = [replace(gate_results.OPEN_PORT, line=line) for line in (1, 2, 3)]
    prints = [str(result["partialFingerprints"]) for result in run(*twice, gate_results.DATABASE)["results"]]
    assert len(set(prints)) == 4


def test_two_environments_do_not_replace_each_others_results() -> None:
    assert run()["automationDetails"]["id"] == "infragate-gate/dev/infra/envs/dev/"


@given(st.text(max_size=20))
@examples(30)
def test_no_text_makes_a_document_that_the_schema_refuses(text: str) -> None:
    VALIDATOR.validate(json.loads(gate_sinks.files(text, Masker())["sarif"]))
