"""One comment on a pull request that every run brings up to date, whatever other runs do at the same time.

It is known by its first line and by its author. Of several the one with the lowest id stays: whoever sees more removes the
others, and looks again after each comment that it wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from github import UnknownObjectException
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from infragate.adapters.github import github_api, github_retry

Effect = Literal["created", "edited", "unchanged"]
_NEED = "write access to pull requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The comment; `removed` counts others of ours that said the same."""

    url: str
    action: Effect
    removed: int


def post(repository: str, number: int, *, marker: str, text: Callable[[str | None], str]) -> Posted:
    """Write the comment, or bring it up to date; one that says the same already is left alone.

    Args:
        repository: `owner/name`.
        marker: the first line of the text, hidden.
        text: what to write, from what is there; None if nothing is.

    Raises:
        BadInput, RemoteFailed: as `github_api.connection`.
    """
    with github_api.connection(repository, need=_NEED) as github:
        pull = github.repository.get_pull(number)
        github_api.refuse_foreign_address(pull)
        writer = _Writer(pull=pull, login=github.own_login(), marker=marker, text=text)
        return github.settled(writer.write)


@dataclass(slots=True, kw_only=True)
class _Writer:
    pull: PullRequest
    login: str
    marker: str
    text: Callable[[str | None], str]
    action: Effect = "unchanged"
    removed: int = 0

    def write(self) -> Posted:
        """One try; it finds what an earlier one did whose answer was lost."""
        own = self._own()
        if not own:
            text, self.action = self.text(None), "created"
            with github_retry.write():
                created = self.pull.create_issue_comment(text)
            own = self._own() or [created]
        for later in own[1:]:
            self._remove(later)
        self._bring_up_to_date(own[0])
        return Posted(url=own[0].html_url, action=self.action, removed=self.removed)

    def _own(self) -> list[IssueComment]:
        """Ours, the oldest first."""
        ours = (comment for comment in self.pull.get_issue_comments() if self._is_ours(comment))
        return sorted(ours, key=lambda comment: comment.id)

    def _is_ours(self, comment: IssueComment) -> bool:
        first, _, _ = comment.body.partition("\n")
        return github_api.login(comment.user) == self.login and first.strip() == self.marker

    def _remove(self, comment: IssueComment) -> None:
        github_api.refuse_foreign_address(comment)
        with github_retry.write(), suppress(UnknownObjectException):  # another run was quicker
            comment.delete()
            self.removed += 1

    def _bring_up_to_date(self, comment: IssueComment) -> None:
        text = self.text(comment.body)
        if _same(comment.body, text):
            return
        github_api.refuse_foreign_address(comment)
        with github_retry.write():
            try:
                comment.edit(text)
            except UnknownObjectException as error:  # a person removed it meanwhile: write it anew
                raise github_retry.UnsureError(error) from error
        if self.action == "unchanged":
            self.action = "edited"


def _same(first: str, second: str) -> bool:
    """True if GitHub, which may change the ends of lines, shows the same."""
    return first.replace("\r\n", "\n").strip() == second.replace("\r\n", "\n").strip()
