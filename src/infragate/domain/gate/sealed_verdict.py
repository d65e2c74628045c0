"""SealedVerdict: what the gate leaves in a plan's Manifest; an apply requires that it still holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal

from infragate.domain.errors import Blocked, InfragateError, Integrity
from infragate.domain.verdict import Verdict

DECISIONS = ("allow", "needs-approvals", "block")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedVerdict:
    """The Verdict over a plan before anybody has approved it, and what it was reached with.

    Attributes:
        reasons: as in the Verdict.
        policy: digest of the policy bundle; policy_origin: where it was from.
        tools: name and version of each engine's program. The bytes that a version may have are bound by `policy`:
            tools.lock is part of it, with a sha256 for each platform, and gate and apply may run on different ones.
        checks: the checks with Evidence.
        last_day: the last day on which all Waivers that counted are valid; None if none counted.
        cost: the change of the monthly cost, for people; None if it was not estimated.
        created: RFC 3339.
    """

    decision: Literal["allow", "needs-approvals", "block"]
    approvals_required: int
    reasons: tuple[str, ...]
    policy: str
    policy_origin: str
    tools: tuple[str, ...]
    checks: tuple[str, ...]
    last_day: str | None
    cost: str | None
    created: str

    def document(self) -> dict[str, Any]:
        """The JSON object in the Manifest."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def parse(document: Any) -> SealedVerdict:
    """Read the JSON object of a Manifest.

    Raises:
        ValueError: a missing or unknown field, or a wrong type.
    """
    names = {field.name for field in fields(SealedVerdict)}
    if not isinstance(document, Mapping) or set(document) != names:
        raise ValueError("the fields of its Verdict differ")
    lists = {"reasons", "tools", "checks"}
    for name, value in document.items():
        if not _fits(name, value):
            raise ValueError(f"{name} of its Verdict has the wrong type")
    if document["decision"] not in DECISIONS:
        raise ValueError("unknown decision in its Verdict")
    values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in document.items()}
    return SealedVerdict(**values)


def _fits(name: str, value: Any) -> bool:
    if name in ("reasons", "tools", "checks"):
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    if name == "approvals_required":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, str) or (value is None and name in ("last_day", "cost"))


def refusal(
    verdict: SealedVerdict | None, *, policy: str, tools: tuple[str, ...], approvals: int, today: date
) -> InfragateError | None:
    """Why a plan with this SealedVerdict must not be applied; None if it may.

    Args:
        policy: digest of the present policy bundle.
        tools: the present programs, as in the SealedVerdict.
        approvals: how many people approve the commit now.
    """
    if verdict is None:
        return Blocked("the gate has not judged this plan")
    if verdict.decision == "block":
        return Blocked(f"the gate blocks this plan: {_shown(verdict.reasons)}")
    if verdict.policy != policy:
        return Integrity(f"the policy changed after the gate judged this plan (it was {verdict.policy_origin})")
    if verdict.tools != tools:
        changed = sorted({*verdict.tools} ^ {*tools})
        return Integrity(f"the programs changed after the gate judged this plan: {_shown(tuple(changed))}")
    if verdict.last_day is not None and today > date.fromisoformat(verdict.last_day):
        return Integrity(f"a waiver that the Verdict rests on ended on {verdict.last_day}")
    if approvals < verdict.approvals_required:
        missing = f"{verdict.approvals_required} required, {approvals} given"
        return Blocked(f"approvals are missing ({missing}): {_shown(verdict.reasons)}")
    return None


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    """The fields that a Verdict decides."""
    return {
        "decision": verdict.decision,
        "approvals_required": verdict.approvals_required,
        "reasons": verdict.reasons,
    }


def _shown(reasons: tuple[str, ...]) -> str:
    more = f" (and {len(reasons) - 2} more)" if len(reasons) > 2 else ""
    return "; ".join(reasons[:2]) + more
