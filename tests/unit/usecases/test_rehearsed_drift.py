"""The drift of a rehearsal: a step fails where `drift --tell` says anything but what must be so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.projects import typed

from github_emulator.github import GitHub
from github_emulator.model import Issue
from infragate.domain.errors import Blocked
from infragate.sandbox.atlantis_server import AtlantisServer
from infragate.sandbox.drift_job import DriftJob
from infragate.sandbox.pull_requests import PullRequests
from infragate.usecases.rehearsal.drift_life import DriftLife
from slack_emulator.slack import Said, Slack

ADDRESS = "aws_cloudwatch_metric_alarm.rehearsal"
ITEM = {
    "address": ADDRESS,
    "class": "out-of-band",
    "fields": [{"path": "actions_enabled", "before": False, "after": True}],
}
FOUND: dict[str, Any] = {"status": "drift", "items": [ITEM]}
CLEAN: dict[str, Any] = {"status": "clean", "items": []}
URL = "https://github.com/acme/fileflow/issues/4"
CLOUDWATCH = SimpleNamespace(disable_alarm_actions=lambda **_: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(DriftJob):
    """A run that says what it is given, and posts what it is given."""

    stack: dict[str, Any]
    slack_says: str
    issue_says: str
    posts: bool = False

    def run(self, environment: str) -> tuple[dict[str, Any], dict[str, Any]]:
        if self.posts:
            self.slack.messages.append(Said(channel="", ts="1", text=f"about {environment}", blocks=[]))
        return self.stack, {"slack": self.slack_says, "issue": self.issue_says, "issue_url": URL}


def life(stack: dict[str, Any], slack: str, issue: str, *, posts: bool = True, state: str = "open") -> DriftLife:
    """As after its first step, when the issue is open; the next run says this."""
    github = GitHub()
    github.issues[4] = Issue(number=4, repository="acme/fileflow", title="Drift: dev", body="", author="b", state=state)
    server = AtlantisServer(folder=Path("/f"), origin=Path("/o"), project=typed(), github=github)
    job = Recorded(server=server, slack=Slack(), stack=stack, slack_says=slack, issue_says=issue, posts=posts)
    begun = DriftLife()
    begun.begin(job, PullRequests(server=server), typed().environment("dev"))
    begun.number = 4
    return begun


def test_a_change_by_hand_that_was_found_and_told_is_the_evidence() -> None:
    told = life(FOUND, "posted", "opened").change(CLOUDWATCH)
    assert told == f"out-of-band: {ADDRESS}, actions_enabled: false; issue 4 opened, Slack told"


@pytest.mark.parametrize(
    ("stack", "slack", "issue"),
    [
        (FOUND, "failed", "opened"),
        (FOUND, "posted", "unchanged"),
        (CLEAN, "posted", "opened"),
        ({**FOUND, "items": [{**ITEM, "class": "not-applied"}]}, "posted", "opened"),
    ],
)
def test_a_change_that_is_not_found_with_its_cause_or_not_told_fails(
    stack: dict[str, Any], slack: str, issue: str
) -> None:
    with pytest.raises(Blocked, match="drift does not have"):
        life(stack, slack, issue).change(CLOUDWATCH)


@pytest.mark.parametrize(("slack", "posts"), [("replied", False), ("silent", True)])
def test_anything_told_twice_fails(slack: str, posts: bool) -> None:
    with pytest.raises(Blocked, match="drift does not have"):
        life(FOUND, slack, "silent", posts=posts).repeat()
    assert "stay as they are" in life(FOUND, "silent", "silent", posts=False).repeat()


def test_a_drift_that_is_not_settled_fails() -> None:
    assert life(CLEAN, "settled", "closed", state="closed").settled().startswith("clean; issue 4 closed")
    for stack, state in ((FOUND, "closed"), (CLEAN, "open")):
        with pytest.raises(Blocked, match="a Stack without drift, and its issue closed"):
            life(stack, "settled", "closed", state=state).settled()
