"""The result of `drift`: its text, its document, its exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources

import jsonschema
import pytest

from infragate.domain import exit_codes
from infragate.domain.command import DEFAULT_CALLER
from infragate.domain.drift.report import DriftItem, DriftReport, StackDrift
from infragate.domain.errors import BadInput, Blocked, InfragateError, Integrity, RemoteFailed, ToolFailed
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field
from infragate.domain.redaction import Masker
from infragate.report import document as documents
from infragate.report import drift
from infragate.report.printer import Printer

STARTED = datetime(2026, 11, 26, tzinfo=UTC)
ITEM = DriftItem(
    address="aws_db_instance.this",
    type="aws_db_instance",
    cause="out-of-band",
    severity=Severity.MEDIUM,
    action="update",
    fields=(Field(path="backup_retention_period", before=1, after=7),),
    evidence="changed outside of Terraform since the last apply",
)
NEW = replace(ITEM, cause="not-applied", severity=Severity.LOW, fields=(), evidence="new in the code")
CLEAN = StackDrift(environment="dev", directory="infra/envs/dev", status="clean", duration_seconds=1.25)
SKIPPED = replace(CLEAN, status="skipped", reason="the state is locked by kim")
FAILED = ToolFailed("terraform crashed", where="infra/envs/dev", fix="run it again")


def drifting(*items: DriftItem) -> StackDrift:
    return replace(CLEAN, status="drift", items=items)


def failing(error: InfragateError) -> StackDrift:
    return replace(CLEAN, status="error", error=error)


def report(*stacks: StackDrift) -> DriftReport:
    return DriftReport(stacks=stacks, started_at=STARTED)


def shown(capsys: pytest.CaptureFixture[str], *stacks: StackDrift) -> str:
    drift.show(report(*stacks), Printer(mode="plain", colour=False, masker=Masker()))
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_the_worst_item_is_first_and_items_without_values_stand_together(capsys: pytest.CaptureFixture[str]) -> None:
    worst = replace(ITEM, address="aws_iam_role.a", marks=frozenset({"security"}), severity=Severity.HIGH)
    lines = shown(capsys, drifting(NEW, replace(NEW, address="aws_lb.b"), ITEM, worst)).splitlines()
    assert lines[:11] == [
        "# dev: infra/envs/dev",
        "  HIGH out-of-band (security): aws_iam_role.a",
        "      backup_retention_period: 1 -> 7",
        "      changed outside of Terraform since the last apply",
        "  MEDIUM out-of-band: aws_db_instance.this",
        "      backup_retention_period: 1 -> 7",
        "      changed outside of Terraform since the last apply",
        "  LOW not-applied: new in the code",
        "      aws_db_instance.this",
        "      aws_lb.b",
        "dev  drift  2 not-applied, 2 out-of-band  1.2 s",
    ]


def test_noise_and_waivers_are_counted_and_not_mixed_up_with_drift(capsys: pytest.CaptureFixture[str]) -> None:
    items = (replace(ITEM, cause="noise"), replace(ITEM, waived_by="platform"))
    text = shown(capsys, replace(CLEAN, items=items))
    assert "  waived by platform: aws_db_instance.this: backup_retention_period" in text
    assert "dev  clean  none, 1 waived, 1 noise" in text


def test_a_stack_that_was_not_looked_at_has_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, failing(FAILED), SKIPPED)
    assert "dev: error, its drift is not known" in text
    assert "error: terraform crashed" in text
    assert "dev: skipped, its drift is not known: the state is locked by kim" in text
    assert "none" not in text


def test_what_a_run_found_before_a_reader_failed_is_shown_as_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, replace(failing(FAILED), items=(ITEM,)))
    assert "MEDIUM out-of-band" in text
    assert "dev: error, this is not all of its drift" in text


def test_without_a_stack_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no Stack to look at" in shown(capsys)


@pytest.mark.parametrize(
    "stack", [CLEAN, SKIPPED, failing(FAILED), drifting(ITEM, NEW)], ids=lambda stack: stack.status
)
def test_the_document_fits_its_schema(stack: StackDrift) -> None:
    result = report(stack)
    record = documents.record(
        verb="drift",
        environment=None,
        status="error" if drift.failure(result) else "ok",
        exit_code=0,
        started_at=STARTED,
        seconds=1.0,
        result=drift.document(result, DEFAULT_CALLER),
        error=drift.failure(result),
    )
    schema = json.loads(resources.files("infragate").joinpath("schemas/documents.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(record)


@pytest.mark.parametrize(
    ("stacks", "plain", "detailed"),
    [
        ((), 0, 0),
        ((CLEAN,), 0, 0),
        ((CLEAN, drifting(ITEM)), 0, 2),
        ((SKIPPED, drifting(ITEM)), 6, 6),
        ((SKIPPED, failing(FAILED)), 4, 4),
        ((failing(FAILED), failing(RemoteFailed("x"))), 5, 5),
        ((failing(RemoteFailed("x")), failing(Blocked("x"))), 8, 8),
        ((failing(Blocked("x")), failing(Integrity("x"))), 7, 7),
        ((failing(BadInput("x")), failing(FAILED)), 4, 4),
        ((failing(BadInput("x")), failing(InfragateError("a bug"))), 3, 3),
        ((drifting(ITEM), failing(InfragateError("a bug"))), 1, 1),
    ],
)
def test_the_exit_code_is_of_the_worst_that_is_not_known(
    stacks: tuple[StackDrift, ...], plain: int, detailed: int
) -> None:
    assert exit_codes.of_drift(stacks, detailed=False) == plain
    assert exit_codes.of_drift(stacks, detailed=True) == detailed
    failure = drift.failure(report(*stacks))
    assert (failure.exit_code if failure else 0) == plain
