"""The result of `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report import findings
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.check import CheckResult
    from infragate.usecases.judge_configuration import JudgedCode

STYLES = {"allow": "good", "needs-approvals": "warn", "block": "bad"}


def document(result: CheckResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"stacks": [_stack(judged, caller) for judged in result.stacks]}


def _stack(judged: JudgedCode, caller: Caller) -> dict[str, Any]:
    verdict, evidence = judged.verdict, judged.evidence
    return {
        "environment": judged.environment,
        "directory": judged.directory,
        "verdict": {
            "decision": verdict.decision,
            "approvals_required": verdict.approvals_required,
            "reasons": list(verdict.reasons),
        },
        "findings": findings.document([*verdict.findings, *judged.warnings], caller),
        "waived": findings.document(judged.waived, caller),
        "evidence": {
            "check": evidence.check,
            "tool": evidence.tool,
            "version": evidence.version,
            "input_digest": evidence.input_digest,
            "scanned": evidence.scanned,
            "duration_seconds": round(evidence.duration_seconds, 3),
        },
    }


def show(result: CheckResult, printer: Printer) -> None:
    """Each complaint with its place and fix, then a line for each Stack."""
    for judged in result.stacks:
        complaints = (*judged.verdict.findings, *judged.warnings)
        for finding in complaints:
            state = "warning" if not finding.fails else "needs approvals" if finding.approvals else "blocks"
            findings.judged(finding, state, printer)
            printer.mark(finding)
        for finding in judged.waived:
            printer.line(f"waived: {finding.where}: {finding.message} ({finding.id})", "dim")
    rows = [
        (
            judged.directory,
            judged.verdict.decision,
            f"{judged.evidence.scanned} files",
            f"{len(judged.verdict.findings)} refused, {len(judged.warnings)} warnings, {len(judged.waived)} waived",
        )
        for judged in result.stacks
    ]
    printer.table(("stack", "", "read", "found"), rows, [STYLES[judged.verdict.decision] for judged in result.stacks])
    if result.findings:
        printer.next("docs/code-rules.md explains each rule; runbooks/policy-exception.md how to get an exception")
