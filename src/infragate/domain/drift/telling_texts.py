"""How drift is worded where it is told: the functions that a run gets for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from infragate.domain.drift.report import StackDrift
from infragate.domain.drift.telling import TellingStep
from infragate.domain.front_doors.slack_message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTexts:
    """Messages of Slack.

    Attributes:
        whole: what is there now, with the address of the issue; reply: what changed.
    """

    whole: Callable[[StackDrift, TellingStep, str | None], Message]
    reply: Callable[[StackDrift, TellingStep], Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingTexts:
    """Messages, and issues of GitHub.

    Attributes:
        issue: the whole text of the issue, from the present one; None if there is none.
        proof: the comment that closes it; its first line names the change that it proves.
        marker: the hidden line by which the issue of an Environment is known.
    """

    messages: MessageTexts
    marker: Callable[[str], str]
    title: Callable[[StackDrift], str]
    issue: Callable[[StackDrift, str | None], str]
    proof: Callable[[StackDrift, str], str]
