"""`notify --test` against the emulator of Slack: a message that says that it is a test, and no secret in what is printed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.integration import console
from tests.unit import projects

from github_emulator.faults import Fault
from slack_emulator.server import bot_environment, serving, webhook_environment
from slack_emulator.slack import TOKEN, WEBHOOK, Slack

CHANNELS = "slack: {critical: '#fileflow-alerts', warning: '#fileflow-drift'}\n"


@dataclass
class Desk:
    root: Path
    slack: Slack

    def notify(self, *flags: str, **variables: str) -> Done:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.root),
            "INFRAGATE_ROOT": str(self.root),
            "INFRAGATE_STATE": os.environ["INFRAGATE_STATE"],
            **(variables or bot_environment(self.slack)),
        }
        done = console.run(["notify", *flags], folder=self.root, environment=environment)
        assert not any(secret in done.out + done.err for secret in (TOKEN, WEBHOOK, "SecretOfTheEmulator"))
        return done

    def result(self, *flags: str, **variables: str) -> dict[str, Any]:
        done = self.notify("--test", "--json", *flags, **variables)
        assert done.code == 0, done.err
        VALIDATOR.validate(done.document)
        return dict(done.document["result"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "infra").mkdir()
    shutil.copy(projects.ROOT / "infra" / "environments.yaml", tmp_path / "infra")
    with (tmp_path / "infra" / "environments.yaml").open("a") as settings:
        settings.write(CHANNELS)
    with serving() as slack:
        yield Desk(tmp_path, slack)


@pytest.mark.parametrize(("severity", "channel"), [("warning", "#fileflow-drift"), ("critical", "#fileflow-alerts")])
def test_a_test_message_goes_to_the_channel_of_its_severity(desk: Desk, severity: str, channel: str) -> None:
    assert desk.result("--severity", severity) == {
        "way": "bot",
        "severity": severity,
        "channel": channel,
        "problem": "",
    }
    (said,) = desk.slack.messages
    assert (desk.slack.channels[said.channel], said.text.startswith("Test: drift of fileflow")) == (channel, True)


def test_a_webhook_has_its_own_channel(desk: Desk) -> None:
    assert desk.result(**webhook_environment(desk.slack))["way"] == "webhook"
    assert len(desk.slack.messages) == 1


def test_the_text_says_where_it_went(desk: Desk) -> None:
    assert desk.notify("--test").out == "a test message was sent into #fileflow-drift (warning)\n"


def test_an_app_that_cannot_look_is_told_so(desk: Desk) -> None:
    desk.slack.scopes = {"chat:write"}
    assert "missing_scope" in desk.result()["problem"]
    assert "if Slack's answer gets lost" in desk.notify("--test").err


@pytest.mark.parametrize(
    ("flags", "words"), [((), "nothing to send"), (("--test", "--severity", "loud"), "no such severity: loud")]
)
def test_what_it_does_not_know_is_refused(desk: Desk, flags: tuple[str, ...], words: str) -> None:
    done = desk.notify(*flags)
    assert done.code == 3
    assert words in done.error[0]
    assert desk.slack.asked == []


def test_without_a_secret_nothing_is_sent(desk: Desk) -> None:
    done = desk.notify("--test", INFRAGATE_SLACK_API=desk.slack.url)
    assert (done.code, done.error[0]) == (3, "error: neither a token nor a webhook of Slack is set")


def test_without_channels_a_bot_does_not_know_where_to(desk: Desk) -> None:
    shutil.copy(projects.ROOT / "infra" / "environments.yaml", desk.root / "infra")
    assert "no channels are named" in desk.notify("--test").error[0]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=404, message="no_service"), "Slack refused: no_service"),
        (Fault(status=302, headers={"Location": "https://evil.example/"}), "a redirect, which is not followed"),
        (Fault(status=500), "Slack answered 500"),
        (Fault(cut=True), "Slack gave no answer"),
    ],
    ids=["404", "302", "500", "cut"],
)
def test_a_refusal_ends_with_5_and_says_what_to_do(desk: Desk, fault: Fault, words: str) -> None:
    desk.slack.faults = [fault]
    done = desk.notify("--test", **webhook_environment(desk.slack))
    assert done.code == 5
    assert words in done.error[0]
    assert done.error[2]
