"""Findings, in the same form in every document and on every screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from infragate.domain import exit_codes
from infragate.domain.command import Caller, advice
from infragate.domain.errors import BadInput
from infragate.domain.finding import Finding
from infragate.domain.shortening import cut
from infragate.report import complaints
from infragate.report.printer import Printer


def document(findings: Iterable[Finding], caller: Caller) -> list[dict[str, Any]]:
    """The `findings` of a JSON document."""
    plain = ("id", "source", "address", "file", "line", "message", "link")
    return [
        {
            **{name: getattr(finding, name) for name in plain},
            "severity": finding.severity.name.lower(),
            "fix": caller.spell(finding.fix) if finding.fix else None,
            "snippet": finding.snippet,
            "inputs": [
                {"name": value.name, "file": value.file, "line": value.line, "value": value.value}
                for value in finding.inputs
            ],
        }
        for finding in findings
    ]


def show(findings: Iterable[Finding], printer: Printer) -> None:
    """Print each Finding with its place and fix: refused, to do (an input that must be written first) or warning."""
    for finding in findings:
        code = exit_codes.of_finding(finding)
        _entry(finding, {0: "warning", BadInput.exit_code: "to do"}.get(code, "refused"), finding.message, printer)


def judged(finding: Finding, state: str, printer: Printer, *, also: Sequence[Finding] = ()) -> None:
    """Print a Finding of the gate with its severity, id and engines, after what it means for the Verdict.

    Args:
        also: the same complaint about other resources; only their places are printed.
    """
    words = {"blocks": "refused", "needs approvals": f"needs {finding.approvals} approvals"}
    engines = ", ".join(dict.fromkeys([finding.source, *finding.engines]))
    severity = finding.severity.name.lower()
    message = f"{finding.message} [{finding.id}, {severity}, {engines}]"
    _entry(finding, words.get(state, state), message, printer, also=also)


def _entry(finding: Finding, word: str, message: str, printer: Printer, *, also: Sequence[Finding] = ()) -> None:
    printer.line(f"{word}: {message}", "bad" if word in ("refused", "not run") else "warn")
    for placed in (finding, *also):
        about = f" ({placed.address})" if placed.file and placed.address else ""
        printer.line(f"  where: {placed.where}{about}")
    if finding.fix or finding.link:
        printer.line(advice("  fix: ", finding.fix or f"see {finding.link}"))


def warn(findings: Sequence[Finding], printer: Printer) -> None:
    """Print another program's warnings: the first ten, each with its place and snippet, and the number of the others."""
    for finding in findings[: complaints.SHOWN]:
        message = cut(finding.message, complaints.WIDTH)
        subject = f"{finding.address}: " if finding.address else ""
        printer.warning(f"{finding.source}: {subject}{message} ({finding.where})", finding=finding)
    if len(findings) > complaints.SHOWN:
        printer.warning(f"{len(findings) - complaints.SHOWN} more warnings: --json has all of them")
