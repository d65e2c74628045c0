"""Issues, labels and comments; those of pull requests are the same to GitHub."""

from __future__ import annotations

from github_emulator import documents
from github_emulator.answers import NOT_FOUND, Answer, Request, invalid, page
from github_emulator.github import LIMIT, GitHub
from github_emulator.model import Comment, Document, Issue


def listed(github: GitHub, request: Request) -> Answer:
    query = {"state": "open", **request.query}
    labels = set(filter(None, query.get("labels", "").split(",")))
    rows = [
        documents.issue(github, issue)
        for issue in reversed(github.issues.values())
        if issue.repository == request.repository
        and query["state"] in ("all", issue.state)
        and query.get("creator") in (None, issue.author)
        and labels <= set(issue.labels)
    ]
    return _page(github, request, rows)


def opened(github: GitHub, request: Request) -> Answer:
    body = request.body
    issue = Issue(
        number=github.next_number(),
        repository=request.repository,
        title=body["title"],
        body=body.get("body") or "",
        author=request.account.login,
        labels=list(body.get("labels", [])),
    )
    github.issues[issue.number] = issue
    return Answer(201, documents.issue(github, issue))


def shown(github: GitHub, request: Request) -> Answer:
    issue = _issue(github, request)
    return Answer(200, documents.issue(github, issue)) if issue else NOT_FOUND


def edited(github: GitHub, request: Request) -> Answer:
    issue = _issue(github, request)
    if issue is None:
        return NOT_FOUND
    for name in ("title", "body", "state", "labels"):
        setattr(issue, name, request.body.get(name, getattr(issue, name)))
    return Answer(200, documents.issue(github, issue))


def labels(github: GitHub, request: Request) -> Answer:
    """List, add or remove."""
    issue = _issue(github, request)
    if issue is None:
        return NOT_FOUND
    if request.method == "POST":
        issue.labels += [name for name in request.body["labels"] if name not in issue.labels]
    if request.method == "DELETE":
        if request.names["label"] not in issue.labels:
            return NOT_FOUND
        issue.labels.remove(request.names["label"])
    return Answer(200, [{"name": name} for name in issue.labels])


def comments(github: GitHub, request: Request) -> Answer:
    if _issue(github, request) is None:
        return NOT_FOUND
    rows = [documents.comment(github, one) for one in github.comments.values() if one.number == request.number]
    return _page(github, request, rows)


def said(github: GitHub, request: Request) -> Answer:
    if _issue(github, request) is None:
        return NOT_FOUND
    if refused := _refused(request.body["body"]):
        return refused
    comment = github.say(request.number, request.account.login, request.body["body"])
    return Answer(201, documents.comment(github, comment))


def comment(github: GitHub, request: Request) -> Answer:
    known = _comment(github, request)
    return Answer(200, documents.comment(github, known)) if known else NOT_FOUND


def comment_edited(github: GitHub, request: Request) -> Answer:
    known = _comment(github, request)
    if known is None:
        return NOT_FOUND
    if refused := _refused(request.body["body"]):
        return refused
    known.body = request.body["body"]
    known.edits += 1
    github.changed.notify_all()
    return Answer(200, documents.comment(github, known))


def comment_removed(github: GitHub, request: Request) -> Answer:
    known = _comment(github, request)
    if known is None:
        return NOT_FOUND
    del github.comments[known.id]
    return Answer(204)


def reacted(github: GitHub, request: Request) -> Answer:
    return Answer(201, {"id": github.next_id(), "content": request.body.get("content")})


def _refused(body: str) -> Answer | None:
    if not body.strip():
        return invalid("Body cannot be blank")
    if len(body) > LIMIT:
        return invalid(f"Body is too long (maximum is {LIMIT} characters)")
    return None


def _issue(github: GitHub, request: Request) -> Issue | None:
    issue = github.issues.get(request.number)
    return issue if issue and issue.repository == request.repository else None


def _comment(github: GitHub, request: Request) -> Comment | None:
    known = github.comments.get(int(request.names["id"]))
    return known if known and github.issues[known.number].repository == request.repository else None


def _page(github: GitHub, request: Request, rows: list[Document]) -> Answer:
    return page(rows, request, github.page_address or documents.address(github), most=github.page_size)
