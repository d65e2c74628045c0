"""Slack through its real library, against its emulator: what is told once stays told once, and no secret gets out."""

from __future__ import annotations

import http.server
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from github_emulator import certificates, https
from github_emulator.faults import Fault
from infragate.adapters.local import masking
from infragate.adapters.slack import slack_http, slack_messages
from infragate.adapters.slack.slack_http import SlackUnsentError, SlackUnsureError
from infragate.adapters.slack.slack_messages import BotSlack, SlackPlace, WebhookSlack
from infragate.domain.errors import BadInput, RemoteFailed
from infragate.domain.front_doors.slack_message import Message
from slack_emulator.server import bot_environment, serving, webhook_environment
from slack_emulator.slack import CRITICAL, TOKEN, WEBHOOK, Slack

TEXT = Message(text="drift", blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "drift"}},))
SECRETS = (TOKEN, WEBHOOK, "SecretOfTheEmulator")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    monkeypatch.setattr(slack_http, "PAUSE", 0.0)
    with serving() as running:
        yield running


@pytest.fixture
def bot(server: Slack, monkeypatch: pytest.MonkeyPatch) -> BotSlack:
    _set(monkeypatch, bot_environment(server))
    return connected(BotSlack)


@pytest.fixture
def webhook(server: Slack, monkeypatch: pytest.MonkeyPatch) -> WebhookSlack:
    _set(monkeypatch, webhook_environment(server))
    return connected(WebhookSlack)


@pytest.fixture(params=["bot", "webhook"])
def post(request: pytest.FixtureRequest) -> Callable[[], object]:
    """Posts a message, either way."""
    slack = request.getfixturevalue(request.param)
    return lambda: slack.post(TEXT) if request.param == "webhook" else slack.post(CRITICAL, TEXT, change="c1")


T = TypeVar("T")


def connected(kind: type[T]) -> T:
    slack = slack_messages.connect()
    assert isinstance(slack, kind)
    return slack


