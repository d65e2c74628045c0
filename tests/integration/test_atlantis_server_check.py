"""`doctor --atlantis`: what a server lets through, and on the server itself how it is set up."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.e2e.product import ROOT
from tests.unit import projects

from infragate.domain.environment import Project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors import atlantis_files
from infragate.domain.front_doors.sections import Atlantis, FrontDoors
from infragate.usecases.atlantis import server_check

GOOD = {
    ("GET", "/healthz"): (200, "{}"),
    ("GET", "/status"): (200, '{"version": "v0.47.1 (commit: 8dd22b4) (build date: x)"}'),
    ("POST", "/events"): (400, "payload signature check failed"),
    ("POST", "/api/apply"): (503, "ignoring request since API is disabled"),
    ("GET", "/"): (401, "Unauthorized"),
}
SAFE = {
    "ATLANTIS_GH_WEBHOOK_SECRET": "s",
    "ATLANTIS_CHECKOUT_STRATEGY": "merge",
    "ATLANTIS_REPO_ALLOWLIST": "github.com/acme/fileflow",
}


@dataclass
class Server:
    """Something that answers as an Atlantis server does."""

    url: str = ""
    answers: dict[tuple[str, str], tuple[int, str]] = field(default_factory=lambda: dict(GOOD))
    signatures: list[str | None] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    made = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/events":
                made.signatures.append(self.headers.get("X-Hub-Signature-256"))
            status, text = made.answers.get((self.command, self.path), (404, ""))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer  # noqa: N815 - as the library names them

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        made.url = f"http://127.0.0.1:{listener.server_port}"
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield made
        finally:
            listener.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_server_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATLANTIS_GH_TOKEN", *SAFE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


def complaints(server: Server, project: Project | None = None) -> dict[str, str]:
    return {check.name: check.message for check in server_check.checks(server.url, ROOT, project) if check.fix}


def test_a_good_server_has_no_complaint_and_was_asked_with_a_wrong_signature(server: Server) -> None:
    assert complaints(server) == {}
    assert server.signatures == [f"sha256={'0' * 64}"]


def test_a_server_that_cannot_be_reached_is_the_only_complaint() -> None:
    with serving() as ended:
        pass
    (check,) = server_check.checks(ended.url, ROOT, None)
    assert "no answer" in check.message
    assert check.fix


@pytest.mark.parametrize(
    ("request_", "answer", "name", "words"),
    [
        (("POST", "/events"), (200, "Ignoring"), "webhook signature", "answered with 200"),
        (("POST", "/api/apply"), (401, ""), "atlantis api", "applies without a pull request"),
        (("GET", "/"), (200, "<html>"), "atlantis pages", "no password"),
        (("GET", "/status"), (200, '{"version": "0.47.0 (commit"}'), "atlantis version", "0.47.0 is not"),
        (("GET", "/status"), (200, "<html>"), "atlantis version", "does not tell"),
        (("GET", "/status"), (200, "[]"), "atlantis version", "does not tell"),
    ],
)
def test_what_a_server_lets_through_is_named(
    server: Server, request_: tuple[str, str], answer: tuple[int, str], name: str, words: str
) -> None:
    server.answers[request_] = answer
    found = complaints(server)
    assert set(found) == {name}
    assert words in found[name]


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="not an address"):
        list(server_check.checks("atlantis.acme.example", ROOT, None))


def with_atlantis() -> Project:
    return replace(projects.typed(), front_doors=FrontDoors(atlantis=Atlantis(url="https://atlantis.acme.example")))


def test_on_the_server_its_settings_and_rules_are_judged(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, project = tmp_path / "repos.yaml", with_atlantis()
    rules.write_text(atlantis_files.server_file(project) + "\n")
    for name, value in {**SAFE, "ATLANTIS_REPO_CONFIG": str(rules)}.items():
        monkeypatch.setenv(name, value)
    assert complaints(server, project) == {}
    rules.write_text(rules.read_text().replace("[approved, mergeable, undiverged]", "[]"))
    monkeypatch.setenv("ATLANTIS_API_SECRET", "s")
    told = [check.message for check in server_check.checks(server.url, ROOT, project) if check.fix]
    assert any("the API plans and applies without a pull request" in message for message in told)
    assert any("is not what environments.yaml says" in message for message in told)
