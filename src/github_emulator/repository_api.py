"""A repository, its files and people; the own account; the tokens of an App."""

from __future__ import annotations

import base64
import time

from github_emulator import documents
from github_emulator.answers import NOT_FOUND, Answer, Request
from github_emulator.github import GitHub
from github_emulator.model import Account


def shown(github: GitHub, request: Request) -> Answer:
    return Answer(200, documents.repository(github, request.repository))


def contents(github: GitHub, request: Request) -> Answer:
    path, ref = request.names["path"], request.query.get("ref", "main")
    text = github.contents.get((path, ref))
    if text is None:
        return NOT_FOUND
    encoded = base64.b64encode(text.encode()).decode()
    about = {"type": "file", "path": path, "name": path.rpartition("/")[2], "sha": ref, "size": len(text.encode())}
    return Answer(200, {**about, "encoding": "base64", "content": encoded})


def permission(github: GitHub, request: Request) -> Answer:
    user = request.names["user"]
    granted = github.permissions.get(user, "none")
    return Answer(200, {"permission": granted, "user": documents.user(github, user)})


def membership(github: GitHub, request: Request) -> Answer:
    team = f"{request.names['organisation']}/{request.names['team']}"
    state = github.members.get(team, {}).get(request.names["user"])
    return Answer(200, {"state": state, "role": "member"}) if state else NOT_FOUND


def own_account(github: GitHub, request: Request) -> Answer:
    """The account of a person; the tokens of Apps and of jobs are refused."""
    if request.account.permissions is not None:
        return Answer(403, {"message": "Resource not accessible by integration"})
    return Answer(200, documents.user(github, request.account.login))


def graphql(_github: GitHub, request: Request) -> Answer:
    """Answers only whom the token belongs to."""
    known = {"viewer": {"login": request.account.login}} if "viewer" in request.body["query"] else {}
    return Answer(200, {"data": known})


def installation_token(github: GitHub, request: Request) -> Answer:
    app = github.app
    if (
        app is None
        or request.account.login != f"app {app.id}"
        or int(request.names["installation"]) != app.installation
    ):
        return NOT_FOUND
    token = f"ghs_{github.next_id()}_of_the_emulator"
    github.accounts[token] = Account(login=f"{app.slug}[bot]", permissions=app.permissions)
    expires = documents.moment(time.time() + 3600)
    return Answer(201, {"token": token, "expires_at": expires, "permissions": app.permissions})
