from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from infragate.domain.errors import InfragateError
from infragate.domain.redaction import Masker
from infragate.report.apply_progress import ApplyProgress
from infragate.report.printer import Printer

LONG = 'module.a_rather_long_name["of an instance"].module.inner.aws_cloudwatch_metric_alarm.its_own_long_name["key"]'
CURSOR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
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


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


Begin = Callable[[], Terminal]


@pytest.fixture(params=["80", "160"])
def begin(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Begin:
    """Makes both streams a person's terminal: to be called in the test, as pytest sets the streams before it."""

    def begin_() -> Terminal:
        monkeypatch.setenv("COLUMNS", request.param)
        monkeypatch.setenv("TERM", "xterm-256color")
        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setattr(sys, "stdout", Terminal())
        return screen

    return begin_


def person() -> Printer:
    return Printer(mode="person", colour=True, masker=Masker(("hunter2-secret",)))


def test_on_a_terminal_what_runs_is_a_row_with_its_time_and_leaves_when_it_ends(begin: Begin) -> None:
    begin()
    printer = person()
    progress = ApplyProgress(printer, 2)
    progress(event("apply_start"))
    progress(event("apply_start", address="aws_sqs_queue.b"))
    region = progress.region
    assert region is not None
    assert [task.description for task in region.tasks[1:]] == ["creating aws_sqs_queue.a", "creating aws_sqs_queue.b"]
    progress(event("apply_complete"))
    assert [task.description for task in region.tasks] == ["applying", "creating aws_sqs_queue.b"]
    assert (region.tasks[0].completed, region.tasks[0].total) == (1, 2)
    printer.end_live_region()


def test_on_a_terminal_each_end_is_one_whole_line_above_the_region(begin: Begin) -> None:
    screen, printer = begin(), person()
    progress = ApplyProgress(printer, 2)
    progress(event("apply_start", address=LONG))
    progress(event("apply_complete", address=LONG, seconds=4))
    printer.end_live_region()
    assert f"[1/2] created {LONG} in 4 s\n" in CURSOR.sub("", screen.getvalue())


def test_the_region_goes_when_all_is_done(begin: Begin) -> None:
    begin()
    progress = ApplyProgress(person(), 1)
    region = progress.region
    progress(event("apply_start"))
    progress(event("apply_complete"))
    assert region is not None
    assert region.finished
    assert not region.live.is_started


@pytest.mark.parametrize("ending", [lambda printer: printer.line("x"), lambda printer: printer.table(("a",), [("b",)])])
def test_the_result_ends_the_region(begin: Begin, ending: Any) -> None:
    begin()
    printer = person()
    region = ApplyProgress(printer, 3).region
    ending(printer)
    assert region is not None
    assert not region.live.is_started


def test_a_secret_in_an_address_is_masked_in_the_region(begin: Begin) -> None:
    screen, printer = begin(), person()
    progress = ApplyProgress(printer, 3)
    progress(event("apply_start", address='x.y["hunter2-secret"]'))
    printer.end_live_region()
    assert "hunter2" not in screen.getvalue()


def test_a_log_has_no_region(capsys: Capture) -> None:
    assert ApplyProgress(Printer(mode="plain", colour=True, masker=Masker()), 1).region is None


def test_what_is_read_is_not_counted(capsys: Capture) -> None:
    assert said(capsys, event("apply_complete", action="read", seconds=7)) == ["[ 0/12] read aws_sqs_queue.a in 7 s"]


def test_nothing_to_do_has_no_region(begin: Begin) -> None:
    begin()
    assert ApplyProgress(person(), 0).region is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # of rich's refreshing thread
def test_a_terminal_that_goes_away_ends_the_region_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    window, program = os.openpty()
    with os.fdopen(program, "w") as screen:
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setattr(sys, "stderr", screen)
        printer = person()
        progress = ApplyProgress(printer, 2)
        assert progress.region is not None
        os.close(window)
        progress(event("apply_start"))
        progress(event("apply_complete"))
        printer.error(InfragateError("it broke"))
        assert not progress.region.live.is_started
