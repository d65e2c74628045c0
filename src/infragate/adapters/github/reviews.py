"""The reviews of a pull request on GitHub, and what GitHub knows of the reviewers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from github import UnknownObjectException
from github.PullRequest import PullRequest
from github.PullRequestReview import PullRequestReview
from github.Repository import Repository

from infragate.adapters.github import github_api
from infragate.domain.errors import BadInput, RemoteFailed
from infragate.domain.gate import approvals
from infragate.domain.gate.approvals import Approvals, Review, ReviewedChange

_NEED = "read access to pull requests and metadata, and to members of the organisation if teams own files"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A pull request: its head commit, the branch that it is for, and how many commits it has."""

    number: int
    head: str
    base: str
    commits: int


def merged_as(repository: str, commit: str) -> int | None:
    """The number of the pull request that was merged as this commit, by a merge, a squash or a rebase; None without one.

    Raises:
        BadInput: there are several; GITHUB_TOKEN is not set. RemoteFailed: GitHub refuses or cannot be reached.
    """
    with github_api.connection(repository, need=_NEED) as github:
        place = f"/repos/{repository}/commits/{commit}/pulls"
        _, pulls = github.repository.requester.requestJsonAndCheck("GET", place, parameters={"per_page": 100})
        numbers = [int(pull["number"]) for pull in pulls if pull["merged_at"] and pull["merge_commit_sha"] == commit]
    if len(numbers) > 1:
        named = ", ".join(map(str, numbers))
        raise BadInput(
            f"the pull requests {named} say that they were merged as one commit",
            where=f"{repository}@{commit}",
            fix=f"set INFRAGATE_PULL_REQUEST={numbers[0]}, or the one that this checkout is",
        )
    return numbers[0] if numbers else None


def count(
    repository: str,
    number: int,
    *,
    accept: Callable[[Proposed], None],
    owners_of: Callable[[str], tuple[str, ...]] | None,
) -> Approvals:
    """The approvals of a pull request.

    Args:
        repository: `owner/name`.
        accept: raises if something else than this pull request is judged.
        owners_of: the owners of a file; None if no file has any.

    Raises:
        BadInput: the pull request is closed; no token and no App. RemoteFailed: GitHub refuses or cannot be reached.
    """
    with github_api.connection(repository, need=_NEED) as github:
        repo = github.repository
        pull = repo.get_pull(number)
        github_api.refuse_foreign_address(pull)
        if pull.state != "open" and not pull.merged:
            where, fix = f"{repository}#{number}", "open it again, or unset INFRAGATE_PULL_REQUEST"
            raise BadInput("the pull request is closed", where=where, fix=fix)
        accept(Proposed(number=number, head=pull.head.sha, base=pull.base.ref, commits=pull.commits))
        change = ReviewedChange(
            commit=pull.head.sha,
            author=github_api.login(pull.user),
            reviews=tuple(_review(review) for review in pull.get_reviews() if review.state in approvals.DECISIVE),
            files=() if owners_of is None else tuple(_files(pull)),
            source=f"pull request {number}",
        )
        return approvals.count(change, _People(repo), owners_of or _nobody)


def _review(review: PullRequestReview) -> Review:
    login = github_api.login(review.user)
    return Review(
        user=login,
        state=review.state,
        commit=review.commit_id or "",
        submitted_at=review.submitted_at,
        is_bot=bool(login) and review.user.type == "Bot",
    )


def _files(pull: PullRequest) -> Iterator[str]:
    """The changed files, and the old names of moved ones."""
    listed = list(pull.get_files())
    if len(listed) != pull.changed_files:  # GitHub lists 3000 at most
        raise RemoteFailed(
            f"GitHub lists {len(listed)} of {pull.changed_files} changed files, so their owners cannot be checked",
            where=pull.html_url,
            fix="split the pull request",
        )
    for file in listed:
        yield file.filename
        if file.previous_filename:
            yield file.previous_filename


def _nobody(_file: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class _People:
    """Approvals.People, as GitHub knows them."""

    repo: Repository

    def permission(self, user: str) -> str:
        return self.repo.get_collaborator_permission(user)

    def is_member(self, user: str, team: str) -> bool:
        organisation, _, slug = team.partition("/")
        place = f"/orgs/{quote(organisation, safe='')}/teams/{quote(slug, safe='')}/memberships/{quote(user, safe='')}"
        try:
            _, membership = self.repo.requester.requestJsonAndCheck("GET", place)
        except UnknownObjectException:  # GitHub does not tell whether the team or the membership does not exist
            return False
        return bool(membership["state"] == "active")
