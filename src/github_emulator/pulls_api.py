"""Pull requests, their reviews and files, and commit statuses."""

from __future__ import annotations

from github_emulator import documents
from github_emulator.answers import NOT_FOUND, Answer, Request, invalid, page
from github_emulator.github import GitHub
from github_emulator.model import Document, Pull, Status


def listed(github: GitHub, request: Request) -> Answer:
    query = {"state": "open", **request.query}
    rows = [
        row
        for pull in github.pulls
        if pull.repository == request.repository
        for row in [documents.pull(github, pull)]
        if query["state"] in ("all", row["state"]) and query.get("head") in (None, row["head"]["label"])
    ]
    return _page(github, request, rows)


def opened(github: GitHub, request: Request) -> Answer:
    body = request.body
    if any(
        (pull.head_ref, pull.state, pull.repository) == (body["head"], "open", request.repository)
        for pull in github.pulls
    ):
        return invalid(f"A pull request already exists for {body['head']}.")
    author = request.account.login
    pull = github.propose("0" * 40, author=author, head=body["head"], base=body["base"], repository=request.repository)
    pull.title, pull.body = body["title"], body["body"]
    return Answer(201, documents.pull(github, pull))


def shown(github: GitHub, request: Request) -> Answer:
    pull = _pull(github, request)
    return Answer(200, documents.pull(github, pull)) if pull else NOT_FOUND


def edited(github: GitHub, request: Request) -> Answer:
    pull = _pull(github, request)
    if pull is None:
        return NOT_FOUND
    for name in ("title", "body", "state"):
        setattr(pull, name, request.body.get(name, getattr(pull, name)))
    return Answer(200, documents.pull(github, pull))


def merged(github: GitHub, request: Request) -> Answer:
    pull = _pull(github, request)
    if pull is None:
        return NOT_FOUND
    github.merge(pull, pull.head_sha)
    return Answer(200, {"merged": True, "sha": pull.head_sha, "message": "Pull Request successfully merged"})


def of_commit(github: GitHub, request: Request) -> Answer:
    rows = [documents.pull(github, pull) for pull in github.pulls if pull.merge_commit == request.names["sha"]]
    return _page(github, request, rows)


def reviews(github: GitHub, request: Request) -> Answer:
    pull = _pull(github, request)
    return _page(github, request, [documents.review(github, one) for one in pull.reviews]) if pull else NOT_FOUND


def files(github: GitHub, request: Request) -> Answer:
    pull = _pull(github, request)
    return _page(github, request, pull.files) if pull else NOT_FOUND


def set_status(github: GitHub, request: Request) -> Answer:
    body = request.body
    status = Status(
        id=github.next_id(),
        sha=request.names["sha"],
        context=body.get("context", "default"),
        state=body["state"],
        description=body.get("description", ""),
        target_url=body.get("target_url", ""),
    )
    github.statuses.append(status)
    github.changed.notify_all()
    return Answer(201, documents.status(status))


def combined_status(github: GitHub, request: Request) -> Answer:
    latest = {status.context: status for status in github.statuses if status.sha == request.names["sha"]}
    states = {status.state for status in latest.values()}
    state = next(
        (name for name in ("failure", "error", "pending") if name in states), "success" if states else "pending"
    )
    rows = [documents.status(status) for status in latest.values()]
    return Answer(200, {"state": state, "sha": request.names["sha"], "total_count": len(rows), "statuses": rows})


def statuses(github: GitHub, request: Request) -> Answer:
    rows = [documents.status(status) for status in github.statuses if status.sha == request.names["sha"]]
    return _page(github, request, rows[::-1])


def _pull(github: GitHub, request: Request) -> Pull | None:
    pull = github.issues.get(request.number)
    return pull if isinstance(pull, Pull) and pull.repository == request.repository else None


def _page(github: GitHub, request: Request, rows: list[Document]) -> Answer:
    return page(rows, request, github.page_address or documents.address(github), most=github.page_size)
