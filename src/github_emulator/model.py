"""What the emulated GitHub keeps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]  # as in GitHub's JSON


@dataclass(kw_only=True)
class Review:
    id: int
    user: str | None  # None: the account was deleted
    state: str
    commit: str | None
    submitted_at: str


@dataclass(kw_only=True)
class Comment:
    id: int
    number: int  # of the issue or pull request
    author: str
    body: str
    created_at: float = field(default_factory=time.time)
    edits: int = 0


@dataclass(kw_only=True)
class Issue:
    """An issue, and what a pull request has in common with one."""

    number: int
    repository: str
    title: str
    body: str
    author: str
    state: str = "open"
    labels: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class Pull(Issue):
    head_ref: str
    head_sha: str = "0" * 40
    base_ref: str = "main"
    merged: bool = False
    merged_at: str | None = None
    merge_commit: str | None = None
    commits: int = 1
    draft: bool = False
    mergeable_state: str = "clean"
    head_repository: str | None = None  # of a fork
    files: list[Document] = field(default_factory=list)
    changed_files: int | None = None  # None: as many as are listed
    reviews: list[Review] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A commit status."""

    id: int
    sha: str
    context: str
    state: str
    description: str
    target_url: str
    created_at: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who a token belongs to; permissions None: a person's token, which may do everything."""

    login: str
    permissions: dict[str, str] | None = None


@dataclass(kw_only=True)
class App:
    """A GitHub App and its one installation."""

    id: int
    installation: int
    slug: str
    public_key: str  # PEM
    permissions: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it came in, and the status that it got; None: no answer."""

    method: str
    path: str
    status: int | None
    at: float = field(default_factory=time.time)
