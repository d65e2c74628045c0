"""`policy/waivers.yaml`: the register of exceptions, for Findings of every engine, and what is wrong with its entries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infragate.domain.finding import Finding, Severity, Waiver
from infragate.domain.gate import same_complaint

FILE = "policy/waivers.yaml"
SOURCE = "waiver"
PAGE = "docs/policy-exceptions.md"
LONGEST = timedelta(days=90)
_NOBODY = frozenset(
    "anybody anyone everybody everyone me none nobody owner somebody someone tbd team todo unknown".split()
)
# Parts of an address that many resources share.
_SHARED = frozenset({"data", "main", "module", "provider", "resource", "this"})
_KEY = re.compile(r"\[[^\]]*\]")


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
        """A Finding for each Waiver of this Environment that does not count or covers nothing.

        A Waiver for all Environments is never called unused: another one may need it.

        Args:
            findings: all of this run, without Waivers.
            ids_run: prefixes of the ids that this run can report, to leave out the Waivers of other checks; None for all.
        """
        return tuple(
            complaint
            for waiver, line in zip(self.waivers, self.lines, strict=True)
            if waiver.environment in (None, environment)
            and (ids_run is None or any(waiver.id.startswith(prefix) for prefix in ids_run))
            for complaint in _of(waiver, findings, file=self.file, line=line, environment=environment, today=today)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """Why a Waiver does not count."""

    kind: str
    message: str
    fix: str


def register(document: Mapping[str, Any], *, file: str, lines: Collection[int]) -> Register:
    """The register of a document that matches `schemas/waivers.schema.json`."""
    return Register(
        file=file, waivers=tuple(_waiver(entry) for entry in document.get("waivers") or ()), lines=tuple(lines)
    )


def canonical(name: str) -> str:
    """The id as Findings have it: without the `AVD-` that tfsec and older versions of trivy put before it."""
    return name.removeprefix("AVD-")


def counting(waivers: Collection[Waiver], *, today: date) -> tuple[Waiver, ...]:
    """The Waivers that count today."""
    return tuple(waiver for waiver in waivers if defect(waiver, today=today) is None)


def first(waivers: Collection[Waiver], finding: Finding, *, environment: str | None, today: date) -> Waiver | None:
    """The first Waiver that covers a Finding."""
    return next((waiver for waiver in waivers if waiver.covers(finding, environment=environment, today=today)), None)


def defect(waiver: Waiver, *, today: date) -> Defect | None:
    """Why a Waiver does not count today; None if it does."""
    days = (waiver.expires - today).days
    if days < 0:
        fix = "correct the code, or ask its owner for a new end"
        return Defect(kind="expired", message=f"ended on {waiver.expires} and does not count", fix=fix)
    if days > LONGEST.days:
        message = f"lasts {days} more days and does not count: {LONGEST.days} are allowed"
        return Defect(kind="too-long", message=message, fix=f"shorten it; it can be renewed ({PAGE})")
    if waiver.owner.removeprefix("@").casefold() in _NOBODY:
        message = f"does not count: {waiver.owner!r} is not an owner"
        return Defect(kind="ownerless", message=message, fix="name the person or team that answers for it")
    if is_broad(waiver):
        message = f"does not count: {subject(waiver)} covers too much"
        fix = f"name the resource, module or file in full ({PAGE}, 'What is too broad')"
        return Defect(kind="too-broad", message=message, fix=fix)
    return None


def is_broad(waiver: Waiver) -> bool:
    """True if neither pattern names something in full."""
    return _is_broad_address(waiver.address) and _is_broad_file(waiver.file)


def is_same(waiver: Waiver, other: Waiver) -> bool:
    """True if both are for the same complaints."""
    return all(getattr(waiver, part) == getattr(other, part) for part in ("id", "address", "file", "environment"))


def includes(broad: Waiver, narrow: Waiver) -> bool:
    """True if a Waiver covers all that another one covers: its patterns match the other's patterns."""
    complaint = Finding(id=narrow.id, source=SOURCE, message="", address=narrow.address, file=narrow.file)
    return broad.covers(complaint, environment=narrow.environment, today=broad.expires)


def subject(waiver: Waiver) -> str:
    """What a Waiver is for: its address, file, or both."""
    return " in ".join(pattern for pattern in (waiver.address, waiver.file) if pattern != "*") or "*"


def _is_broad_address(pattern: str) -> bool:
    """True without a whole type, name or module: `module.*`, `*.this`, `aws_*`."""
    if "*" not in pattern:
        return False
    if "/" in pattern:  # some Findings are about a file
        return _is_broad_file(pattern)
    parts = _KEY.sub("", pattern).split(".")
    return not any(_is_literal(part) and part not in _SHARED for part in parts)


def _is_broad_file(pattern: str) -> bool:
    """True without a whole name of a file and, beside a `*`, of a folder: `infra/*`, `*.tf`, `*/main.tf`."""
    *folders, name = pattern.split("/")
    return "*" in pattern and not (_is_literal(name) and any(map(_is_literal, folders)))


def _is_literal(part: str) -> bool:
    return bool(part) and "*" not in part


def _waiver(entry: Mapping[str, Any]) -> Waiver:
    return Waiver(
        id=canonical(entry["id"]),
        also=same_complaint.others(canonical(entry["id"])),
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
    is_used = any(waiver.covers(finding, environment=environment, today=waiver.expires) for finding in findings)
    problem = defect(waiver, today=today)
    if problem is None or (problem.kind == "expired" and not is_used):
        if is_used or (problem is None and waiver.environment is None):
            return
        covers = f"for {subject(waiver)} covers nothing"
        problem = Defect(kind="unused", message=covers, fix="remove the entry, or correct its address")
    yield Finding(
        id=f"{SOURCE}/{problem.kind}",
        source=SOURCE,
        message=f"the waiver of {waiver.id} {problem.message} (owner: {waiver.owner})",
        severity=Severity.LOW if problem.kind == "unused" else Severity.MEDIUM,
        address=None if waiver.address == "*" else waiver.address,
        file=file,
        line=line,
        link=waiver.link,
        fix=problem.fix,
    )
