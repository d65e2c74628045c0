from __future__ import annotations

from typing import Any

import pytest

from infragate.domain.redaction import Masker
from infragate.report.apply_progress import ApplyProgress
from infragate.report.printer import Printer

Capture = pytest.CaptureFixture[str]


def event(kind: str, *, action: str = "create", seconds: int = 0, address: str = "aws_sqs_queue.a") -> dict[str, Any]:
    return {"type": kind, "hook": {"resource": {"addr": address}, "action": action, "elapsed_seconds": seconds}}


def said(capsys: Capture, *events: dict[str, Any], total: int = 12) -> list[str]:
    progress = ApplyProgress(Printer(mode="plain", colour=False, masker=Masker()), total)
    for one in events:
        progress(one)
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err.splitlines()


@pytest.mark.parametrize(
    ("action", "doing", "did"),
    [
        ("create", "creating", "created"),
        ("update", "changing", "changed"),
        ("delete", "destroying", "destroyed"),
        ("read", "reading", "read"),
        ("polish", "polish", "polish"),
    ],
)
def test_each_action_is_said_at_its_start_and_its_end(capsys: Capture, action: str, doing: str, did: str) -> None:
    begun, ended = event("apply_start", action=action), event("apply_complete", action=action, seconds=7)
    assert said(capsys, begun, ended) == [
        f"[ 0/12] {doing} aws_sqs_queue.a",
        f"[ 1/12] {did} aws_sqs_queue.a in 7 s",
    ]


def test_what_takes_long_is_said_every_half_minute(capsys: Capture) -> None:
    waiting = [event("apply_progress", seconds=seconds) for seconds in (0, 10, 20, 30, 40, 50, 60)]
    assert said(capsys, *waiting) == [
        "[ 0/12] still creating aws_sqs_queue.a (30 s)",
        "[ 0/12] still creating aws_sqs_queue.a (60 s)",
    ]


def test_a_failure_is_said_and_not_counted_as_done(capsys: Capture) -> None:
    failed, done = event("apply_errored", seconds=3), event("apply_complete", address="aws_sqs_queue.b")
    assert said(capsys, failed, done) == [
        "[ 0/12] failed: aws_sqs_queue.a after 3 s",
        "[ 1/12] created aws_sqs_queue.b in 0 s",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"type": "version"},
        {"type": "planned_change", "change": {}},
        {"type": "refresh_complete", "hook": {"resource": {"addr": "x"}}},
        {"type": "diagnostic", "hook": None},
    ],
)
def test_other_events_are_passed_over(capsys: Capture, other: dict[str, Any]) -> None:
    assert said(capsys, other) == []
