"""GitHub's REST API as far as pull requests and their reviews go, on loopback: it keeps what it is sent, and can refuse."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/fileflow"
TOKEN = "ghp_of_the_tests"


@dataclass
class Refusal:
    """An answer that is no success; `times` None for ever."""

    status: int
    message: str
    headers: dict[str, str] = field(default_factory=dict)
    times: int | None = None
    method: str | None = None
    path: str = ""  # only paths that contain it


@dataclass
class GitHub:
    """One repository and its pull requests."""

    url: str = ""
    written_url: str | None = None  # how the server writes its own address in answers
    pulls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refusal: Refusal | None = None
    lose_answer_of_post: bool = False
    reviews: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    permissions: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)  # team -> user -> state
    canned: dict[str, bytes] = field(default_factory=dict)  # path's end -> what is answered to it
    page_address: str | None = None  # where the next page is said to be
    page_size: int = 100  # GitHub gives at most 100, however many are asked for

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        self.asked.append((method, path))
        refused = self.refusal
        if refused and refused.times != 0 and refused.method in (None, method) and refused.path in path:
            refused.times = None if refused.times is None else refused.times - 1
            return refused.status, {"message": refused.message}, refused.headers
        parts = urlsplit(path)
        if canned := next((body for end, body in self.canned.items() if parts.path.endswith(end)), None):
            return 200, canned, {}
        repository = {"full_name": REPOSITORY, "url": self.address(), "default_branch": "main"}
        match (method, parts.path.removeprefix(f"/repos/{REPOSITORY}")):
            case ("GET", ""):
                return 200, repository, {}
            case ("GET", "/pulls"):
                wanted = {name: values[0] for name, values in parse_qs(parts.query).items()}
                return 200, [one for one in self.pulls if self.fits(one, wanted)], {}
            case ("POST", "/pulls"):
                return self.open(body)
            case ("PATCH", place) if place.startswith("/pulls/"):
                found = self.pulls[int(place.rpartition("/")[2]) - 1]
                found.update(body)
                return 200, found, {}
            case ("GET", place):
                return self.read(place, parts.query)
        return 404, {"message": "Not Found"}, {}

    def read(self, place: str, query: str) -> tuple[int, Any, dict[str, str]]:
        match place.split("/")[1:]:
            case ["commits", commit, "pulls"]:
                return 200, [pull for pull in self.pulls if pull.get("merge_commit_sha") == commit], {}
            case ["pulls", number] if 0 < int(number) <= len(self.pulls):
                return 200, {"changed_files": len(self.files), "commits": 1, **self.pulls[int(number) - 1]}, {}
            case ["pulls", number, "reviews"]:
                return self.page(self.reviews, place, query)
            case ["pulls", number, "files"]:
                return self.page(self.files, place, query)
            case ["collaborators", user, "permission"]:
                return 200, {"permission": self.permissions.get(user, "none"), "user": {"login": user}}, {}
            case ["orgs", organisation, "teams", team, "memberships", user]:
                state = self.members.get(f"{organisation}/{team}", {}).get(user)
                return (200, {"state": state, "role": "member"}, {}) if state else (404, {"message": "Not Found"}, {})
        return 404, {"message": "Not Found"}, {}

    def page(self, rows: list[dict[str, Any]], place: str, query: str) -> tuple[int, Any, dict[str, str]]:
        """One page, with the address of the next one in the header `Link`, as GitHub writes it."""
        wanted = {name: int(values[0]) for name, values in parse_qs(query).items()}
        size, number = min(wanted.get("per_page", 30), self.page_size), wanted.get("page", 1)
        last = (len(rows) - 1) // size + 1
        links = {"next": number + 1, "last": last} if number < last else {"prev": number - 1, "first": 1}
        at = self.address(place).replace(self.url, self.page_address or self.url)
        link = ", ".join(f'<{at}?per_page={size}&page={n}>; rel="{rel}"' for rel, n in links.items() if n)
        return 200, rows[(number - 1) * size : number * size], {"Link": link} if link else {}

    def propose(self, commit: str, *, author: str = "alice", state: str = "open", **more: Any) -> int:
        """Open a pull request as its author does; its number."""
        self.open({"head": f"change-{len(self.pulls)}", "base": "main", "title": "t", "body": "b"})
        pull = self.pulls[-1]
        pull.update(state=state, merged=False, user=self.user(author), **more)
        pull["head"]["sha"] = commit
        self.permissions.setdefault(author, "write")
        return int(pull["number"])

    def merge(self, commit: str, **more: Any) -> None:
        """Merge the last pull request, as a commit of its base branch."""
        merged = {"state": "closed", "merged": True, "merged_at": "2026-11-26T10:00:00Z", "merge_commit_sha": commit}
        self.pulls[-1].update({**merged, **more})

    def review(self, user: str | None, state: str, commit: str | None, *, permission: str = "write") -> None:
        """Add a review, a minute after the last one."""
        at = f"2026-11-26T09:{len(self.reviews) % 60:02}:00Z"
        row = {"id": len(self.reviews) + 1, "state": state, "commit_id": commit, "submitted_at": at}
        self.reviews.append({**row, "user": user and self.user(user), "author_association": "MEMBER"})
        if user:
            self.permissions.setdefault(user, permission)

    def user(self, login: str) -> dict[str, Any]:
        kind = "Bot" if login.endswith("[bot]") else "User"
        return {"login": login, "type": kind, "url": f"{self.written_url or self.url}/users/{login}"}

    def address(self, place: str = "") -> str:
        return f"{self.written_url or self.url}/repos/{REPOSITORY}{place}"

    @staticmethod
    def fits(pull: dict[str, Any], wanted: dict[str, str]) -> bool:
        return bool((pull["state"], pull["head"]["label"]) == (wanted["state"], wanted["head"]))

    def open(self, body: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        label = f"acme:{body['head']}"
        if any(one["head"]["label"] == label and one["state"] == "open" for one in self.pulls):
            return 422, {"message": "Validation Failed"}, {}
        number = len(self.pulls) + 1
        made = {
            "number": number,
            "url": self.address(f"/pulls/{number}"),
            "html_url": f"https://github.com/{REPOSITORY}/pull/{number}",
            "state": "open",
            "head": {"label": label, "ref": body["head"]},
            "base": {"label": f"acme:{body['base']}", "ref": body["base"]},
            "title": body["title"],
            "body": body["body"],
        }
        self.pulls.append(made)
        return (502, {"message": "Bad Gateway"}, {}) if self.lose_answer_of_post else (201, made, {})


@contextmanager
def serving() -> Iterator[GitHub]:
    """The server, while it runs."""
    github = GitHub()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") == f"token {TOKEN}":
                status, body, headers = github.answer(self.command, self.path, json.loads(content) if content else {})
            else:
                github.asked.append((self.command, self.path))
                status, body, headers = 401, {"message": "Bad credentials"}, {}
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        github.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()
