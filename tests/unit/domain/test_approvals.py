"""What reviews of a pull request are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.gate import approvals
from infragate.domain.gate.approvals import NONE, Approvals, MissingOwner, Review, ReviewedChange

HEAD, OLD = "a" * 40, "b" * 40
START = datetime(2026, 11, 26, 9, tzinfo=UTC)
TEAM = "acme/platform"


def review(user: str, state: str = "APPROVED", *, commit: str = HEAD, at: int = 0, is_bot: bool = False) -> Review:
    return Review(user=user, state=state, commit=commit, submitted_at=START + timedelta(minutes=at), is_bot=is_bot)


@dataclass
class Known:
    """A forge that knows these permissions, and the members of one team."""

    permissions: Mapping[str, str] = field(default_factory=dict)
    members: tuple[str, ...] = ()
    questions: list[tuple[str, ...]] = field(default_factory=list)

    def permission(self, user: str) -> str:
        self.questions.append((user,))
        return self.permissions.get(user, "write")

    def is_member(self, user: str, team: str) -> bool:
        self.questions.append((user, team))
        return team == TEAM and user in self.members


def counted(
    *reviews: Review, people: Known | None = None, owners: Mapping[str, tuple[str, ...]] | None = None
) -> Approvals:
    change = ReviewedChange(
        commit=HEAD, author="Alice", reviews=reviews, files=tuple(owners or ("a.tf",)), source="the tests"
    )
    return approvals.count(change, people or Known(), lambda file: (owners or {}).get(file, ()))


def test_approvals_of_the_commit_count_once_for_each_person() -> None:
    done = counted(review("carol"), review("bob"), review("Bob", at=1))
    assert (done.names, done.counting, done.commit, done.source) == (
        ("Bob", "carol"),
        ("Bob", "carol"),
        HEAD,
        "the tests",
    )
    assert done.not_counted == ()


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (review("alice"), "is the author"),
        (review("bob", commit=OLD), "reviewed bbbbbbbbbbbb, not this commit"),
        (review("bob", commit=""), "reviewed another commit, not this commit"),
        (review("bob", commit=HEAD[:12]), "reviewed aaaaaaaaaaaa, not this commit"),
        (review("bob", "DISMISSED"), "the review was dismissed"),
        (review("bob", "CHANGES_REQUESTED"), "asked for changes"),
        (review("renovate[bot]", is_bot=True), "is a program"),
        (review("reader"), "may not write to the repository (permission: read)"),
        (review("triager"), "may not write to the repository (permission: triage)"),
        (review("stranger"), "may not write to the repository (permission: none)"),
    ],
)
def test_a_review_that_is_no_approval_says_why(of: Review, reason: str) -> None:
    people = Known({"reader": "read", "triager": "triage", "stranger": ""})
    done = counted(of, people=people)
    assert (done.names, done.not_counted) == ((), ((of.user, reason),))


def test_the_review_of_a_deleted_account_does_not_count() -> None:
    assert counted(review("")).not_counted == (("ghost", "the account no longer exists"),)


@pytest.mark.parametrize(
    ("states", "counts"),
    [
        (("APPROVED", "COMMENTED"), True),
        (("APPROVED", "PENDING"), True),
        (("APPROVED", "CHANGES_REQUESTED"), False),
        (("CHANGES_REQUESTED", "APPROVED"), True),
        (("APPROVED", "DISMISSED"), False),
        (("APPROVED", "CHANGES_REQUESTED", "COMMENTED"), False),
        (("COMMENTED",), False),
        (("approved",), False),
    ],
)
def test_the_latest_decisive_review_of_a_person_counts(states: tuple[str, ...], counts: bool) -> None:
    done = counted(*(review("bob", state, at=at) for at, state in enumerate(states)))
    assert bool(done.names) is counts


def test_the_time_decides_and_not_the_order_of_the_list() -> None:
    assert counted(review("bob", "CHANGES_REQUESTED", at=2), review("bob", at=1)).names == ()


def test_an_approval_of_an_older_commit_after_one_of_this_commit_does_not_count() -> None:
    assert counted(review("bob"), review("bob", commit=OLD, at=1)).names == ()


def test_another_person_s_refusal_leaves_an_approval_alone() -> None:
    assert counted(review("bob"), review("carol", "CHANGES_REQUESTED", at=1)).names == ("bob",)


def test_permissions_are_looked_up_only_for_those_who_would_count() -> None:
    people = Known()
    counted(review("alice"), review("bob"), review("carol", commit=OLD), people=people)
    assert people.questions == [("bob",)]


def test_an_owner_of_each_file_must_be_among_the_approvers() -> None:
    owners = {"a.tf": ("@bob",), "b.tf": (), "c.tf": ("@carol", "@dave"), "d.tf": ("@carol", "@dave")}
    lacking = counted(review("bob"), review("erin"), owners=owners)
    assert lacking.names == ("bob", "erin")
    assert lacking.missing_owners == (MissingOwner(file="c.tf", owners=("@carol", "@dave")),)
    assert lacking.counting == ()
    complete = counted(review("bob"), review("Carol"), owners=owners)
    assert (complete.counting, complete.owners, complete.missing_owners) == (("bob", "Carol"), ("bob", "Carol"), ())


@pytest.mark.parametrize(("members", "counts"), [(("bob",), True), ((), False)])
def test_the_owner_may_be_a_team(members: tuple[str, ...], counts: bool) -> None:
    done = counted(review("bob"), people=Known(members=members), owners={"a.tf": (f"@{TEAM}",)})
    assert bool(done.counting) is counts


def test_a_team_is_looked_up_only_if_nobody_who_is_named_has_approved() -> None:
    people = Known()
    assert counted(review("bob"), people=people, owners={"a.tf": (f"@{TEAM}", "@bob")}).counting == ("bob",)
    assert people.questions == [("bob",)]


def test_an_owner_by_e_mail_is_nobody_that_we_know() -> None:
    assert counted(review("bob"), owners={"a.tf": ("bob@acme.example",)}).counting == ()


def test_nobody_asked_is_nobody_who_approved() -> None:
    assert (NONE.counting, NONE.source) == ((), "")


REVIEWS = st.lists(
    st.builds(
        review,
        st.sampled_from(["alice", "bob", "BOB", "carol", "dave[bot]", ""]),
        st.sampled_from(["APPROVED", "CHANGES_REQUESTED", "DISMISSED", "COMMENTED", "PENDING"]),
        commit=st.sampled_from([HEAD, OLD, ""]),
        at=st.integers(0, 9),
        is_bot=st.booleans(),
    ),
    max_size=8,
)


@given(REVIEWS)
def test_a_new_commit_voids_every_approval(reviews: list[Review]) -> None:
    moved = tuple(replace(of, commit=OLD) for of in reviews)
    assert counted(*moved).names == ()


@given(REVIEWS)
def test_who_counts_has_approved_this_commit_and_counts_once(reviews: list[Review]) -> None:
    names = [name.casefold() for name in counted(*reviews).names]
    approved = {of.user.casefold() for of in reviews if (of.state, of.commit) == ("APPROVED", HEAD)}
    assert len(names) == len(set(names))
    assert set(names) <= approved - {"alice", ""}
