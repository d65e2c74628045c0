"""The acceptance list of a change of the infrastructure: what the gate knows about each of its points.

The points are those of `.github/PULL_REQUEST_TEMPLATE.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from infragate.domain import tag_schema
from infragate.domain.verdict import Verdict

State = Literal["met", "not met", "open"]
TAG_RULES = "IG-TAG-"  # ids of the rules about tags
TAG_CHECK = "conftest"  # the check that runs them


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point; `open` is for a person to decide, or could not be checked."""

    name: str
    state: State
    detail: str


def points(
    *, changes: int, verdict: Verdict, open_ids: Sequence[str], checks: Collection[str], links: Collection[str] | None
) -> tuple[Point, ...]:
    """All points, in the order of the template.

    Args:
        changes: number of resources and outputs that the plan changes.
        open_ids: the id of each Finding that no Waiver covers.
        checks: those that ran to their end.
        links: the names of the links that the pull request lacks; None if its text was not read.
    """
    return (_intended(changes), _checked(verdict), _tagged(open_ids, checks), _linked(links))


def _intended(changes: int) -> Point:
    name = "intended changes only"
    if not changes:
        return Point(name=name, state="met", detail="no changes (plan --detailed-exitcode ends 0)")
    number = f"{changes} change{'' if changes == 1 else 's'} (plan --detailed-exitcode ends 2)"
    return Point(name=name, state="open", detail=f"{number}: a reviewer says if each is intended")


def _checked(verdict: Verdict) -> Point:
    name = "security, policy and cost checks"
    if verdict.decision == "needs-approvals":
        return Point(name=name, state="open", detail=f"wait for {verdict.approvals_required} approvals")
    met = verdict.decision == "allow"
    return Point(name=name, state="met" if met else "not met", detail="passed" if met else "the Verdict blocks")


def _tagged(open_ids: Sequence[str], checks: Collection[str]) -> Point:
    name = f"tags {', '.join(tag_schema.NAMES)}"
    wrong = sum(finding.startswith(TAG_RULES) for finding in open_ids)
    if wrong:
        return Point(name=name, state="not met", detail=f"{wrong} finding{'' if wrong == 1 else 's'} {TAG_RULES}*")
    if TAG_CHECK not in checks:
        return Point(name=name, state="open", detail=f"not checked: {TAG_CHECK} did not run")
    return Point(name=name, state="met", detail="on every resource of the plan")


def _linked(links: Collection[str] | None) -> Point:
    name = "links to change, runbook, exception"
    if links is None:
        return Point(name=name, state="open", detail="not checked: the text of the pull request was not read")
    if links:
        return Point(name=name, state="not met", detail=f"missing: {', '.join(links)}")
    return Point(name=name, state="met", detail="all there")
