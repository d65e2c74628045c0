"""The result of `atlantis-policy-check`: one text, for the one policy set.

Atlantis calls it failed if it begins with FAIL, or has a number of failures other than 0 anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, advice
from infragate.domain.front_doors.atlantis_files import POLICY_SET
from infragate.report.comment_printer import headline
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.atlantis.policy_check import PolicyCheckResult

PASSED, FAILED = "PASS - 0 failures", "FAIL - 1 failure"
_APPLY = "approve_policies clears this check only: `atlantis apply` judges again, and counts the approvals on GitHub"


def document(result: PolicyCheckResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    del caller  # no command is in it
    return {
        "policy_set": POLICY_SET,
        "passed": result.refusal is None,
        "decision": result.verdict and result.verdict.decision,
        "approvals_required": result.verdict and result.verdict.approvals_required,
        "refusal": result.refusal and result.refusal.message,
    }


def show(result: PolicyCheckResult, printer: Printer) -> None:
    """The line that Atlantis reads, the Verdict, and why it is not enough."""
    refusal = result.refusal
    headline(printer, FAILED if refusal else PASSED)
    subject = result.environment or POLICY_SET
    printer.line(f"{subject}: {result.verdict.decision if result.verdict else 'no Verdict'}")
    if refusal is None:
        return
    printer.line(refusal.message)
    if refusal.where:
        printer.line(f"where: {refusal.where}")
    if refusal.fix:
        printer.line(advice("next: ", refusal.fix))
    printer.line(_APPLY)
