"""The one place that maps results to exit codes (docs/exit-codes.md). An error brings the code of its class."""

from __future__ import annotations

from collections.abc import Mapping

from infragate.domain.errors import BadInput, Blocked, InfragateError, Integrity, ToolFailed
from infragate.domain.verdict import Verdict

CHANGES = 2  # only with --detailed-exitcode

# Complaints that are more than a person's decision, by id or by source.
_KIND: Mapping[str, type[InfragateError]] = {
    "input-gone": BadInput,
    "input-required": BadInput,
    "output-gone": BadInput,
    "module-lock/unpinned": BadInput,
    "module-lock": Integrity,
    "manifest": Integrity,
    "doctor": ToolFailed,
}


def of_verdict(verdict: Verdict) -> int:
    """0 when it allows, else the highest of its Findings; 8 for a missing approval or missing Evidence."""
    if verdict.allows:
        return 0
    codes = {(_KIND.get(it.id) or _KIND.get(it.source) or Blocked).exit_code for it in verdict.findings}
    without_evidence = len(verdict.reasons) > len(verdict.findings)
    return max(codes | {Blocked.exit_code} if without_evidence else codes)