def _set(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def told(error: BaseException) -> str:
    """All that an error says, with its causes."""
    chain: list[str] = []
    step: BaseException | None = error
    while step is not None:
        chain += [str(step), str(getattr(step, "where", "")), str(getattr(step, "fix", ""))]
        step = step.__cause__
    return masking.masker().mask(" ".join(chain))


def test_a_bot_posts_and_says_where(bot: BotSlack, server: Slack) -> None:
    place = bot.post(CRITICAL, TEXT, change="c1")
    (said,) = server.messages
    assert (place.channel, place.thread) == ("C0CRITICAL", said.ts)
    assert said.metadata["event_payload"] == {"change": "c1"}


def test_a_reply_is_in_the_thread(bot: BotSlack, server: Slack) -> None:
    place = bot.post(CRITICAL, TEXT, change="c1")
    bot.post(CRITICAL, TEXT, change="c2", below=place)
    assert [said.thread for said in server.messages] == ["", place.thread]


def test_a_message_is_changed_in_place(bot: BotSlack, server: Slack) -> None:
    place = bot.post(CRITICAL, TEXT, change="c1")
    bot.renew(place, Message(text="settled", blocks=TEXT.blocks))
    (said,) = server.messages
    assert (said.text, said.edits) == ("settled", 1)


def test_a_webhook_posts(webhook: WebhookSlack, server: Slack) -> None:
    webhook.post(TEXT)
    assert [said.text for said in server.messages] == ["drift"]


LOST: list[dict[str, Any]] = [
    {"status": 500},
    {"status": 503, "message": "upstream"},
    {"cut": True},
    {"status": 200, "body": b"<html>proxy</html>"},
    {"status": 200, "body": b'{"ok": false, "error": "fatal_error"}'},
]


@pytest.mark.parametrize("took_effect", [True, False])
@pytest.mark.parametrize("how", LOST, ids=["500", "503", "cut", "html", "fatal_error"])
@pytest.mark.parametrize("reply", [True, False])
def test_a_message_whose_answer_is_lost_is_there_once(
    bot: BotSlack, server: Slack, how: dict[str, Any], took_effect: bool, reply: bool
) -> None:
    below = bot.post(CRITICAL, TEXT, change="c0") if reply else None
    for number in range(5):  # more than a page of others
        bot.post(CRITICAL, TEXT, change=f"x{number}", below=below)
    server.faults = [Fault(path="postMessage", times=1, took_effect=took_effect, **how)]
    place = bot.post(CRITICAL, TEXT, change="c1", below=below)
    (said,) = (one for one in server.messages if one.metadata["event_payload"]["change"] == "c1")
    assert place.thread == said.ts


def test_a_bot_that_cannot_look_does_not_post_again(bot: BotSlack, server: Slack) -> None:
    server.scopes = {"chat:write"}
    server.faults = [Fault(path="postMessage", times=1, took_effect=True, status=500)]
    with pytest.raises(SlackUnsureError, match="cannot be seen: Slack refused: missing_scope"):
        bot.post(CRITICAL, TEXT, change="c1")
    assert len(server.messages) == 1


def test_a_message_that_never_arrives_is_unsent(bot: BotSlack, server: Slack) -> None:
    server.faults = [Fault(path="postMessage", status=500)]
    with pytest.raises(SlackUnsentError):
        bot.post(CRITICAL, TEXT, change="c1")
    assert server.messages == []


def test_a_search_finds_what_a_killed_run_posted(bot: BotSlack) -> None:
    place, now = bot.post(CRITICAL, TEXT, change="c1"), datetime.now(UTC)
    assert bot.search(CRITICAL, "c1", since=now) == place
    assert bot.search(CRITICAL, "c2", since=now) is None
    assert bot.search(CRITICAL, "c1", since=now + timedelta(hours=1)) is None


def test_a_webhook_whose_answer_is_lost_is_not_used_again(webhook: WebhookSlack, server: Slack) -> None:
    server.faults = [Fault(times=1, cut=True, took_effect=True)]
    with pytest.raises(SlackUnsureError):
        webhook.post(TEXT)
    assert len(server.messages) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=404, message="no_service"), "Slack refused: no_service"),
        (Fault(status=400, message="invalid_payload"), "Slack refused: invalid_payload"),
        (Fault(status=500, message="rollup_error"), "Slack answered 500"),
        (Fault(status=403, message="<b>\x1b[2J</b>"), "Slack refused: status 403"),
    ],
    ids=["404", "400", "500", "403"],
)
def test_a_refused_webhook_is_asked_once(webhook: WebhookSlack, server: Slack, fault: Fault, words: str) -> None:
    server.faults = [fault]
    with pytest.raises(RemoteFailed) as caught:
        webhook.post(TEXT)
    assert caught.value.message == words
    assert not isinstance(caught.value, (SlackUnsureError, SlackUnsentError))
    assert len(server.asked) == 1
    assert not any(secret in told(caught.value) for secret in SECRETS)


@pytest.mark.parametrize("error", ["channel_not_found", "not_in_channel", "invalid_auth", "missing_scope"])
def test_a_refusal_of_the_bot_says_what_to_do(bot: BotSlack, server: Slack, error: str) -> None:
    server.faults = [Fault(status=200, body=b'{"ok": false, "error": "%s"}' % error.encode())]
    with pytest.raises(RemoteFailed) as caught:
        bot.post(CRITICAL, TEXT, change="c1")
    assert caught.value.message == f"Slack refused: {error}"
    assert caught.value.fix == slack_http._FIXES[error]
    assert len(server.asked) == 1


