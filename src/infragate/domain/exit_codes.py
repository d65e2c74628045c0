"""The one place that maps results to exit codes (docs/exit-codes.md). An error brings the code of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from infragate.domain.drift.report import StackDrift
from infragate.domain.errors import BadInput, Blocked, InfragateError, Integrity, Locked, RemoteFailed, ToolFailed
from infragate.domain.finding import Finding
from infragate.domain.verdict import Verdict

CHANGES = 2  # only with --detailed-exitcode

# Of several Stacks that could not be looked at: what must be looked into first.
_WORST = (Integrity.exit_code, Blocked.exit_code, RemoteFailed.exit_code, ToolFailed.exit_code, BadInput.exit_code)

# Findings that do not end with 8, by id or by source.
_KIND: Mapping[str, type[InfragateError]] = {
    "input-gone": BadInput,
    "input-required": BadInput,
    "output-gone": BadInput,
    "module-lock/unpinned": BadInput,
    "code/unreadable": BadInput,
    "module-lock": Integrity,
    "manifest": Integrity,
    "doctor": ToolFailed,
    "engine": ToolFailed,
    "tags/unchecked": ToolFailed,
    "plan/no-configuration": BadInput,
    "plan/no-changes": BadInput,
    "plan/no-values": BadInput,
    "plan/unjudged": BadInput,
}


def of_finding(finding: Finding) -> int:
    """The exit code of a run with this Finding only."""
    return _kind(finding).exit_code if finding.fails else 0


def _kind(finding: Finding) -> type[InfragateError]:
    return _KIND.get(finding.id) or _KIND.get(finding.source) or Blocked


def of_verdict(verdict: Verdict) -> int:
    """0 if it allows, else the highest code of its Findings; missing Evidence counts as 4."""
    if verdict.allows:
        return 0
    codes = {_kind(finding).exit_code for finding in verdict.findings}
    without_evidence = len(verdict.reasons) > len(verdict.findings)
    return max(codes | {ToolFailed.exit_code} if without_evidence else codes)


def of_drift(stacks: Sequence[StackDrift], *, detailed: bool) -> int:
    """The code of the worst error, else that of a Stack that was skipped; with `detailed` CHANGES if there is drift."""
    codes = {stack.error.exit_code for stack in stacks if stack.error}
    if codes:
        return next((code for code in _WORST if code in codes), max(codes))
    if any(stack.status == "skipped" for stack in stacks):
        return Locked.exit_code
    return CHANGES if detailed and any(stack.status == "drift" for stack in stacks) else 0


def error(findings: Sequence[Finding]) -> InfragateError:
    """The error for a run that cannot go on: the first Finding and the number of others."""
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return _kind(first)(first.message + more, where=first.where, fix=first.fix)
