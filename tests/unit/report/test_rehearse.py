from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.e2e.product import DOCUMENTS

from infragate.domain.command import Caller
from infragate.domain.errors import Blocked
from infragate.domain.redaction import Masker
from infragate.report import rehearse
from infragate.report.printer import Printer
from infragate.sandbox.pull_requests import Act, PostedComment, PostedStatus, PullRequestLog
from infragate.usecases.rehearsal.rehearse import RehearseResult
from infragate.usecases.rehearsal.steps import Step

AT = datetime(2026, 11, 26, 14, 50, 1, 250_000, UTC)
CALLER = Caller()


def status(state: str, context: str = "atlantis/plan") -> PostedStatus:
    return PostedStatus(pull_request=1, commit="a" * 40, at=AT, context=context, state=state, description=f"is {state}")


RESULT = RehearseResult(
    environment="dev",
    steps=(Step(name="planned", status="ok", duration_seconds=1.26, detail="Plan: 1 to add"),),
    folder=Path("/state"),
    error=None,
    pull_requests=PullRequestLog(
        comments=(PostedComment(pull_request=1, author="acme-bot", at=AT, body="Ran Plan\n\n    as code\n"),),
        statuses=(status("pending"), status("success"), status("failure", "atlantis/apply")),
        timeline=(Act(at=AT, pull_request=1, who="alice", what="opened it"),),
    ),
)


def shown(result: RehearseResult, capsys: pytest.CaptureFixture[str]) -> list[str]:
    rehearse.show(result, Printer(mode="plain", colour=False, masker=Masker()))
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_the_schema_of_all_documents_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(DOCUMENTS)


def test_the_document_of_a_rehearsal_through_atlantis_fits_its_schema() -> None:
    document = rehearse.document(RESULT, CALLER)
    schema: dict[str, Any] = {"$defs": DOCUMENTS["$defs"], "$ref": "#/$defs/rehearse"}
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document["timeline"] == [
        {"at": "2026-11-26T14:50:01.250+00:00", "pull_request": 1, "who": "alice", "what": "opened it"}
    ]
    assert [entry["state"] for entry in document["statuses"]] == ["pending", "success", "failure"]


def test_the_document_of_another_rehearsal_has_its_steps_only() -> None:
    assert set(rehearse.document(replace(RESULT, pull_requests=None), CALLER)) == {"steps"}


def test_comments_are_shown_whole_and_of_each_status_the_newest(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(RESULT, capsys)
    assert lines[lines.index("#1 acme-bot, 14:50:01:") :][:4] == [
        "#1 acme-bot, 14:50:01:",
        "    Ran Plan",
        "",
        "        as code",
    ]
    states = [line.split()[0] for line in lines if "aaaaaaaaaaaa" in line]
    assert states == ["success", "failure"]
    assert "14:50:01  #1  alice  opened it" in lines
    assert lines[-1] == "rehearsed dev in 1 s: 1 steps"


def test_what_was_said_is_shown_before_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    failed = replace(RESULT, error=Blocked("the comment does not have a plan", where="log"))
    rehearse.show(failed, Printer(mode="plain", colour=False, masker=Masker()))
    captured = capsys.readouterr()
    assert "opened it" in captured.out
    assert "error: the comment does not have a plan" in captured.err


def test_a_rehearsal_that_ended_before_the_servers_shows_its_steps_only(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(replace(RESULT, pull_requests=PullRequestLog()), capsys)
    assert not [line for line in lines if line.startswith("#")]