def test_a_limit_is_waited_for(post: Callable[[], object], server: Slack) -> None:
    server.faults = [Fault(times=1, status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    post()
    assert time.monotonic() - began >= 1
    assert len(server.messages) == 1


def test_a_long_limit_is_left_to_the_next_run(post: Callable[[], object], server: Slack) -> None:
    server.faults = [Fault(status=429, headers={"Retry-After": "600"})]
    with pytest.raises(SlackUnsentError, match="Slack demands a wait of 600 s"):
        post()
    assert len(server.asked) == 1


def test_the_whole_wait_is_bounded(bot: BotSlack, server: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_http, "TOTAL", 1.5)
    server.faults = [Fault(status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    with pytest.raises(SlackUnsentError):
        connected(BotSlack).post(CRITICAL, TEXT, change="c1")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(post: Callable[[], object], server: Slack, status: int) -> None:
    with serving() as other:
        server.faults = [Fault(status=status, headers={"Location": f"{other.url}/api/chat.postMessage"})]
        with pytest.raises(RemoteFailed, match="a redirect, which is not followed") as caught:
            post()
        assert other.asked == []
    assert not any(secret in told(caught.value) for secret in SECRETS)


def test_a_certificate_that_nobody_trusts_is_refused_before_the_token_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.path)

    with https.serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        _set(monkeypatch, {"INFRAGATE_SLACK_TOKEN": TOKEN, "INFRAGATE_SLACK_API": f"{address}/api"})
        with pytest.raises(RemoteFailed, match="Slack's certificate is not trusted here"):
            connected(BotSlack).post(CRITICAL, TEXT, change="c1")
    assert seen == []


def test_an_authority_that_is_named_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"ok": true, "channel": "C1", "ts": "1.0"}')

        def log_message(self, *_: object) -> None:
            pass

    with https.serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        authority = str(certificates.loopback().authority)
        variables = {"INFRAGATE_SLACK_TOKEN": TOKEN, "INFRAGATE_SLACK_API": f"{address}/api"}
        _set(monkeypatch, {**variables, "REQUESTS_CA_BUNDLE": authority})
        assert connected(BotSlack).post(CRITICAL, TEXT, change="c1") == SlackPlace(channel="C1", thread="1.0")


def test_a_server_that_is_not_there_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slack_http, "PAUSE", 0.0)
    with serving() as gone:
        address = gone.url
    _set(monkeypatch, {"INFRAGATE_SLACK_WEBHOOK": f"{address}{WEBHOOK}"})
    with pytest.raises(SlackUnsentError, match="Slack cannot be reached") as caught:
        connected(WebhookSlack).post(TEXT)
    assert not any(secret in told(caught.value) for secret in SECRETS)


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/x",
        "ftp://127.0.0.1/x",
        "https://user:pass@hooks.slack.com/x",
        "hooks.slack.com/x",
        "//[",
    ],
)
def test_an_address_without_encryption_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    _set(monkeypatch, {"INFRAGATE_SLACK_WEBHOOK": address})
    with pytest.raises(BadInput, match="not an https address") as caught:
        slack_messages.connect()
    assert address not in f"{caught.value.message}{caught.value.where}{caught.value.fix}"


def test_the_token_may_be_in_a_file(server: Slack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    _set(
        monkeypatch, {"INFRAGATE_SLACK_TOKEN_FILE": str(tmp_path / "token"), "INFRAGATE_SLACK_API": f"{server.url}/api"}
    )
    connected(BotSlack).post(CRITICAL, TEXT, change="c1")
    assert TOKEN not in masking.masker().mask(f"said: {TOKEN}")


def test_nothing_is_logged(bot: BotSlack, server: Slack, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.faults = [Fault(times=1, cut=True)]
    bot.post(CRITICAL, TEXT, change="c1")
    assert not any(secret in caplog.text for secret in SECRETS)
    assert "slack" not in {record.name.partition(".")[0] for record in caplog.records}


def test_many_threads_tell_their_own(bot: BotSlack, server: Slack) -> None:
    threads = [threading.Thread(target=bot.post, args=(CRITICAL, TEXT), kwargs={"change": f"c{n}"}) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({said.metadata["event_payload"]["change"] for said in server.messages}) == 8
