"""`notify --test`: sends a test message to Slack, and checks that the app could find a message whose answer got lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from infragate.adapters.local import clock
from infragate.domain.drift.record import DriftLevel
from infragate.domain.environment import Environment, Project
from infragate.domain.errors import BadInput
from infragate.domain.front_doors.slack_message import Message

LEVELS: tuple[DriftLevel, ...] = ("warning", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRequest:
    """What to send.

    Attributes:
        environment: whose channels are used; None for those of all Environments.
    """

    project: Project
    environment: Environment | None
    severity: DriftLevel
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyResult:
    """What was sent, and how.

    Attributes:
        channel: as in environments.yaml; "" through a webhook, which has its own.
        problem: why the app cannot check whether a message arrived; "" if it can, or never needs to.
    """

    way: Literal["bot", "webhook"]
    severity: DriftLevel
    channel: str
    problem: str = ""


def severity(name: str) -> DriftLevel:
    """The severity of this name.

    Raises:
        BadInput: it is none.
    """
    for level in LEVELS:
        if name == level:
            return level
    fix = f"use one of: {', '.join(LEVELS)}"
    raise BadInput(f"notify: no such severity: {name[:40]}", where="--severity", fix=fix)


def run(request: NotifyRequest) -> NotifyResult:
    """Send it.

    Raises:
        BadInput: the settings of Slack cannot be used. RemoteFailed: Slack refuses or cannot be reached.
    """
    from infragate.adapters.slack import slack_messages
    from infragate.adapters.slack.slack_http import SlackUnsureError

    slack, level = slack_messages.connect(), request.severity
    if isinstance(slack, slack_messages.WebhookSlack):
        slack.post(request.message)
        return NotifyResult(way="webhook", severity=level, channel="")
    telling = request.project.front_doors.telling
    channel = telling.channel(request.environment.name if request.environment else "", level)
    now = clock.now()
    change = f"test-{now:%Y%m%dT%H%M%S%fZ}"
    slack.post(channel, request.message, change=change)
    try:
        missing = slack.search(channel, change, since=now) is None
        problem = "the message cannot be seen among those of the channel" if missing else ""
    except SlackUnsureError as error:
        problem = error.message
    return NotifyResult(way="bot", severity=level, channel=channel, problem=problem)
