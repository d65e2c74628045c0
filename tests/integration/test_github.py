"""Pull requests through the real client, against a server on loopback that behaves as GitHub does."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from tests.advice import spell
from tests.github_fake import faults
from tests.github_fake.faults import Fault
from tests.github_fake.github import REPOSITORY, TOKEN, GitHub
from tests.github_fake.server import client_environment, serving

from infragate.adapters.github import github_api, pull_requests
from infragate.domain.errors import BadInput, RemoteFailed

RETRY = github_api._RETRY  # the tests wait as it says where they look at how long that is, and elsewhere not
SOON = 15.0  # seconds in which a person at night wants to know that it does not work


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with serving() as running:
        for name, value in client_environment(running).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(github_api, "_RETRY", RETRY.new(backoff_factor=0.0))
        yield running


PULLS = "https://github.com/acme/fileflow/pull"


def proposed(body: str = "why", base: str | None = None) -> str:
    return pull_requests.open_pull_request(
        REPOSITORY, branch="rollback/prod-v0.6.1", base=base, title="back", body=body
    )


def refused() -> RemoteFailed:
    began = time.monotonic()
    with pytest.raises(RemoteFailed) as caught:
        proposed()
    assert time.monotonic() - began < SOON
    assert TOKEN not in f"{caught.value.message}{caught.value.where}{caught.value.fix}"
    return caught.value


def test_a_pull_request_is_opened_against_the_default_branch(server: GitHub) -> None:
    assert proposed() == f"{PULLS}/1"
    pull = server.pull()
    assert (pull.title, pull.body, pull.base_ref, pull.head_ref) == ("back", "why", "main", "rollback/prod-v0.6.1")


def test_a_given_base_is_kept(server: GitHub) -> None:
    proposed(base="release")
    assert server.pull().base_ref == "release"


def test_a_second_run_brings_the_same_pull_request_up_to_date(server: GitHub) -> None:
    proposed()
    again = proposed(body="why, now in full")
    assert again == f"{PULLS}/1"
    assert [pull.body for pull in server.pulls] == ["why, now in full"]


def test_a_closed_pull_request_is_left_alone(server: GitHub) -> None:
    proposed()
    server.pull().state = "closed"
    assert proposed() == f"{PULLS}/2"


@pytest.mark.parametrize(
    ("status", "message", "fix"),
    [
        (401, "Bad credentials", "GITHUB_TOKEN is not valid"),
        (403, "Resource not accessible by integration", "pull requests"),
        (404, "Not Found", "the repository name"),
        (422, "Validation Failed", "check that the branch is pushed"),
        (500, "", "again later"),
    ],
)
def test_a_refusal_says_what_github_said_and_what_to_do(server: GitHub, status: int, message: str, fix: str) -> None:
    server.faults = [Fault(status=status, message=message)]
    failed = refused()
    assert failed.message == f"GitHub answered {status}: {message or 'no message'}"
    assert failed.where == REPOSITORY
    assert fix in str(spell(failed.fix))


@pytest.mark.parametrize(
    "fault",
    [
        faults.rate_limit(reset_in=3000),
        faults.secondary_limit(retry_after=1800),
        faults.secondary_limit(retry_after=None),
        Fault(status=429, message="Too many requests", headers={"Retry-After": "1800"}),
        Fault(status=503, message="Service Unavailable", headers={"Retry-After": "1800"}),
    ],
    ids=["primary", "secondary", "secondary-without-a-time", "429", "503"],
)
def test_nobody_waits_for_a_limit_to_be_reset(server: GitHub, fault: Fault) -> None:
    server.faults = [fault]
    assert f"GitHub answered {fault.status}" in refused().message


def test_a_short_failure_of_a_question_is_got_over(server: GitHub) -> None:
    server.faults = [Fault(status=502, message="Bad Gateway", times=1)]
    assert proposed() == f"{PULLS}/1"


def test_what_was_made_and_never_answered_is_not_made_twice(server: GitHub) -> None:
    server.faults = [Fault(method="POST", status=502, message="Bad Gateway", took_effect=True)]
    assert "GitHub answered 502" in refused().message
    assert (len(server.pulls), server.methods().count("POST")) == (1, 1)
    assert proposed() == f"{PULLS}/1"
    assert len(server.pulls) == 1


@pytest.mark.usefixtures("server")
def test_a_server_that_is_not_there_is_said_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_api, "_RETRY", RETRY)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        monkeypatch.setenv("GITHUB_API_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert refused().message == "GitHub cannot be reached"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_the_token_nowhere_else(server: GitHub, status: int) -> None:
    with serving() as thief:
        location = thief.url.replace("127.0.0.1", "localhost")
        server.faults = [Fault(status=status, message="Moved", headers={"Location": f"{location}/repos/{REPOSITORY}"})]
        refused()
        assert thief.seen == []


def test_an_answer_that_names_an_address_elsewhere_is_not_followed(server: GitHub) -> None:
    with serving() as thief:
        server.written_url = thief.url
        assert "refers to an address outside" in refused().message
        assert thief.seen == []


@pytest.mark.parametrize(
    "address",
    ["http://github.example.com/api/v3", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "github.com", "//x"],
)
def test_a_token_is_never_sent_in_the_clear(server: GitHub, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("GITHUB_API_URL", address)
    with pytest.raises(BadInput, match="without encryption"):
        proposed()


def test_an_answer_that_is_no_json_is_no_success(server: GitHub) -> None:
    server.faults = [Fault(status=200, body=b"<html>", headers={"Content-Type": "text/html"})]
    refused()
    assert server.pulls == []


def test_without_a_token_nothing_is_asked(server: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    with pytest.raises(BadInput, match="GITHUB_TOKEN is not set"):
        proposed()
    assert server.seen == []
