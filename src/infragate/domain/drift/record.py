"""What is remembered of a Stack's drift: what each channel told last, who is telling now, and the last runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from infragate.domain.drift.report import StackDrift, Status

DriftLevel = Literal["warning", "critical"]
SETTLED = ""  # the fingerprint of a Stack without drift
UNKNOWN = "unknown"  # in place of a fingerprint: a run began to write, and nobody knows how far it came
KEPT = 60  # runs
SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The run that tells; other runs tell nothing until its claim ends.

    Attributes:
        change: names what is told; a run that takes over uses the same name.
    """

    run: str
    at: datetime
    change: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A message that was begun; while this stands, nobody knows whether it was posted."""

    change: str
    at: datetime
    level: DriftLevel
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMemory:
    """What Slack was told last: for which fingerprint, how loud, and the message that replies go to."""

    fingerprint: str = SETTLED
    level: DriftLevel = "warning"
    channel: str = ""
    thread: str = ""
    attempt: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueMemory:
    """What the issue says: for which fingerprint; its number, if there ever was one."""

    fingerprint: str = SETTLED
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRun:
    """One run, as the history keeps it; `causes` counts the items that count by their cause."""

    run: str
    at: datetime
    status: Status
    fingerprint: str | None
    causes: Mapping[str, int]
    commit: str | None
    duration_seconds: float

    def document(self) -> dict[str, Any]:
        """The run in a JSON document."""
        document: dict[str, Any] = _plain(asdict(self))
        return document


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRecord:
    """The record of one Environment's Stack.

    Attributes:
        seen: when the run that told last began to look.
    """

    environment: str
    seen: datetime | None = None
    slack: SlackMemory = field(default_factory=SlackMemory)
    issue: IssueMemory = field(default_factory=IssueMemory)
    claim: Claim | None = None
    history: tuple[DriftRun, ...] = ()

    def document(self) -> dict[str, Any]:
        """As it is stored."""
        return {"schema_version": SCHEMA_VERSION, **_plain(asdict(self))}


def read(document: Mapping[str, Any]) -> DriftRecord:
    """The record in a document.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it is none.
    """
    if document["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"version {document['schema_version']} of the record")
    slack, claim = document["slack"], document["claim"]
    attempt = slack["attempt"]
    return DriftRecord(
        environment=document["environment"],
        seen=document["seen"] and datetime.fromisoformat(document["seen"]),
        slack=SlackMemory(**{**slack, "attempt": attempt and Attempt(**_timed(attempt))}),
        issue=IssueMemory(**document["issue"]),
        claim=claim and Claim(**_timed(claim)),
        history=tuple(DriftRun(**_timed(entry)) for entry in document["history"]),
    )


def of_run(drift: StackDrift, *, run: str, at: datetime) -> DriftRun:
    """What the history keeps of a run."""
    causes: dict[str, int] = {}
    for item in drift.counted:
        causes[item.cause] = causes.get(item.cause, 0) + 1
    return DriftRun(
        run=run,
        at=at,
        status=drift.status,
        fingerprint=drift.fingerprint,
        causes=causes,
        commit=drift.commit,
        duration_seconds=round(drift.duration_seconds, 1),
    )


def _timed(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, "at": datetime.fromisoformat(entry["at"])}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
