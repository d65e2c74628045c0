"""Status and exit code of every verb are decided in one place, from its Findings."""

from __future__ import annotations

from typing import Any

import pytest

from infragate.domain.command import Caller
from infragate.domain.errors import ToolFailed
from infragate.domain.finding import Finding, Severity
from infragate.domain.redaction import Masker
from infragate.report.printer import Printer
from infragate.tasks.run import Run


class Echo:
    """A presenter of plain words."""

    def document(self, result: str, caller: Caller, /) -> dict[str, Any]:
        return {"said": result, "program": caller.program}

    def show(self, result: str, printer: Printer, /) -> None:
        printer.line(result)


def finding(name: str, severity: Severity = Severity.HIGH) -> Finding:
    return Finding(id=name, source="demo", message="m", severity=severity)


RUN = Run(
    verb="demo",
    printer=Printer(mode="plain", colour=False, masker=Masker(()), caller=Caller(program="./inv")),
    sandbox=False,
    environment=None,
)


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({}, "ok", 0),
        ({"changes": True}, "changes", 0),
        ({"changes": True, "exit_code": 2}, "changes", 2),
        ({"findings": [finding("a", Severity.MEDIUM)], "changes": True}, "changes", 0),
        ({"findings": [finding("a")], "changes": True}, "blocked", 8),
        ({"findings": [finding("input-gone")]}, "blocked", 3),
        ({"findings": [finding("a")], "exit_code": 0}, "blocked", 0),
        ({"findings": [finding("a")], "error": ToolFailed("it broke")}, "error", 8),
    ],
)
def test_findings_decide_status_and_exit_code(settings: dict[str, Any], status: str, code: int) -> None:
    outcome = RUN.present(Echo(), "hello", **settings)
    assert (outcome.status, outcome.exit_code) == (status, code)


def test_the_presenter_makes_document_and_text(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = RUN.present(Echo(), "hello")
    outcome.show(RUN.printer)
    assert outcome.result == {"said": "hello", "program": "./inv"}
    assert capsys.readouterr().out == "hello\n"
