"""Who approved a change: what reviews are worth, and whether the owners of its files are among the approvers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

DECISIVE = frozenset({"APPROVED", "CHANGES_REQUESTED", "DISMISSED"})
MAY_WRITE = frozenset({"admin", "maintain", "write"})
_SHOWN = 12  # characters of a commit id


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review of a pull request.

    Attributes:
        user: "" if the account no longer exists.
        state: APPROVED, CHANGES_REQUESTED, DISMISSED, COMMENTED or PENDING.
        commit: the commit that was reviewed.
    """

    user: str
    state: str
    commit: str
    submitted_at: datetime
    is_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedChange:
    """A change and its reviews.

    Attributes:
        commit: the commit that is judged: only approvals of it count.
        files: the names of the files that it changes.
        source: where the reviews are from, for people.
    """

    commit: str
    author: str
    reviews: tuple[Review, ...]
    files: tuple[str, ...]
    source: str


class People(Protocol):
    """What a forge knows of its users."""

    def permission(self, user: str) -> str:
        """On the repository: admin, maintain, write, triage, read or none."""

    def is_member(self, user: str, team: str) -> bool:
        """Of a team such as `acme/platform`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingOwner:
    """A changed file of which no owner has approved."""

    file: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """Who approved a commit.

    Attributes:
        names: each person once.
        commit: the approved one.
        source: where the reviews are from; "" if nobody was asked.
        owners: those of `names` who own a changed file.
        missing_owners: by group of owners, the first file that lacks the approval of one of them.
        not_counted: the others who reviewed it, and why they do not count.
    """

    names: tuple[str, ...] = ()
    commit: str = ""
    source: str = ""
    owners: tuple[str, ...] = ()
    missing_owners: tuple[MissingOwner, ...] = ()
    not_counted: tuple[tuple[str, str], ...] = ()

    @property
    def counting(self) -> tuple[str, ...]:
        """The approvals for the Verdict: none before an owner of each changed file is among them."""
        return () if self.missing_owners else self.names


NONE = Approvals()


def nobody(_checkout: Path) -> Approvals:
    """No approvals: for callers that ask nobody for them."""
    return NONE


def count(change: ReviewedChange, people: People, owners_of: Callable[[str], tuple[str, ...]]) -> Approvals:
    """The approvals of a change.

    The latest decisive review of each person counts, if it approves exactly this commit and is not the author's, not a
    program's, and of somebody who may write to the repository.

    Args:
        owners_of: the owners of a file (`@user`, `@org/team`) where there is a CODEOWNERS.
    """
    reasons = {review: _refusal(review, change, people) for review in _latest(change.reviews)}
    names = tuple(sorted((review.user for review, reason in reasons.items() if not reason), key=str.casefold))
    groups: dict[tuple[str, ...], str] = {}
    for file in change.files if names else ():
        groups.setdefault(owners_of(file), file)
    owning = {owners: _owning(names, owners, people) for owners in groups if owners}
    return Approvals(
        names=names,
        commit=change.commit,
        source=change.source,
        owners=tuple(name for name in names if any(name in group for group in owning.values())),
        missing_owners=tuple(
            MissingOwner(file=groups[owners], owners=owners) for owners, approved in owning.items() if not approved
        ),
        not_counted=tuple((review.user or "ghost", reason) for review, reason in reasons.items() if reason),
    )


def _latest(reviews: Iterable[Review]) -> Collection[Review]:
    """The last decisive review of each person; a comment changes nothing."""
    latest: dict[str, Review] = {}
    for review in sorted(reviews, key=lambda review: review.submitted_at):
        if review.state in DECISIVE:
            latest[review.user.casefold()] = review
    return latest.values()


def _refusal(review: Review, change: ReviewedChange, people: People) -> str:
    """Why a review is no approval; "" if it is one."""
    if not review.user:
        return "the account no longer exists"
    if review.is_bot:
        return "is a program"
    if review.state != "APPROVED":
        return "asked for changes" if review.state == "CHANGES_REQUESTED" else "the review was dismissed"
    if review.user.casefold() == change.author.casefold():
        return "is the author"
    if review.commit.lower() != change.commit.lower():
        return f"reviewed {review.commit[:_SHOWN] or 'another commit'}, not this commit"
    permission = people.permission(review.user)
    return "" if permission in MAY_WRITE else f"may not write to the repository (permission: {permission or 'none'})"


def _owning(names: Collection[str], owners: Collection[str], people: People) -> frozenset[str]:
    """Those who own a file; members of teams are looked up only if no person who is named has approved."""
    logins = {owner.removeprefix("@").casefold() for owner in owners}
    teams = [owner.removeprefix("@") for owner in owners if "/" in owner]
    named = frozenset(name for name in names if name.casefold() in logins)
    return named or frozenset(name for name in names if any(people.is_member(name, team) for team in teams))
