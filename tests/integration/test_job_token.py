"""The token of a job of GitHub Actions, from a server on loopback that answers as the runner's does."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from github_emulator import job_tokens
from github_emulator.job_tokens import KEY, JobTokens, granted
from infragate.adapters.github import job_token
from infragate.domain.errors import BadInput, RemoteFailed

Job = Callable[..., JobTokens]
OWN = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Job:
    """A job whose server gives these answers."""
    opened = ExitStack()
    request.addfinalizer(opened.close)

    def begin(*answers: tuple[int, str]) -> JobTokens:
        tokens = opened.enter_context(job_tokens.serving(*answers))
        for name in OWN:
            monkeypatch.delenv(name, raising=False)
        for name, value in tokens.variables.items():
            monkeypatch.setenv(name, value)
        return tokens

    return begin


def test_a_job_gets_a_token_for_aws(job: Job) -> None:
    tokens = job(granted("a.b.c"))

    assert job_token.token() == "a.b.c"
    assert tokens.audiences == ["sts.amazonaws.com"]


def test_a_server_that_is_busy_is_asked_again(job: Job) -> None:
    job((503, ""), granted("a.b.c"))

    assert job_token.token() == "a.b.c"


@pytest.mark.parametrize("name", [*OWN, "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"])
def test_nothing_is_asked_with_own_credentials_or_outside_of_such_a_job(
    job: Job, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tokens = job(granted("a.b.c"))
    monkeypatch.setenv(name, "x" if name in OWN else "")

    assert job_token.token() is None
    assert tokens.audiences == []


@pytest.mark.parametrize(
    "answer",
    [
        (403, "{}"),
        (302, ""),
        (200, "<html>"),
        (200, "[]"),
        (200, '{"value": null}'),
        (200, '{"value": ""}'),
        (200, "{}"),
    ],
    ids=str,
)
def test_an_answer_without_a_token_is_an_error_that_says_what_the_job_needs(job: Job, answer: tuple[int, str]) -> None:
    job(answer)
    with pytest.raises(RemoteFailed) as caught:
        job_token.token()

    assert "id-token: write" in str(caught.value.fix)
    assert KEY not in f"{caught.value}{caught.value.where}"


def test_a_server_that_is_not_there_is_an_error(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    job(granted("a.b.c"))
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://127.0.0.1:1/x")
    monkeypatch.setattr(job_token, "_TRIES", 0)

    with pytest.raises(RemoteFailed, match="ConnectionError"):
        job_token.token()


def test_the_key_is_not_sent_without_encryption(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = job(granted("a.b.c"))
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", tokens.url.replace("https:", "http:"))

    with pytest.raises(BadInput, match="not https"):
        job_token.token()
