"""What people do at the pull requests of a rehearsal, what Atlantis answers, and who did what when."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from github_emulator import webhooks
from github_emulator.github import BOT
from github_emulator.model import Pull as Pull
from infragate.adapters import git
from infragate.adapters.local import clock, files
from infragate.domain.errors import RemoteFailed, ToolFailed
from infragate.domain.front_doors import atlantis_text
from infragate.sandbox.atlantis_server import AtlantisServer

PATIENCE = 900.0  # seconds for an answer: a plan step runs all engines
LOOK = 2.0  # seconds between two looks whether the server still lives
AUTHOR = "alice"
_MARKER = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedComment:
    """A comment on a pull request."""

    pull_request: int
    author: str
    at: datetime
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedStatus:
    """A commit status that Atlantis has set."""

    pull_request: int
    commit: str
    at: datetime
    context: str
    state: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did at a pull request."""

    at: datetime
    pull_request: int
    who: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestLog:
    """All that was said and done, the oldest first."""

    comments: tuple[PostedComment, ...] = ()
    statuses: tuple[PostedStatus, ...] = ()
    timeline: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequests:
    """The pull requests of a server's repository; `base` is the branch that they go into."""

    server: AtlantisServer
    base: str = "main"
    acts: list[Act] = field(default_factory=list)
    commits: dict[str, int] = field(default_factory=dict)  # of pull requests, to their numbers

    @property
    def root(self) -> Path:
        """The checkout whose commits are proposed."""
        return self.server.origin

    # ---- what people do ------------------------------------------------------------------------------------------

    def propose(
        self, branch: str, changed: Mapping[str, str], *, author: str = AUTHOR, base: str | None = None
    ) -> Pull:
        """Open a pull request that changes these files; Atlantis is not told yet."""
        commit = self.write(branch, changed, start=self.base)
        pull = self.server.github.propose(
            commit,
            author=author,
            head=branch,
            base=base or self.base,
            repository=self.server.repository,
            files=tuple(changed),
        )
        self.commits[commit] = pull.number
        self.note(pull.number, author, f"opened it with {commit[:12]}: {', '.join(changed)}")
        return pull

    def write(self, branch: str, changed: Mapping[str, str], *, start: str | None = None) -> str:
        """A commit on a branch, which begins at `start` or goes on; its id."""
        git.switch(self.root, branch, start or branch)
        for name, text in changed.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, text)
        commit = git.commit_all(self.root, branch, author=AUTHOR)
        git.switch(self.root, self.base, self.base)
        return commit

    def opened(self, pull: Pull) -> str:
        """What Atlantis comments when it hears of the pull request."""
        return self._answer(pull, lambda: self.server.hook.pull_request(pull, "opened").status_code)

    def pushed(self, pull: Pull, changed: Mapping[str, str]) -> str:
        """What it comments when a commit is pushed to the branch."""
        commit = self.write(pull.head_ref, changed)
        self.commits[commit] = pull.number
        self.note(pull.number, pull.author, f"pushed {commit[:12]}: {', '.join(changed)}")
        return self._answer(pull, lambda: self.server.hook.push(pull, commit).status_code)

    def commented(self, pull: Pull, words: str, *, user: str = "bob") -> str:
        """What it answers to a comment."""
        return self._answer(pull, lambda: self.server.hook.comment(pull, user, words).status_code)

    def approve(self, pull: Pull, *users: str) -> None:
        """Let people approve the newest commit."""
        for user in users:
            self.server.github.review(user, "APPROVED", pull.head_sha, number=pull.number)
            self.note(pull.number, user, f"approved {pull.head_sha[:12]}")

    def merge(self, pull: Pull, *, user: str) -> None:
        """Merge a pull request whose branch begins at the newest commit of the base branch, and close it."""
        git.switch(self.root, self.base, pull.head_sha)
        self.server.github.merge(pull, pull.head_sha)
        self.note(pull.number, user, f"merged it into {self.base}")
        self._closed(pull)

    def close(self, pull: Pull) -> None:
        """Close it, so that its locks are free."""
        pull.state = "closed"
        self.note(pull.number, pull.author, "closed it")
        self._closed(pull)

    def note(self, number: int, who: str, what: str) -> None:
        """Remember what somebody did at a pull request or an issue."""
        self.acts.append(Act(at=clock.now(), pull_request=number, who=who, what=what))

    # ---- what was said -------------------------------------------------------------------------------------------

    def status(self, pull: Pull, context: str) -> tuple[str, str]:
        """State and description of the newest status of that name at the head of the pull request."""
        newest = [each for each in self._statuses() if (each.commit, each.context) == (pull.head_sha, context)]
        return (newest[-1].state, newest[-1].description) if newest else ("", "")

    def log(self) -> PullRequestLog:
        """What everybody said and did so far."""
        comments, statuses = tuple(self._comments()), tuple(self._statuses())
        said = (
            Act(
                at=each.at,
                pull_request=each.pull_request,
                who=each.author,
                what=f"commented: {_first_lines(each.body)}",
            )
            for each in comments
        )
        told = (
            Act(
                at=each.at,
                pull_request=each.pull_request,
                who=BOT,
                what=f"{each.context} {each.state}: {each.description}",
            )
            for each in statuses
        )
        timeline = sorted((*self.acts, *said, *told), key=lambda act: act.at)
        return PullRequestLog(comments=comments, statuses=statuses, timeline=tuple(timeline))

    def _comments(self) -> Iterator[PostedComment]:
        for each in list(self.server.github.comments.values()):
            at = _moment(each.created_at)
            yield PostedComment(pull_request=each.number, author=each.author, at=at, body=each.body)

    def _statuses(self) -> Iterator[PostedStatus]:
        for each in list(self.server.github.statuses):
            yield PostedStatus(
                pull_request=self.commits.get(each.sha, 0),
                commit=each.sha,
                at=_moment(each.created_at),
                context=each.context,
                state=each.state,
                description=each.description,
            )

    def _closed(self, pull: Pull) -> None:
        _refuse(self.server.hook.pull_request(pull, "closed").status_code, self.server.url)
        clock.sleep(0.2)  # the server takes it up
        self._wait_idle()

    def _answer(self, pull: Pull, act: Callable[[], int]) -> str:
        before = webhooks.newest_comment(self.server.github)
        _refuse(act(), self.server.url)
        body = self._comment_after(before, pull)
        self._wait_idle()
        return body

    def _comment_after(self, before: int, pull: Pull) -> str:
        deadline = clock.monotonic() + PATIENCE
        while clock.monotonic() < deadline:
            try:
                github = self.server.github
                return webhooks.wait_comment(github, pull, "", author=BOT, after=before, timeout=LOOK).body
            except TimeoutError:
                self.server.refuse_dead()
        raise ToolFailed(
            f"Atlantis did not comment on pull request {pull.number} within {PATIENCE / 60:.0f} minutes",
            where=str(self.server.log),
            fix="the log says what it waits for; run it again",
        )

    def _wait_idle(self) -> None:
        self.server.hook.wait_idle(timeout=PATIENCE)


def _refuse(status: int, url: str) -> None:
    if status != 200:
        raise RemoteFailed(f"Atlantis answers {status} to an event of GitHub", where=url, fix="run it again")


def _first_lines(body: str) -> str:
    """The first line of a comment, and the first of what a step printed, behind Atlantis' own one about its exit code.

    Markers are not shown.
    """
    printed = [
        line for line in atlantis_text.block(body).splitlines() if line and not line.startswith("running 'sh -c'")
    ]
    return " ".join(line.strip() for line in (_MARKER.sub("", body).strip().splitlines()[0], *printed[:1]))


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
