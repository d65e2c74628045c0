"""The JSON that GitHub writes, as far as its clients read it."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

from github_emulator.github import GitHub
from github_emulator.model import Comment, Document, Issue, Pull, Review, Status


def address(github: GitHub, place: str = "") -> str:
    return f"{github.written_url or github.url}{place}"


def repository(github: GitHub, name: str) -> Document:
    owner, _, short = name.partition("/")
    return {
        "id": _number(name),
        "name": short,
        "full_name": name,
        "owner": {"login": owner, "type": "Organization"},
        "url": address(github, f"/repos/{name}"),
        "html_url": f"https://github.com/{name}",
        "clone_url": f"{github.clone_url}/{name}.git",
        "default_branch": "main",
        "allow_merge_commit": True,
        "allow_squash_merge": True,
        "allow_rebase_merge": True,
    }


def user(github: GitHub, login: str) -> Document:
    kind = "Bot" if login.endswith("[bot]") else "User"
    return {"login": login, "id": _number(login), "type": kind, "url": address(github, f"/users/{login}")}


def issue(github: GitHub, about: Issue) -> Document:
    place = address(github, f"/repos/{about.repository}/issues/{about.number}")
    is_pull = isinstance(about, Pull)
    page = f"https://github.com/{about.repository}/{'pull' if is_pull else 'issues'}/{about.number}"
    return {
        "id": about.number,
        "number": about.number,
        "url": place,
        "comments_url": f"{place}/comments",
        "html_url": page,
        "state": about.state,
        "title": about.title,
        "body": about.body,
        "user": user(github, about.author),
        "labels": [{"name": name} for name in about.labels],
        **({"pull_request": {"html_url": page}} if is_pull else {}),
    }


def pull(github: GitHub, about: Pull) -> Document:
    head_repository = about.head_repository or about.repository
    place = address(github, f"/repos/{about.repository}")
    return {
        **{name: value for name, value in issue(github, about).items() if name != "pull_request"},
        "url": f"{place}/pulls/{about.number}",
        "issue_url": f"{place}/issues/{about.number}",
        "merged": about.merged,
        "merged_at": about.merged_at,
        "merge_commit_sha": about.merge_commit,
        "commits": about.commits,
        "draft": about.draft,
        "mergeable": about.mergeable_state != "dirty",
        "mergeable_state": about.mergeable_state,
        "changed_files": len(about.files) if about.changed_files is None else about.changed_files,
        "head": {
            "label": f"{head_repository.partition('/')[0]}:{about.head_ref}",
            "ref": about.head_ref,
            "sha": about.head_sha,
            "repo": repository(github, head_repository),
        },
        "base": {
            "label": f"{about.repository.partition('/')[0]}:{about.base_ref}",
            "ref": about.base_ref,
            "sha": "0" * 40,
            "repo": repository(github, about.repository),
        },
    }


def review(github: GitHub, about: Review) -> Document:
    return {
        "id": about.id,
        "state": about.state,
        "commit_id": about.commit,
        "submitted_at": about.submitted_at,
        "user": about.user and user(github, about.user),
        "author_association": "MEMBER",
    }


def comment(github: GitHub, about: Comment) -> Document:
    subject = github.issues[about.number]
    place = f"/repos/{subject.repository}/issues"
    return {
        "id": about.id,
        "url": address(github, f"{place}/comments/{about.id}"),
        "issue_url": address(github, f"{place}/{about.number}"),
        "html_url": f"{issue(github, subject)['html_url']}#issuecomment-{about.id}",
        "body": about.body,
        "user": user(github, about.author),
        "created_at": moment(about.created_at),
        "updated_at": moment(about.created_at + about.edits),
    }


def status(about: Status) -> Document:
    return {
        "id": about.id,
        "context": about.context,
        "state": about.state,
        "description": about.description,
        "target_url": about.target_url,
        "created_at": moment(about.created_at),
    }


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _number(name: str) -> int:
    return zlib.crc32(name.encode())
