"""Pull requests through the real client, against a server on loopback that behaves as GitHub does."""

from __future__ import annotations

import socket
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.advice import spell

from github_emulator import faults
from github_emulator.faults import Fault
from github_emulator.github import REPOSITORY, TOKEN, GitHub
from github_emulator.model import Account, App
from github_emulator.server import client_environment, serving
from infragate.adapters.github import github_api, github_credentials, github_retry, pull_requests
from infragate.adapters.github.github_retry import Persistence
from infragate.adapters.local import masking
from infragate.domain.errors import BadInput, RemoteFailed

PAUSE = github_retry.PAUSE  # the tests wait as it says where they look at how long that is, and elsewhere not
SOON = 15.0  # seconds in which a person at night wants to know that it does not work


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with serving() as running:
        for name, value in client_environment(running).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(github_retry, "PAUSE", 0.0)
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
        (401, "Bad credentials", "create a new one"),
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


@pytest.mark.parametrize(
    "lost",
    [
        Fault(method="POST", path="/pulls", status=502, message="Bad Gateway", took_effect=True, times=1),
        Fault(method="POST", path="/pulls", cut=True, took_effect=True, times=1),
    ],
    ids=["502", "cut"],
)
def test_what_was_made_and_never_answered_is_looked_for_and_not_made_twice(server: GitHub, lost: Fault) -> None:
    server.faults = [lost]
    assert proposed() == f"{PULLS}/1"
    assert (len(server.pulls), server.methods().count("POST")) == (1, 1)


@pytest.mark.parametrize(
    "failed",
    [
        Fault(method="POST", status=502, message="Bad Gateway", times=2),
        Fault(method="POST", cut=True, times=2),
        Fault(method="POST", status=403, message="secondary rate limit", headers={"Retry-After": "1"}, times=1),
    ],
    ids=["502", "cut", "secondary limit"],
)
def test_what_was_not_made_is_tried_again_after_a_look(server: GitHub, failed: Fault) -> None:
    server.faults = [failed]
    assert proposed() == f"{PULLS}/1"
    listed = [request.method for request in server.seen if "/pulls" in request.path]
    assert listed == ["GET", "POST"] * (len(listed) // 2)
    assert len(listed) > 2


def test_a_write_is_not_tried_for_ever(server: GitHub) -> None:
    server.faults = [Fault(method="POST", status=502, message="Bad Gateway")]
    assert "GitHub answered 502" in refused().message
    assert (server.pulls, server.methods("/pulls").count("POST")) == ([], 6)


def test_a_wait_that_github_demands_is_kept(server: GitHub) -> None:
    server.faults = [faults.secondary_limit(retry_after=1, times=1)]
    began = time.monotonic()
    assert proposed() == f"{PULLS}/1"
    assert 1 <= time.monotonic() - began < 5


def test_nothing_is_tried_again_when_the_time_is_over(server: GitHub) -> None:
    server.faults = [Fault(status=503, message="x", headers={"Retry-After": "1"})]
    none = Persistence(total=0.0, request=5)
    with pytest.raises(RemoteFailed), github_api.connection(REPOSITORY, need="access", persistence=none):
        pass
    assert len(server.seen) == 1


@pytest.mark.usefixtures("server")
def test_a_server_that_is_not_there_is_said_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_retry, "PAUSE", PAUSE)
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


# ---- whom the server trusts, and whom we do ------------------------------------------------------------------------


def test_a_certificate_of_an_unknown_authority_is_refused(server: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name)
    failed = refused()
    assert (failed.message, server.seen) == ("GitHub's certificate is not trusted here", [])
    assert "SSL_CERT_FILE" in str(spell(failed.fix))


def test_a_file_of_authorities_that_is_not_there_is_named(server: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(BadInput, match="REQUESTS_CA_BUNDLE names no file"):
        proposed()


def test_an_enterprise_server_has_its_api_below_a_path(server: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    server.written_url = f"{server.url}/api/v3"
    monkeypatch.setenv("GITHUB_API_URL", f"{server.url}/api/v3/")
    assert proposed() == f"{PULLS}/1"
    assert {request.path.startswith("/api/v3/repos/") for request in server.seen} == {True}


def test_the_missing_permission_is_named(server: GitHub) -> None:
    server.accounts[TOKEN] = Account(login="infragate[bot]", permissions={"contents": "write"})
    assert "permission pull_requests: read (docs/github.md" in str(spell(refused().fix))


# ---- a GitHub App ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def app(server: GitHub, key: rsa.RSAPrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server that knows an App, and the file of its key; there is no token."""
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    permissions = {"pull_requests": "write", "contents": "write"}
    server.app = App(id=7, installation=70, slug="infragate", public_key=public, permissions=permissions)
    path = tmp_path / "app.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    monkeypatch.delenv("GITHUB_TOKEN")
    for name, value in zip(github_credentials.APP_SETTINGS, ("7", "70", str(path)), strict=True):
        monkeypatch.setenv(name, value)
    return path


def test_an_app_opens_a_pull_request_as_itself(server: GitHub, app: Path) -> None:
    assert proposed() == f"{PULLS}/1"
    assert server.pull().author == "infragate[bot]"


def test_a_token_of_an_app_is_hidden_in_all_output(server: GitHub, app: Path) -> None:
    proposed()
    (issued,) = (token for token in server.accounts if token.startswith("ghs_"))
    assert issued not in masking.masker().mask(f"text with {issued} in it")


def test_a_token_of_an_app_is_got_over_a_failure(server: GitHub, app: Path) -> None:
    server.faults = [Fault(method="POST", path="/access_tokens", status=502, took_effect=True, times=1)]
    assert proposed() == f"{PULLS}/1"


def test_the_key_of_another_app_is_refused(server: GitHub, app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    app.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    failed = refused()
    assert failed.message == "GitHub answered 401: Bad credentials"
    assert "key of the App" in str(spell(failed.fix))


@pytest.mark.parametrize("name", github_credentials.APP_SETTINGS)
def test_half_of_the_settings_of_an_app_are_refused(app: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(BadInput, match=f"{name} is not set"):
        proposed()


@pytest.mark.parametrize(
    "content",
    ["", "no key", "-----BEGIN PRIVATE KEY-----\nSEKRIT\n-----END PRIVATE KEY-----\n"],
    ids=["empty", "text", "damaged"],
)
def test_what_is_no_key_is_refused_without_a_word_of_it(app: Path, content: str) -> None:
    app.write_text(content)
    with pytest.raises(BadInput) as refusal:
        proposed()
    assert "SEKRIT" not in "".join(traceback.format_exception(refusal.value))


def test_a_key_that_is_not_there_is_named(app: Path) -> None:
    app.unlink()
    with pytest.raises(BadInput, match="INFRAGATE_GITHUB_APP_KEY_FILE: there is no such file"):
        proposed()
