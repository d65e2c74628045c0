from __future__ import annotations

import json
import signal
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infragate.domain import errors
from infragate.domain.errors import BadInput, InfragateError, Interrupted
from infragate.report import document

STARTED = datetime(2026, 11, 23, 9, 12, 3, 456, tzinfo=UTC)
SCHEMA = json.loads(resources.files("infragate").joinpath("schemas/documents.schema.json").read_text())


def failure(error: InfragateError, *, verb: str = "plan") -> dict[str, Any]:
    return document.failure(verb=verb, environment="dev", error=error, started_at=STARTED, seconds=1.23456)


def test_a_result_is_in_its_document() -> None:
    made = document.record(
        verb="smoke", environment=None, status="ok", exit_code=0, started_at=STARTED, seconds=4.2, result={"a": 1}
    )
    assert made == {
        "schema_version": 1,
        "verb": "smoke",
        "environment": None,
        "status": "ok",
        "exit_code": 0,
        "started_at": "2026-11-23T09:12:03Z",
        "duration_seconds": 4.2,
        "result": {"a": 1},
        "error": None,
    }


def test_an_error_is_in_its_document_with_its_three_lines() -> None:
    made = failure(BadInput("no such file", where="x.tf:3", fix="inv doctor"))
    assert (made["status"], made["exit_code"], made["result"]) == ("error", 3, None)
    assert made["error"] == {
        "class": "BadInput",
        "message": "no such file",
        "where": "x.tf:3",
        "fix": "inv doctor",
        "findings": [],
    }


@pytest.mark.parametrize(
    "error",
    [
        *(
            getattr(errors, name)("m")
            for name in ("BadInput", "ToolFailed", "RemoteFailed", "Locked", "Integrity", "Blocked")
        ),
        InfragateError("m", where="w", fix="f"),
        Interrupted(signal.SIGINT, "m"),
        Interrupted(signal.SIGTERM, "m"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_document_of_every_error_is_as_the_published_schema_says(error: InfragateError) -> None:
    made = failure(error)
    assert list(Draft202012Validator(SCHEMA).iter_errors(made)) == []
    assert made["exit_code"] == error.exit_code


@pytest.mark.parametrize("verb", SCHEMA["properties"]["verb"]["enum"])
def test_the_result_of_every_verb_has_a_shape_of_its_own(verb: str) -> None:
    """A result of nothing, or with something that nobody has written down, is refused."""
    made = document.record(
        verb=verb, environment=None, status="ok", exit_code=0, started_at=STARTED, seconds=1, result={}
    )
    check = Draft202012Validator(SCHEMA)
    assert not check.is_valid(made)
    unknown = list(check.iter_errors({**made, "result": {"nobody-knows-this": 1}}))
    assert "nobody-knows-this" in " ".join(error.message for error in unknown)


def test_the_duration_is_in_thousandths() -> None:
    assert failure(BadInput("m"))["duration_seconds"] == 1.235
