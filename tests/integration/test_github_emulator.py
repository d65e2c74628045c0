"""The emulator of GitHub: what its users rely on and the tests of infragate's own client do not show."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import threading
from collections.abc import Iterator

import pytest
import requests

from github_emulator import webhooks
from github_emulator.certificates import loopback
from github_emulator.faults import Fault
from github_emulator.github import BOT, REPOSITORY, TOKEN, GitHub
from github_emulator.server import serving

SECRET = "of the webhook"


@pytest.fixture
def github() -> Iterator[GitHub]:
    with serving() as running:
        yield running


@pytest.fixture
def listener() -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """A server that checks signatures: its address, and the events that came with whether they were signed right."""
    events: list[tuple[str, bool]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            signature = "sha256=" + hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()
            events.append((self.headers["X-GitHub-Event"], self.headers["X-Hub-Signature-256"] == signature))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", events
        server.shutdown()
        thread.join()


def call(
    github: GitHub, method: str, place: str, *, prefix: str = "", body: object = None, timeout: float = 5
) -> requests.Response:
    return requests.request(
        method,
        f"{github.url}{prefix}/repos/{REPOSITORY}{place}",
        json=body,
        headers={"Authorization": f"token {TOKEN}"},
        verify=str(loopback().authority),
        timeout=timeout,
    )


def test_events_are_signed_with_the_secret(github: GitHub, listener: tuple[str, list[tuple[str, bool]]]) -> None:
    address, events = listener
    hook = webhooks.Hook(github=github, url=address, secret=SECRET)
    pull = github.propose("a" * 40, files=("infra/envs/dev/main.tf",))
    hook.pull_request(pull, "opened")
    hook.comment(pull, "bob", "atlantis apply", secret="another one")
    hook.review(pull, "carol")
    hook.push(pull, "b" * 40)
    assert events == [
        ("pull_request", True),
        ("issue_comment", False),
        ("pull_request_review", True),
        ("pull_request", True),
    ]
    assert (pull.head_sha, pull.reviews[0].commit) == ("b" * 40, "a" * 40)


@pytest.mark.parametrize("prefix", ["", "/api/v3"])
def test_a_comment_and_a_status_can_be_waited_for(github: GitHub, prefix: str) -> None:
    pull = github.propose("a" * 40)
    before = webhooks.newest_comment(github)
    status = {"context": "atlantis/plan", "state": "success"}
    later = threading.Timer(
        0.05, lambda: call(github, "POST", f"/statuses/{pull.head_sha}", prefix=prefix, body=status)
    )
    later.start()
    call(github, "POST", "/issues/1/comments", prefix=prefix, body={"body": "Ran Plan"})
    assert webhooks.wait_comment(github, pull, "Ran Plan", author=BOT, after=before).number == 1
    assert webhooks.wait_status(github, "atlantis/plan", "success", timeout=5).sha == pull.head_sha
    later.join()
    with pytest.raises(TimeoutError, match="not seen"):
        webhooks.wait_comment(github, pull, "Ran Apply", author=BOT, timeout=0.01)


@pytest.mark.parametrize("took_effect", [False, True])
def test_a_fault_hits_before_or_after_the_effect(github: GitHub, took_effect: bool) -> None:
    github.propose("a" * 40)
    github.faults = [Fault(method="POST", path="/comments$", times=1, status=502, took_effect=took_effect)]
    assert call(github, "POST", "/issues/1/comments", body={"body": "x"}).status_code == 502
    assert len(github.comments) == int(took_effect)
    assert call(github, "POST", "/issues/1/comments", body={"body": "x"}).status_code == 201


def test_a_connection_can_be_cut_and_an_answer_be_slow(github: GitHub) -> None:
    github.faults = [Fault(times=1, cut=True), Fault(times=1, delay=0.5)]
    with pytest.raises(requests.ConnectionError):
        call(github, "GET", "")
    with pytest.raises(requests.Timeout):
        call(github, "GET", "", timeout=0.1)
    assert call(github, "GET", "").status_code == 200


def test_a_client_that_does_not_know_the_authority_is_told_nothing(github: GitHub) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(github.url, timeout=5)
    assert github.seen == []
