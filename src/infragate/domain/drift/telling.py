"""What to tell of a Stack's drift: from what each channel told last, and what is there now.

A channel remembers the fingerprint that it told last. That is enough to tell a change once, to say that it is settled,
and to try again what failed: until it has worked, the fingerprints differ. Every function is pure; one that changes a
record on behalf of a run returns None if that run may not go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from infragate.domain.drift.record import (
    KEPT,
    SETTLED,
    UNKNOWN,
    Attempt,
    Claim,
    DriftLevel,
    DriftRecord,
    DriftRun,
    IssueMemory,
    SlackMemory,
)
from infragate.domain.drift.report import StackDrift
from infragate.domain.finding import Severity

TellingStep = Literal["silent", "open", "update", "settle"]
CLAIM_ENDS = timedelta(minutes=10)  # then its run was killed, and another one takes over
LAST_MOMENT = timedelta(minutes=6)  # nothing is begun after it: what is begun ends before the claim does


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingSteps:
    """What each channel is to do."""

    slack: TellingStep
    issue: TellingStep


def steps(record: DriftRecord, drift: StackDrift) -> TellingSteps:
    """Nothing where the drift is unknown (skipped, error): that is neither drift nor the end of it."""
    now = current(drift)
    if now is None:
        return TellingSteps(slack="silent", issue="silent")
    return TellingSteps(slack=_step(record.slack.fingerprint, now), issue=_step(record.issue.fingerprint, now))


def current(drift: StackDrift) -> str | None:
    """The fingerprint to tell; None if it is unknown."""
    return SETTLED if drift.status == "clean" else drift.fingerprint


def level(drift: StackDrift) -> DriftLevel:
    """How loud: as its worst item."""
    return "critical" if any(item.severity >= Severity.HIGH for item in drift.counted) else "warning"


def worst_first(stacks: Sequence[StackDrift]) -> list[StackDrift]:
    """In the order in which they are told, as a run opens a few issues only."""
    return sorted(stacks, key=lambda stack: -max((item.severity for item in stack.counted), default=0))


def looked(record: DriftRecord, entry: DriftRun) -> DriftRecord:
    """With a run in its history, once."""
    others = [known for known in record.history if known.run != entry.run]
    return replace(record, history=(*others, entry)[-KEPT:])


def claimed(
    record: DriftRecord, drift: StackDrift, *, run: str, at: datetime, seen: datetime, with_issue: bool
) -> DriftRecord | None:
    """Claimed by a run; None while the claim of another one holds, or if one that looked later has told.

    Args:
        seen: when the run began to look.
        with_issue: the run can write issues. What its issue says is unknown from now on, until it has told it.
    """
    claim, now = record.claim, current(drift) or SETTLED
    if claim is not None and claim.run != run and at - claim.at < CLAIM_ENDS:
        return None
    seen = seen.replace(microsecond=0)  # as it is stored
    if record.seen is not None and seen < record.seen:
        return None
    is_same = claim is not None and claim.fingerprint == now
    change = claim.change if claim and is_same else f"{record.environment}-{at:%Y%m%dT%H%M%SZ}-{run[:8]}"
    started = claim.at if claim and claim.run == run else at
    is_due = with_issue and steps(record, drift).issue != "silent"
    return replace(
        record,
        seen=seen,
        claim=Claim(run=run, at=started, change=change, fingerprint=now),
        issue=replace(record.issue, fingerprint=UNKNOWN) if is_due else record.issue,
    )


def attempted(record: DriftRecord, *, run: str, louder: DriftLevel, at: datetime) -> DriftRecord | None:
    """About to post a message; None if the claim is lost, or ends too soon."""
    claim = _own(record, run)
    if claim is None or not may_begin(record, run, at):
        return None
    attempt = Attempt(change=claim.change, at=at, level=louder, fingerprint=claim.fingerprint)
    return replace(record, slack=replace(record.slack, attempt=attempt))


def may_begin(record: DriftRecord, run: str, at: datetime) -> bool:
    """True while the claim is this run's and lasts long enough for a request."""
    claim = _own(record, run)
    return claim is not None and at - claim.at < LAST_MOMENT


def slack_told(record: DriftRecord, *, run: str, channel: str, thread: str) -> DriftRecord | None:
    """The attempt was posted, or may have been and nobody can find out."""
    attempt = record.slack.attempt
    if _own(record, run) is None:
        return None
    if attempt is None:  # the answer of this write was lost
        return record
    told = SlackMemory(fingerprint=attempt.fingerprint, level=attempt.level, channel=channel, thread=thread)
    return replace(record, slack=told)


def slack_failed(record: DriftRecord, *, run: str) -> DriftRecord | None:
    """The attempt was not posted."""
    return None if _own(record, run) is None else replace(record, slack=replace(record.slack, attempt=None))


def issue_told(record: DriftRecord, *, run: str, number: int | None) -> DriftRecord | None:
    """The issue says what is there."""
    claim = _own(record, run)
    if claim is None:
        return None
    return replace(record, issue=IssueMemory(fingerprint=claim.fingerprint, number=number))


def released(record: DriftRecord, *, run: str) -> DriftRecord | None:
    """Nobody tells any more."""
    return None if _own(record, run) is None else replace(record, claim=None)


def _step(told: str, now: str) -> TellingStep:
    if told == now:
        return "silent"
    return "settle" if now == SETTLED else "open" if told == SETTLED else "update"


def _own(record: DriftRecord, run: str) -> Claim | None:
    return record.claim if record.claim is not None and record.claim.run == run else None
