"""What GitHub sends to a server that listens: signed events of pull requests and comments."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests

from github_emulator import documents
from github_emulator.github import GitHub
from github_emulator.model import Comment, Document, Pull, Status

T = TypeVar("T")


@dataclass(kw_only=True)
class Hook:
    """A webhook of the emulated GitHub; `url` is the listening server, as of `atlantis server`."""

    github: GitHub
    url: str
    secret: str
    path: str = "/events"

    def send(self, event: str, payload: Document, *, secret: str | None = None) -> requests.Response:
        """An event, signed with the secret of the webhook or another one."""
        content = json.dumps(payload).encode()
        key = self.secret if secret is None else secret
        signature = hmac.new(key.encode(), content, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": str(self.github.next_id()),
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        with _direct() as client:
            return client.post(self.url + self.path, data=content, headers=headers, timeout=30)

    def pull_request(self, pull: Pull, action: str, **how: Any) -> requests.Response:
        """opened, synchronize, ready_for_review, closed."""
        about = {"action": action, "number": pull.number, "pull_request": documents.pull(self.github, pull)}
        return self.send("pull_request", {**about, **self._who(pull, pull.author)}, **how)

    def push(self, pull: Pull, commit: str) -> requests.Response:
        pull.head_sha = commit
        return self.pull_request(pull, "synchronize")

    def comment(self, pull: Pull, user: str, body: str, **how: Any) -> requests.Response:
        """A person comments on a pull request."""
        comment = self.github.say(pull.number, user, body)
        about = {
            "action": "created",
            "issue": {**documents.issue(self.github, pull), "number": pull.number},
            "comment": documents.comment(self.github, comment),
        }
        return self.send("issue_comment", {**about, **self._who(pull, user)}, **how)

    def review(self, pull: Pull, user: str, state: str = "APPROVED", **how: Any) -> requests.Response:
        review = self.github.review(user, state, pull.head_sha, number=pull.number)
        about = {
            "action": "submitted",
            "review": documents.review(self.github, review),
            "pull_request": documents.pull(self.github, pull),
        }
        return self.send("pull_request_review", {**about, **self._who(pull, user)}, **how)

    def wait_idle(self, *, timeout: float = 60) -> None:
        """Wait until the server says at /status that it is idle: it comments before it has finished."""
        deadline = time.monotonic() + timeout
        with _direct() as client:
            while client.get(f"{self.url}/status", timeout=5).json()["in_progress_operations"] != 0:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.url} is still busy after {timeout} s")
                time.sleep(0.05)

    def is_answered(self) -> bool:
        """True if the server says at /healthz that it is ready."""
        with _direct() as client:
            try:
                return client.get(f"{self.url}/healthz", timeout=2).ok
            except requests.RequestException:
                return False

    def _who(self, pull: Pull, sender: str) -> Document:
        return {
            "repository": documents.repository(self.github, pull.repository),
            "sender": documents.user(self.github, sender),
        }


def _direct() -> requests.Session:
    """A client that goes to loopback itself, whatever proxy the environment names."""
    client = requests.Session()
    client.trust_env = False
    return client


def wait_comment(github: GitHub, pull: Pull, text: str, *, author: str, after: int = 0, timeout: float = 60) -> Comment:
    """The first comment of that author with this text and an id above `after` (take `newest_comment` before)."""

    def look() -> Comment | None:
        said = (one for one in github.comments.values() if (one.number, one.author) == (pull.number, author))
        return next((one for one in said if one.id > after and text in one.body), None)

    return _wait(github, look, timeout, f"a comment with {text!r}")


def newest_comment(github: GitHub) -> int:
    """The highest id so far."""
    return max(github.comments, default=0)


def wait_status(github: GitHub, context: str, state: str, *, after: int = 0, timeout: float = 60) -> Status:
    """The first such commit status behind the first `after` ones."""

    def look() -> Status | None:
        later = github.statuses[after:]
        return next((status for status in later if (status.context, status.state) == (context, state)), None)

    return _wait(github, look, timeout, f"{context}={state}")


def _wait(github: GitHub, look: Callable[[], T | None], timeout: float, what: str) -> T:
    deadline = time.monotonic() + timeout
    with github.changed:
        while (seen := look()) is None:
            if not github.changed.wait(max(0.0, deadline - time.monotonic())):
                comments = [(comment.author, comment.body[:2000]) for comment in github.comments.values()]
                raise TimeoutError(f"{what} not seen in {timeout} s; there are {comments}, {github.statuses}")
        return seen
