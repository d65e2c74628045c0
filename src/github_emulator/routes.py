"""Which part answers a request, and the permission of an App that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from github_emulator import issues_api, pulls_api, repository_api
from github_emulator.answers import NOT_FOUND, Answer, Request
from github_emulator.github import GitHub

Part = Callable[[GitHub, Request], Answer]

_REPOSITORY = "/repos/{repository}"
_ISSUE = f"{_REPOSITORY}/issues/{{number}}"
_PULL = f"{_REPOSITORY}/pulls/{{number}}"
_COMMENT = f"{_REPOSITORY}/issues/comments/{{id}}"
_WRITE_COMMENT = "issues=write; pull_requests=write"  # either is enough

ROUTES: tuple[tuple[str, str, str, Part], ...] = (
    ("POST", "/graphql", "", repository_api.graphql),
    ("GET", "/user", "", repository_api.own_account),
    ("POST", "/app/installations/{installation}/access_tokens", "", repository_api.installation_token),
    ("GET", "/orgs/{organisation}/teams/{team}/memberships/{user}", "members=read", repository_api.membership),
    ("GET", _REPOSITORY, "metadata=read", repository_api.shown),
    ("GET", f"{_REPOSITORY}/contents/{{path}}", "contents=read", repository_api.contents),
    ("GET", f"{_REPOSITORY}/collaborators/{{user}}/permission", "metadata=read", repository_api.permission),
    ("GET", f"{_REPOSITORY}/pulls", "pull_requests=read", pulls_api.listed),
    ("POST", f"{_REPOSITORY}/pulls", "pull_requests=write", pulls_api.opened),
    ("GET", _PULL, "pull_requests=read", pulls_api.shown),
    ("PATCH", _PULL, "pull_requests=write", pulls_api.edited),
    ("PUT", f"{_PULL}/merge", "contents=write", pulls_api.merged),
    ("GET", f"{_PULL}/reviews", "pull_requests=read", pulls_api.reviews),
    ("GET", f"{_PULL}/files", "pull_requests=read", pulls_api.files),
    ("POST", f"{_REPOSITORY}/statuses/{{sha}}", "statuses=write", pulls_api.set_status),
    ("GET", f"{_REPOSITORY}/commits/{{sha}}/pulls", "pull_requests=read", pulls_api.of_commit),
    ("GET", f"{_REPOSITORY}/commits/{{sha}}/status", "statuses=read", pulls_api.combined_status),
    ("GET", f"{_REPOSITORY}/commits/{{sha}}/statuses", "statuses=read", pulls_api.statuses),
    ("GET", f"{_REPOSITORY}/issues", "issues=read", issues_api.listed),
    ("POST", f"{_REPOSITORY}/issues", "issues=write", issues_api.opened),
    ("GET", _ISSUE, "issues=read; pull_requests=read", issues_api.shown),
    ("PATCH", _ISSUE, "issues=write; pull_requests=write", issues_api.edited),
    ("GET", f"{_ISSUE}/labels", "issues=read; pull_requests=read", issues_api.labels),
    ("POST", f"{_ISSUE}/labels", "issues=write; pull_requests=write", issues_api.labels),
    ("DELETE", f"{_ISSUE}/labels/{{label}}", "issues=write; pull_requests=write", issues_api.labels),
    ("GET", f"{_ISSUE}/comments", "issues=read; pull_requests=read", issues_api.comments),
    ("POST", f"{_ISSUE}/comments", _WRITE_COMMENT, issues_api.said),
    ("GET", _COMMENT, "issues=read; pull_requests=read", issues_api.comment),
    ("PATCH", _COMMENT, _WRITE_COMMENT, issues_api.comment_edited),
    ("DELETE", _COMMENT, _WRITE_COMMENT, issues_api.comment_removed),
    ("POST", f"{_COMMENT}/reactions", _WRITE_COMMENT, issues_api.reacted),
)

_KINDS = {"repository": "[^/]+/[^/]+", "number": r"\d+", "id": r"\d+", "installation": r"\d+", "path": ".+"}


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{_KINDS.get(name[1], '[^/]+')})", template))


_COMPILED = tuple((method, _pattern(template), need, part) for method, template, need, part in ROUTES)


def answer(github: GitHub, request: Request) -> Answer:
    """What GitHub answers to a request of an account that it knows."""
    path = urlsplit(request.path).path
    for method, pattern, need, part in _COMPILED:
        if method != request.method or not (match := pattern.fullmatch(path)):
            continue
        names = {name: unquote(text) for name, text in match.groupdict().items()}
        if "repository" in names and names["repository"] not in github.repositories:
            return NOT_FOUND
        if not _permitted(request.account.permissions, need):
            message = {"message": "Resource not accessible by integration"}
            return Answer(403, message, {"X-Accepted-GitHub-Permissions": need})
        return part(github, replace(request, names=names))
    return NOT_FOUND


def _permitted(granted: dict[str, str] | None, need: str) -> bool:
    """Whether one of the alternatives is granted; metadata is readable for every App."""
    if granted is None or not need:
        return True
    levels = {"metadata": "read", **granted}
    return any(
        levels.get(name) in ((level, "write") if level == "read" else (level,))
        for name, _, level in (alternative.strip().partition("=") for alternative in need.split(";"))
    )
