"""One issue that every run brings up to date: of each marker there is at most one open, whatever other runs do.

It is known by a hidden line and by its author. Of several the lowest number stays: whoever sees more closes the others,
and looks again after each issue that it opened. A person may change title, labels and what is outside of our lines.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from github.Issue import Issue
from github.PaginatedList import PaginatedList

from infragate.adapters.github import github_api, github_retry
from infragate.adapters.github.github_api import Connection

IssueAction = Literal["opened", "reopened", "edited", "unchanged", "closed", "held"]
_NEED = "write access to issues"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueState:
    """The issue as it is now; `number` and `url` None if there is none. `closed`: others of ours for the same."""

    action: IssueAction
    number: int | None = None
    url: str | None = None
    closed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedIssue:
    """What an issue is to say.

    Attributes:
        marker: a hidden line that its text holds.
        text: the whole text, from what is there; None if nothing is.
        may_open: asked before an issue is opened or opened again.
    """

    marker: str
    title: str
    labels: tuple[str, ...]
    text: Callable[[str | None], str]
    may_open: Callable[[], bool]


def bring(repository: str, wanted: WantedIssue, *, known: int | None) -> IssueState:
    """Open the issue, open it again, or bring its text up to date.

    Args:
        repository: `owner/name`. known: its number, if it is remembered: its marker may have been removed.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need=_NEED) as github:
        writer = _IssueWriter(github=github, login=github.own_login(), marker=wanted.marker, known=known)
        return github.settled(lambda: writer.bring(wanted))


def close(
    repository: str, *, marker: str, known: int | None, text: Callable[[str | None], str], proof: str
) -> IssueState:
    """Close the issue with a comment, once; none is opened for it.

    Args:
        proof: the comment; its first line is hidden and names what it proves.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need=_NEED) as github:
        writer = _IssueWriter(github=github, login=github.own_login(), marker=marker, known=known)
        return github.settled(lambda: writer.close(text, proof))


@dataclass(slots=True, kw_only=True)
class _IssueWriter:
    github: Connection
    login: str
    marker: str
    known: int | None
    action: IssueAction = "unchanged"
    closed: int = 0

    def bring(self, wanted: WantedIssue) -> IssueState:
        """One try; it finds what an earlier one did whose answer was lost."""
        own = self._own()
        if not own:
            if not wanted.may_open():
                return IssueState(action="held")
            with github_retry.write():
                created = self.github.repository.create_issue(
                    title=wanted.title, body=wanted.text(None), labels=list(wanted.labels)
                )
            self.action = "opened"
            own = self._own() or [created]
        first = self._only(own)
        text = wanted.text(first.body)
        if first.state == "closed":
            if not wanted.may_open():
                return self._state(first, "held")
            with github_retry.write():
                first.edit(state="open", body=text)
            return self._state(first, "reopened")
        if not _same(first.body, text):
            with github_retry.write():
                first.edit(body=text)
            self.action = "edited" if self.action == "unchanged" else self.action
        return self._state(first, self.action)

    def close(self, text: Callable[[str | None], str], proof: str) -> IssueState:
        """One try, as `bring`."""
        own = self._own()
        if not own:
            return IssueState(action="unchanged")
        first = self._only(own)
        if first.state == "closed":
            return self._state(first, self.action)
        self._prove(first, proof)
        self.action = "closed"
        with github_retry.write():
            first.edit(state="closed", state_reason="completed", body=text(first.body))
        return self._state(first, self.action)

    def _own(self) -> list[Issue]:
        """Ours, the lowest number first, open or closed."""
        repo = self.github.repository
        # PyGithub's own method asks for the account first, which the token of a job may not.
        listed = PaginatedList(Issue, repo.requester, f"{repo.url}/issues", {"state": "all", "creator": self.login})
        own = {issue.number: issue for issue in listed if self._is_ours(issue)}
        return [own[number] for number in sorted(own)]

    def _is_ours(self, issue: Issue) -> bool:
        if issue.pull_request is not None or github_api.login(issue.user) != self.login:
            return False
        lines = (line.strip() for line in (issue.body or "").splitlines())
        return issue.number == self.known or self.marker in lines

    def _only(self, own: list[Issue]) -> Issue:
        """The first one; the others are closed."""
        for other in own[1:]:
            if other.state == "open":
                github_api.refuse_foreign_address(other)
                with github_retry.write():
                    other.edit(state="closed", state_reason="not_planned")
                self.closed += 1
        github_api.refuse_foreign_address(own[0])
        return own[0]

    def _prove(self, issue: Issue, proof: str) -> None:
        first, _, _ = proof.partition("\n")
        for comment in issue.get_comments():
            if github_api.login(comment.user) == self.login and comment.body.partition("\n")[0].strip() == first:
                return
        with github_retry.write():
            issue.create_comment(proof)

    def _state(self, issue: Issue, action: IssueAction) -> IssueState:
        return IssueState(action=action, number=issue.number, url=issue.html_url, closed=self.closed)


def _same(first: str | None, second: str) -> bool:
    """True if GitHub, which may change the ends of lines, shows the same."""
    return (first or "").replace("\r\n", "\n").strip() == second.replace("\r\n", "\n").strip()
