"""Who tells what: once for each change of the fingerprint, whatever runs do at the same time and wherever they are killed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.unit.drift_values import item, stack
from tests.unit.examples import examples

from infragate.domain.drift import record as records
from infragate.domain.drift import telling
from infragate.domain.drift.record import KEPT, SETTLED, Attempt, Claim, DriftRecord, IssueMemory, SlackMemory
from infragate.domain.drift.report import StackDrift
from infragate.domain.errors import BadInput
from infragate.domain.finding import Severity

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CLEAN = stack(status="clean")
FIRST, SECOND = stack(item(address="a")), stack(item(address="b", severity=Severity.HIGH))
NEW = DriftRecord(environment="dev")


def told(drift: StackDrift) -> DriftRecord:
    """The record after a drift was told everywhere."""
    mark = telling.current(drift) or SETTLED
    return replace(
        NEW,
        slack=SlackMemory(fingerprint=mark, channel="C1", thread="1.0"),
        issue=IssueMemory(fingerprint=mark, number=3),
    )


@pytest.mark.parametrize(
    ("record", "drift", "step"),
    [
        (NEW, CLEAN, "silent"),
        (NEW, FIRST, "open"),
        (told(FIRST), FIRST, "silent"),
        (told(FIRST), SECOND, "update"),
        (told(FIRST), CLEAN, "settle"),
        (told(CLEAN), FIRST, "open"),
        (told(FIRST), stack(status="skipped", reason="locked"), "silent"),
        (told(FIRST), stack(status="error", error=BadInput("x")), "silent"),
        (NEW, stack(status="error", error=BadInput("x")), "silent"),
    ],
)
def test_what_changed_is_told_and_nothing_else(record: DriftRecord, drift: StackDrift, step: str) -> None:
    steps = telling.steps(record, drift)
    assert (steps.slack, steps.issue) == (step, step)


def test_what_failed_in_one_channel_is_told_there_only() -> None:
    record = replace(told(FIRST), slack=SlackMemory())
    assert telling.steps(record, FIRST) == telling.TellingSteps(slack="open", issue="silent")


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.LOW, "warning"),
        (Severity.MEDIUM, "warning"),
        (Severity.HIGH, "critical"),
        (Severity.CRITICAL, "critical"),
    ],
)
def test_the_worst_item_decides_how_loud_it_is(severity: Severity, level: str) -> None:
    assert telling.level(stack(item(severity=Severity.LOW), item(severity=severity))) == level


def test_a_waived_item_is_not_loud() -> None:
    assert telling.level(stack(item(), item(severity=Severity.CRITICAL, waived_by="kim"))) == "warning"


def test_the_worst_stack_is_told_first() -> None:
    worse = replace(SECOND, environment="prod")
    assert telling.worst_first([CLEAN, FIRST, worse]) == [worse, FIRST, CLEAN]


def claimed(record: DriftRecord, drift: StackDrift = FIRST, *, run: str = "one", at: datetime = NOW) -> DriftRecord:
    taken = telling.claimed(record, drift, run=run, at=at, seen=NOW, with_issue=True)
    assert taken is not None
    return taken


def test_a_claim_keeps_others_out_until_it_ends() -> None:
    record = claimed(NEW)
    assert telling.claimed(record, FIRST, run="two", at=NOW + 9 * MINUTE, seen=NOW, with_issue=True) is None
    assert claimed(record, run="two", at=NOW + 10 * MINUTE).claim != record.claim


def test_a_run_that_looked_earlier_than_what_was_told_tells_nothing() -> None:
    free = replace(claimed(NEW), claim=None)
    earlier, same = (
        partial(telling.claimed, run="two", at=NOW, seen=seen, with_issue=True) for seen in (NOW - MINUTE, NOW)
    )
    assert earlier(free, CLEAN) is None
    assert same(free, CLEAN) is not None


def test_who_takes_over_goes_on_under_the_same_name() -> None:
    record = claimed(NEW)
    later = claimed(record, run="two", at=NOW + 10 * MINUTE)
    assert record.claim
    assert later.claim
    assert later.claim.change == record.claim.change
    other = claimed(record, SECOND, run="two", at=NOW + 10 * MINUTE)
    assert other.claim
    assert other.claim.change != record.claim.change


def test_a_claim_that_is_repeated_does_not_last_longer() -> None:
    record = claimed(NEW)
    assert claimed(record, at=NOW + 5 * MINUTE) == record


def test_a_run_that_lost_its_claim_changes_nothing() -> None:
    record = claimed(NEW, run="two")
    changes: list[Callable[[], DriftRecord | None]] = [
        lambda: telling.attempted(record, run="one", louder="warning", at=NOW),
        lambda: telling.slack_told(record, run="one", channel="C", thread="1"),
        lambda: telling.slack_failed(record, run="one"),
        lambda: telling.issue_told(record, run="one", number=3),
        lambda: telling.released(record, run="one"),
    ]
    assert [change() for change in changes] == [None] * 5


def test_nothing_is_begun_shortly_before_the_claim_ends() -> None:
    record = claimed(NEW)
    assert telling.attempted(record, run="one", louder="warning", at=NOW + 5 * MINUTE) is not None
    assert telling.attempted(record, run="one", louder="warning", at=NOW + 6 * MINUTE) is None


def test_an_issue_that_a_killed_run_may_have_opened_is_closed_when_the_drift_is_gone() -> None:
    assert telling.steps(claimed(NEW), CLEAN).issue == "settle"


def test_a_run_without_github_leaves_the_issue_alone() -> None:
    record = telling.claimed(NEW, FIRST, run="one", at=NOW, seen=NOW, with_issue=False)
    assert record is not None
    assert record.issue == NEW.issue


def test_the_history_keeps_the_last_runs_and_each_once() -> None:
    record = NEW
    for number in range(KEPT + 5):
        entry = records.of_run(FIRST, run=f"r{number}", at=NOW + number * MINUTE)
        record = telling.looked(telling.looked(record, entry), entry)
    assert [entry.run for entry in record.history] == [f"r{number}" for number in range(5, KEPT + 5)]


def test_the_history_counts_by_cause() -> None:
    drift = stack(item(), item(address="b"), item(address="c", cause="unowned"), item(address="d", cause="noise"))
    entry = records.of_run(drift, run="r", at=NOW)
    assert entry.causes == {"out-of-band": 2, "unowned": 1}


def test_a_record_is_the_same_after_it_was_stored() -> None:
    attempt = Attempt(change="c", at=NOW, level="critical", fingerprint="f")
    record = telling.looked(
        replace(
            told(FIRST),
            seen=NOW,
            claim=Claim(run="r", at=NOW, change="c", fingerprint="f"),
            slack=SlackMemory(fingerprint="f", level="critical", channel="C1", thread="1.0", attempt=attempt),
        ),
        records.of_run(FIRST, run="r", at=NOW),
    )
    for kept in (record, NEW):
        assert records.read(json.loads(json.dumps(kept.document()))) == kept


@pytest.mark.parametrize("document", [{}, {"schema_version": 2}, {"schema_version": 1, "slack": None}, [], "x"])
def test_something_else_is_no_record(document: object) -> None:
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        records.read(document)  # type: ignore[arg-type]


@dataclass
class Run:
    """A run that has seen a drift; its steps are taken one by one."""

    name: str
    drift: StackDrift
    seen: datetime
    steps: Iterator[None]
    began: datetime | None = None  # a request that is on its way
    ended: bool = False


@dataclass
class Issue:
    number: int
    open: bool = True


@dataclass
class Posted:
    change: str
    fingerprint: str


@dataclass
class Outside:
    """The bucket, GitHub and Slack."""

    record: DriftRecord = NEW
    issues: list[Issue] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)


class Telling(RuleBasedStateMachine):
    """Runs at any moment, killed anywhere, answers that get lost; a request takes four minutes at most."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.drift = NOW, CLEAN
        self.outside, self.runs = Outside(), list[Run]()
        self.names = itertools.count()
        self.loses, self.has_threads = False, True

    @initialize(has_threads=st.booleans())
    def choose(self, has_threads: bool) -> None:
        """A bot looks for what it posted; a webhook cannot."""
        self.has_threads = has_threads

    @rule(drift=st.sampled_from([CLEAN, FIRST, SECOND, stack(status="skipped", reason="locked")]))
    def change(self, drift: StackDrift) -> None:
        self.drift = drift

    @rule()
    def start(self) -> None:
        if len(self.runs) < 4:
            run = Run(f"run-{next(self.names)}", self.drift, self.now, iter(()))
            run.steps = self._tell(run)
            self.runs.append(run)

    @rule(which=st.integers(0, 3), many=st.integers(1, 12))
    def go_on(self, which: int, many: int) -> None:
        for _ in range(many):
            if self.runs:
                self._step(self.runs[which % len(self.runs)])

    @rule(which=st.integers(0, 3))
    def kill(self, which: int) -> None:
        if self.runs:
            self.runs.pop(which % len(self.runs))

    @rule(minutes=st.integers(1, 11))
    def wait(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule(loses=st.booleans())
    def lose_answers(self, loses: bool) -> None:
        self.loses = loses

    @invariant()
    def one_open_issue(self) -> None:
        assert sum(issue.open for issue in self.outside.issues) <= 1

    @invariant()
    def each_change_is_told_once(self) -> None:
        marks = [posted.fingerprint for posted in self.outside.posted]
        assert all(first != second for first, second in itertools.pairwise(marks))

    def teardown(self) -> None:
        """A last run brings everything up to date."""
        self.runs, self.loses = [], False
        self.now += 11 * MINUTE
        self.drift = self.drift if telling.current(self.drift) is not None else FIRST
        for _ in range(2):
            last = Run(f"run-{next(self.names)}", self.drift, self.now, iter(()))
            last.steps = self._tell(last)
            self.runs = [last]
            while self.runs:
                self._step(last)
        self.one_open_issue()
        self.each_change_is_told_once()
        mark = telling.current(self.drift)
        assert any(issue.open for issue in self.outside.issues) == (mark != SETTLED)
        if self.has_threads:
            assert (self.outside.posted[-1].fingerprint if self.outside.posted else SETTLED) == mark

    def _step(self, run: Run) -> None:
        slow = run.began is not None and self.now - run.began >= 4 * MINUTE
        run.began = None
        if slow or next(run.steps, run) is run:  # given up, or at its end
            self.runs.remove(run)

    def _changed(self, step: Callable[[DriftRecord], DriftRecord | None]) -> DriftRecord | None:
        wanted = step(self.outside.record)
        self.outside.record = wanted or self.outside.record
        return wanted

    def _tell(self, run: Run) -> Iterator[None]:
        """As usecases/drift/telling.py, with a pause wherever another run may come in between."""
        entry = records.of_run(run.drift, run=run.name, at=self.now)
        record = self._changed(lambda present: telling.looked(present, entry))
        yield
        steps = telling.steps(record or NEW, run.drift)
        waits = record and record.slack.attempt
        if telling.current(run.drift) is None or ({steps.slack, steps.issue} == {"silent"} and not waits):
            return
        claim = partial(telling.claimed, run=run.name, at=self.now, seen=run.seen, with_issue=True)
        record = self._changed(lambda present: claim(present, run.drift))
        yield
        if record is not None:
            yield from self._issue(run, record)
            yield from self._slack(run)
            self._changed(lambda present: telling.released(present, run=run.name))

    def _issue(self, run: Run, record: DriftRecord) -> Iterator[None]:
        step = telling.steps(record, run.drift).issue
        if step == "silent" or not telling.may_begin(record, run.name, self.now):
            return
        run.began = self.now
        yield
        if not self.outside.issues and step != "settle":
            self.outside.issues.append(Issue(number=1 + len(self.outside.issues)))
            run.began = self.now
            yield
        for number, issue in enumerate(self.outside.issues):
            issue.open = number == 0 and step != "settle"
        yield
        self._changed(lambda present: telling.issue_told(present, run=run.name, number=1))
        yield

    def _slack(self, run: Run) -> Iterator[None]:
        attempt = self.outside.record.slack.attempt
        if attempt is not None:
            known = any(posted.change == attempt.change for posted in self.outside.posted)
            if not known and not self.has_threads:  # counted as posted: nobody can look
                self.outside.posted.append(Posted(attempt.change, attempt.fingerprint))
            self._changed(self._kept(run) if known or not self.has_threads else self._failed(run))
            yield
        step = telling.steps(self.outside.record, run.drift).slack
        if step == "silent":
            return
        record = self._changed(lambda now: telling.attempted(now, run=run.name, louder="warning", at=self.now))
        if record is None or record.claim is None:
            return
        run.began = self.now
        yield
        self.outside.posted.append(Posted(record.claim.change, record.claim.fingerprint))
        if self.loses and self.has_threads:
            return  # unsure: the attempt stays for the next run
        yield
        self._changed(self._kept(run))

    def _kept(self, run: Run) -> Callable[[DriftRecord], DriftRecord | None]:
        return lambda present: telling.slack_told(present, run=run.name, channel="C", thread="1")

    def _failed(self, run: Run) -> Callable[[DriftRecord], DriftRecord | None]:
        return lambda present: telling.slack_failed(present, run=run.name)


TestTelling = Telling.TestCase
TestTelling.settings = settings(examples(300), stateful_step_count=60)
