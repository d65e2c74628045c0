"""What `policy-test` prints, and its document."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from infragate.adapters.local import masking
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.finding import Finding
from infragate.domain.gate.rule_record import FailedTest, RuleRecord, SetRecord
from infragate.report import policy_test
from infragate.report.printer import Printer
from infragate.usecases.gate.policy_test import PolicyTestResult

SCHEMA = json.loads((resources.files("infragate") / "schemas" / "documents.schema.json").read_text())
FOLDER = Path("/x/rego")
SOUND = RuleRecord(package="a.tags", id="T-1", bad=FOLDER / "bad.json", passed=3, fired=(2,), coverage=87.5)
MUTE = RuleRecord(package="a.mute", bad=FOLDER / "bad.json", silence="does not refuse it", failed=1, fired=(0,))
BARE = RuleRecord(package="main", fired=(0,), coverage=0.0)
FAILED = FailedTest(file=FOLDER / "a_test.rego", name="a.mute_test.test_it")
COMPLAINT = Finding(
    id="policy/test-failed", source="policy-test", message="the test test_it failed", file="a_test.rego"
)


def result(*rules: RuleRecord, failures: tuple[FailedTest, ...] = (), libraries: int = 0) -> PolicyTestResult:
    tested = SetRecord(name="own", folder=FOLDER, rules=rules, failures=failures, libraries=libraries)
    return PolicyTestResult(sets=(tested,), plans=(Path("plans/dev.json"),), findings=(COMPLAINT,) if failures else ())


def shown(given: PolicyTestResult, capsys: pytest.CaptureFixture[str]) -> list[str]:
    policy_test.show(given, Printer(mode="plain", colour=False, masker=masking.masker()))
    return capsys.readouterr().out.splitlines()


def test_the_document_fits_its_schema_and_names_the_plan_of_each_count() -> None:
    document = policy_test.document(result(SOUND, MUTE, BARE, failures=(FAILED,), libraries=4), DEFAULT_CALLER)
    jsonschema.validate(document, {"$ref": "#/$defs/policy-test", "$defs": SCHEMA["$defs"]})
    (tested,) = document["sets"]
    assert tested["library_tests"] == 4
    assert tested["rules"][0] == {
        "package": "a.tags",
        "id": "T-1",
        "passed": 3,
        "failed": 0,
        "known_bad": "refused",
        "fired": [{"plan": "plans/dev.json", "count": 2}],
        "coverage": 87.5,
    }
    assert [rule["known_bad"] for rule in tested["rules"][1:]] == ["not refused", "none"]
    assert (tested["rules"][1]["id"], tested["rules"][1]["coverage"]) == (None, None)


def test_each_rule_has_a_line_and_complaints_come_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(result(SOUND, MUTE, failures=(FAILED,), libraries=4), capsys) == [
        "# policies own",
        "a.tags (T-1)  3 passed  refused  fired 2  87.5%",
        "a.mute  0 passed, 1 failed  not refused  fired 0  lines unknown",
        "4 more tests passed, of no rule",
        "refused: the test test_it failed",
        "  where: a_test.rego",
    ]


def test_a_set_without_tests_is_shown_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(result(BARE), capsys)[1:] == ["main  no tests  none  fired 0  0%", "no tests in own"]
