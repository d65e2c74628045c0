"""Finding: one complaint of any check. Waiver: an exception to it. Evidence: the record that a check ran."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Literal

from infragate.domain.command import Advice


class Severity(IntEnum):
    """How bad a Finding is; HIGH and CRITICAL fail the run."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


OF_STATUS = {"warn": Severity.MEDIUM, "fail": Severity.HIGH}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputValue:
    """Where a variable gets its value.

    Attributes:
        line: None if it has no value there yet.
        value: as written; None if it is secret or missing.
    """

    name: str
    file: str
    line: int | None = None
    value: str | None = None

    def __str__(self) -> str:
        shown = self.name if self.value is None else f"{self.name} = {self.value}"
        return f"{shown} ({self.file}:{self.line})" if self.line else f"{shown} ({self.file})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong.

    Attributes:
        id: what kind of complaint; unique among all sources (`input-gone`, `module-lock/moved`, `AVD-AWS-0107`).
        source: the check or engine that complains (`module-lock`, `smoke`, `trivy`).
        address: the subject: a resource's address, a module and its input, a service.
        link: a page or runbook.
        fix: what to do about it.
        approvals: number of approvals that allow it; 0 if no number does.
        engines: the other engines with the same complaint.
        snippet: lines of the file with a mark below the place.
        inputs: the variables that the place depends on, and where they get their values.
    """

    id: str
    source: str
    message: str
    severity: Severity = Severity.HIGH
    address: str | None = None
    file: str | None = None
    line: int | None = None
    link: str | None = None
    fix: Advice | None = None
    approvals: int = 0
    snippet: str | None = None
    inputs: tuple[InputValue, ...] = ()
    engines: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """False for a warning."""
        return self.severity >= Severity.HIGH

    @property
    def where(self) -> str:
        """file:line, else the address, else the source."""
        if self.file:
            return f"{self.file}:{self.line}" if self.line else self.file
        return self.address or self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An exception: Findings with this id, address and file do not count until a date.

    Attributes:
        id: the Finding's; also: ids of other engines for the same complaint.
        address, file: patterns; `*` matches any text, every other character itself.
        environment: None for all.
        link: the page where it was agreed.
        expires: its last day.
    """

    id: str
    address: str
    environment: str | None
    owner: str
    reason: str
    link: str
    expires: date
    file: str = "*"
    also: frozenset[str] = frozenset()

    def covers(self, finding: Finding, *, environment: str | None, today: date) -> bool:
        """True if the Finding does not count today in this Environment."""
        return (
            (self.id == finding.id or finding.id in self.also)
            and self.environment in (None, environment)
            and today <= self.expires
            and _matches(self.address, finding.address)
            and _matches(self.file, finding.file)
        )


def _matches(pattern: str, text: str | None) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text or "", re.DOTALL) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The record that a check ran.

    Attributes:
        input_digest: sha256 of its input.
        scanned: how many resources or files it looked at.
        result: `complete` if it ran to its end and its output was read, with or without Findings.
    """

    check: str
    tool: str
    version: str
    input_digest: str
    scanned: int
    duration_seconds: float
    result: Literal["complete", "incomplete"]


def of_check(
    source: str, name: str, status: str, message: str, *, address: str, fix: Advice | None = None
) -> Finding | None:
    """The Finding of one check of a source; None if its status is ok or skipped."""
    if status not in OF_STATUS:
        return None
    severity = OF_STATUS[status]
    return Finding(id=f"{source}/{name}", source=source, message=message, severity=severity, address=address, fix=fix)


def place(where: str) -> tuple[str, int | None]:
    """File and line of `file:line`; without a line the whole text is the file."""
    file, _, line = where.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (where, None)


def failing(findings: Iterable[Finding], *, blocks: Severity = Severity.HIGH) -> tuple[Finding, ...]:
    """Those that fail the run: of severity `blocks` and above."""
    return tuple(finding for finding in findings if finding.severity >= blocks)
