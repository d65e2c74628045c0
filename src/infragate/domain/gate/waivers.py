"""`policy/waivers.yaml`: the register of exceptions, for Findings of every engine, and what is wrong with its entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infragate.domain.finding import Finding, Severity, Waiver

FILE = "policy/waivers.yaml"
SOURCE = "waiver"
PAGE = "docs/policy-exceptions.md"
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The Waivers of a project, in file order.

    Attributes:
        file: where they are written, for messages.
        lines: the line of each Waiver in it.
    """

    file: str
    waivers: tuple[Waiver, ...] = ()
    lines: tuple[int, ...] = ()

    def complaints(
        self, findings: Collection[Finding], *, environment: str | None, today: date, ids_run: Collection[str] | None
    ) -> tuple[Finding, ...]:
        """A Finding for each Waiver of this Environment that is over, lasts too long, or covers nothing.

        Args:
            findings: all of this run, without Waivers.
            ids_run: prefixes of the ids that this run can report; an unused Waiver of another check says nothing. None
                for all.
        """
        return tuple(
            complaint
            for waiver, line in zip(self.waivers, self.lines, strict=True)
            if waiver.environment in (None, environment)
            for complaint in _of(waiver, findings, file=self.file, line=line, environment=environment, today=today)
            if complaint.id != _id("unused") or ids_run is None or _is_of(waiver.id, ids_run)
        )


def register(document: Mapping[str, Any], *, file: str, lines: Collection[int]) -> Register:
    """The register of a document that matches `schemas/waivers.schema.json`."""
    return Register(
        file=file, waivers=tuple(_waiver(entry) for entry in document.get("waivers") or ()), lines=tuple(lines)
    )


def first(waivers: Collection[Waiver], finding: Finding, *, environment: str | None, today: date) -> Waiver | None:
    """The first Waiver that covers a Finding."""
    return next((waiver for waiver in waivers if waiver.covers(finding, environment=environment, today=today)), None)


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        id=entry["id"],
        address=entry.get("address", "*"),
        file=entry.get("file", "*"),
        environment=entry.get("environment"),
        owner=entry["owner"],
        reason=entry["reason"],
        link=entry["link"],
        expires=date.fromisoformat(str(entry["expires"])),
    )


def _of(
    waiver: Waiver, findings: Collection[Finding], *, file: str, line: int, environment: str | None, today: date
) -> Iterator[Finding]:
    covered = [finding for finding in findings if waiver.covers(finding, environment=environment, today=waiver.expires)]
    if waiver.expires < today:
        if covered:
            ended = f"the waiver of {waiver.id} ended on {waiver.expires} and does not count (owner: {waiver.owner})"
            yield _complaint("expired", ended, waiver, file, line, "correct the code, or ask its owner for a new end")
        else:
            over = f"the waiver of {waiver.id} ended on {waiver.expires}, and nothing needs it any more"
            yield _complaint("unused", over, waiver, file, line, "remove the entry", Severity.LOW)
        return
    if waiver.expires - today > LONGEST:
        days = (waiver.expires - today).days
        message = f"the waiver of {waiver.id} lasts {days} more days; {LONGEST.days} are allowed, so it does not count"
        yield _complaint("too-long", message, waiver, file, line, f"shorten it; it can be renewed ({PAGE})")
    elif not covered:
        message = f"the waiver of {waiver.id} for {_subject(waiver)} covers nothing"
        yield _complaint("unused", message, waiver, file, line, "remove the entry", Severity.LOW)


def counting(waivers: Collection[Waiver], *, today: date) -> tuple[Waiver, ...]:
    """The Waivers that count today: neither over nor longer than allowed."""
    return tuple(waiver for waiver in waivers if today <= waiver.expires <= today + LONGEST)


def _complaint(
    kind: str, message: str, waiver: Waiver, file: str, line: int, fix: str, severity: Severity = Severity.MEDIUM
) -> Finding:
    return Finding(
        id=_id(kind),
        source=SOURCE,
        message=message,
        severity=severity,
        address=None if waiver.address == "*" else waiver.address,
        file=file,
        line=line,
        link=waiver.link,
        fix=fix,
    )


def _id(kind: str) -> str:
    return f"{SOURCE}/{kind}"


def _subject(waiver: Waiver) -> str:
    return waiver.address if waiver.address != "*" else waiver.file


def _is_of(name: str, prefixes: Collection[str]) -> bool:
    return any(name.startswith(prefix) for prefix in prefixes)
