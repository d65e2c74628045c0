"""Findings in documents and on the screen."""

from __future__ import annotations

import pytest

from infragate.domain.command import Caller, Command
from infragate.domain.finding import Finding, Severity
from infragate.domain.redaction import Masker
from infragate.report import findings
from infragate.report.printer import Printer

CALLER = Caller(program="./inv", sandbox=True, takes={"plan": frozenset({"--sandbox"})})
STALE = Finding(
    id="input-gone",
    source="release-change",
    message="v1 does not know the input a",
    address="module.box.a",
    file="main.tf",
    line=3,
    fix=("remove it, then ", Command("plan", env="dev")),
)


def shown(finding: Finding, capsys: pytest.CaptureFixture[str]) -> list[str]:
    findings.show([finding], Printer(mode="plain", colour=False, masker=Masker(()), caller=CALLER))
    return capsys.readouterr().out.splitlines()


def test_a_record_holds_all_of_a_finding_and_its_command_as_this_caller_types_it() -> None:
    assert findings.document([STALE], CALLER) == [
        {
            "id": "input-gone",
            "source": "release-change",
            "severity": "high",
            "address": "module.box.a",
            "file": "main.tf",
            "line": 3,
            "message": "v1 does not know the input a",
            "link": None,
            "fix": "remove it, then ./inv plan --env dev --sandbox",
            "snippet": None,
            "inputs": [],
        }
    ]


def test_what_the_code_lacks_is_to_do_with_place_and_fix(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(STALE, capsys) == [
        "to do: v1 does not know the input a",
        "  where: main.tf:3 (module.box.a)",
        "  fix: remove it, then ./inv plan --env dev --sandbox",
    ]


def test_what_a_person_decides_is_refused_and_its_page_is_the_fix(capsys: pytest.CaptureFixture[str]) -> None:
    lost = Finding(id="stateful-lost", source="release-change", message="lost", address="aws_x.y", link="runbooks/r.md")
    assert shown(lost, capsys) == ["refused: lost", "  where: aws_x.y", "  fix: see runbooks/r.md"]


def test_a_warning_is_called_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(Finding(id="a", source="smoke", message="m", severity=Severity.MEDIUM), capsys) == [
        "warning: m",
        "  where: smoke",
    ]
