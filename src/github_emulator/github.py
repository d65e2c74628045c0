"""The state of the emulated GitHub, and what people do there."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from github_emulator.faults import Fault
from github_emulator.model import Account, App, Comment, Issue, Pull, Review, Seen, Status

REPOSITORY = "acme/fileflow"
TOKEN = "ghp_of_the_emulator"  # noqa: S105 - it opens nothing but the emulator
BOT = "acme-bot"  # whose token that is
AUTHOR = "alice"
LIMIT = 65_536  # characters of a comment


@dataclass
class GitHub:
    """Some repositories, and all that is in them. Pull requests and issues share their numbers."""

    url: str = ""
    written_url: str | None = None  # how the server writes its own address in answers
    page_address: str | None = None  # where the next page is said to be
    page_size: int = 100  # GitHub gives at most 100, however many are asked for
    clone_url: str = "https://github.com"
    repositories: set[str] = field(default_factory=lambda: {REPOSITORY})
    accounts: dict[str, Account] = field(default_factory=lambda: {TOKEN: Account(login=BOT)})  # by token
    app: App | None = None
    issues: dict[int, Issue] = field(default_factory=dict)  # pull requests too
    comments: dict[int, Comment] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)  # (path, ref) -> text
    permissions: dict[str, str] = field(default_factory=dict)  # login -> of the repository
    members: dict[str, dict[str, str]] = field(default_factory=dict)  # organisation/team -> login -> state
    faults: list[Fault] = field(default_factory=list)
    chance: Callable[[str, str, str], Fault | None] | None = None  # a fault for a method, path and token, or none
    seen: list[Seen] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    @property
    def pulls(self) -> list[Pull]:
        return [issue for issue in self.issues.values() if isinstance(issue, Pull)]

    def pull(self, number: int = 1) -> Pull:
        return next(pull for pull in self.pulls if pull.number == number)

    def next_number(self) -> int:
        return max(self.issues, default=0) + 1

    def next_id(self) -> int:
        return next(self._ids)

    def methods(self, path: str = "") -> list[str]:
        """The methods of the requests whose path holds this text."""
        return [request.method for request in self.seen if path in request.path]

    def fault(self, method: str, path: str, token: str) -> Fault | None:
        for fault in self.faults:
            if fault.take(method, path):
                return fault
        return self.chance(method, path, token) if self.chance else None

    # ---- what people do ------------------------------------------------------------------------------------------

    def propose(
        self,
        commit: str,
        *,
        author: str = AUTHOR,
        head: str | None = None,
        base: str = "main",
        repository: str = REPOSITORY,
        fork: str | None = None,
        files: tuple[str, ...] = (),
    ) -> Pull:
        """Open a pull request as its author does."""
        with self.changed:
            number = self.next_number()
            pull = Pull(
                number=number,
                repository=repository,
                title="t",
                body="b",
                author=author,
                head_ref=head or f"change-{number}",
                head_sha=commit,
                base_ref=base,
                head_repository=fork,
                files=[{"filename": name, "status": "modified"} for name in files],
            )
            self.issues[number] = pull
            self.permissions.setdefault(author, "write")
            return pull

    def merge(self, pull: Pull, commit: str) -> None:
        """Merge a pull request, as a commit of its base branch."""
        with self.changed:
            pull.state, pull.merged = "closed", True
            pull.merged_at, pull.merge_commit = "2026-11-26T10:00:00Z", commit

    def review(
        self, user: str | None, state: str, commit: str | None, *, permission: str = "write", number: int = 1
    ) -> Review:
        """Add a review, a minute after the last one."""
        with self.changed:
            reviews = self.pull(number).reviews
            at = f"2026-11-26T09:{len(reviews) % 60:02}:00Z"
            review = Review(id=self.next_id(), user=user, state=state, commit=commit, submitted_at=at)
            reviews.append(review)
            if user:
                self.permissions.setdefault(user, permission)
            return review

    def say(self, number: int, author: str, body: str) -> Comment:
        """Write a comment."""
        with self.changed:
            comment = Comment(id=self.next_id(), number=number, author=author, body=body)
            self.comments[comment.id] = comment
            self.changed.notify_all()
            return comment

    def said(self, number: int = 1, author: str = BOT) -> list[Comment]:
        """The comments of an author there."""
        with self.changed:
            comments = list(self.comments.values())
        return [comment for comment in comments if (comment.number, comment.author) == (number, author)]
