"""The message in Slack for a Stack's drift: posted once for each change, with the later ones as its replies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from infragate.adapters.aws.drift_records import DriftRecords
from infragate.adapters.local import clock
from infragate.domain.drift import telling
from infragate.domain.drift.record import DriftLevel, DriftRecord
from infragate.domain.drift.report import StackDrift
from infragate.domain.drift.telling import TellingStep
from infragate.domain.drift.telling_texts import MessageTexts
from infragate.domain.errors import RemoteFailed
from infragate.domain.front_doors.sections import Telling

if TYPE_CHECKING:
    from infragate.adapters.slack.slack_messages import BotSlack, SlackPlace, WebhookSlack

# `unsure`: it may have been posted; it is not posted again.
SlackEffect = Literal["posted", "replied", "settled", "unsure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackThread:
    """Where to post, and on behalf of which run; that run has the claim."""

    records: DriftRecords
    run: str
    telling: Telling
    texts: MessageTexts
    warn: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    """What is told now; `louder` names the channel (`_louder`)."""

    drift: StackDrift
    step: TellingStep
    louder: DriftLevel
    issue_url: str | None


def tell(thread: SlackThread, drift: StackDrift, issue_url: str | None) -> SlackEffect | Literal["silent"]:
    """Post what changed.

    Raises:
        BadInput: the settings of Slack cannot be used. RemoteFailed: nothing was posted, or the claim is lost.
    """
    from infragate.adapters.slack import slack_messages
    from infragate.adapters.slack.slack_http import SlackUnsureError

    slack, name = slack_messages.connect(), drift.environment
    record = _resolved(thread, drift, slack)
    step = telling.steps(record, drift).slack
    if step == "silent":
        return "silent"
    news = _News(drift=drift, step=step, louder=_louder(record, drift, step), issue_url=issue_url)
    channel, now = _channel(thread, name, news.louder, slack), clock.now()
    begun = partial(telling.attempted, run=thread.run, louder=news.louder, at=now)
    record = _own(thread, name, begun)
    try:
        place = _posted(thread, record, news, slack, channel)
    except SlackUnsureError as error:
        return _unsure(thread, drift, slack, error)
    except RemoteFailed:
        _own(thread, name, partial(telling.slack_failed, run=thread.run))
        raise
    _keep(thread, name, place)
    return "posted" if step == "open" else "settled" if step == "settle" else "replied"


def _louder(record: DriftRecord, drift: StackDrift, step: TellingStep) -> DriftLevel:
    """The severity whose channel is used: that of the thread, unless the drift is critical now."""
    level = telling.level(drift)
    return level if step == "open" or level == "critical" else record.slack.level


def _resolved(thread: SlackThread, drift: StackDrift, slack: BotSlack | WebhookSlack) -> DriftRecord:
    """The record, once it is known if a killed run posted its message. If Slack cannot be searched, it counts as posted."""
    from infragate.adapters.slack import slack_messages
    from infragate.adapters.slack.slack_http import SlackBlindError

    name = drift.environment
    record = thread.records.read(name)
    attempt = record.slack.attempt
    if attempt is None:
        return record
    doubt = f"{name}: a message for Slack was begun by a run that did not end; it may be missing there"
    if not isinstance(slack, slack_messages.BotSlack):
        thread.warn(doubt)
        return _keep(thread, name, slack_messages.SlackPlace())
    below = _parent(record)
    channel = _channel(thread, name, attempt.level, slack)
    try:
        place = slack.search(channel, attempt.change, since=attempt.at)
        if place is None and below is not None and slack.search(channel, attempt.change, since=attempt.at, below=below):
            place = below
    except SlackBlindError as error:
        thread.warn(f"{doubt}: {error.message}")
        place = slack_messages.SlackPlace()
    if place is None:
        return _own(thread, name, partial(telling.slack_failed, run=thread.run))
    return _keep(thread, name, place)


def _posted(
    thread: SlackThread, record: DriftRecord, news: _News, slack: BotSlack | WebhookSlack, channel: str
) -> SlackPlace:
    """Post it; returns the place that later replies go to."""
    from infragate.adapters.slack import slack_messages

    whole = thread.texts.whole(news.drift, news.step, news.issue_url)
    if not isinstance(slack, slack_messages.BotSlack):
        slack.post(whole)
        return slack_messages.SlackPlace()
    parent, change = _parent(record), record.claim.change if record.claim else ""
    if parent is None or news.step == "open" or news.louder != record.slack.level:
        return slack.post(channel, whole, change=change)
    return _replied(thread, news, slack, parent, change) or slack.post(channel, whole, change=change)


def _replied(thread: SlackThread, news: _News, slack: BotSlack, parent: SlackPlace, change: str) -> SlackPlace | None:
    """The message, with a reply and brought up to date; None if somebody removed it."""
    from infragate.adapters.slack.slack_http import SlackGoneError

    try:
        slack.post(parent.channel, thread.texts.reply(news.drift, news.step), change=change, below=parent)
    except SlackGoneError:
        return None
    try:
        slack.renew(parent, thread.texts.whole(news.drift, news.step, news.issue_url))
    except RemoteFailed as error:
        thread.warn(f"{news.drift.environment}: the message in Slack shows an older state: {error.message}")
    return parent


def _unsure(thread: SlackThread, drift: StackDrift, slack: BotSlack | WebhookSlack, error: RemoteFailed) -> SlackEffect:
    """With a bot, the next run searches for the message; with a webhook it cannot, so it counts as told."""
    from infragate.adapters.slack import slack_messages

    thread.warn(f"{drift.environment}: whether Slack was told is unknown: {error.message}")
    if not isinstance(slack, slack_messages.BotSlack):
        _keep(thread, drift.environment, slack_messages.SlackPlace())
    return "unsure"


def _keep(thread: SlackThread, name: str, place: SlackPlace) -> DriftRecord:
    """Record that the attempt was posted there."""
    told = partial(telling.slack_told, run=thread.run, channel=place.channel, thread=place.thread)
    return _own(thread, name, told)


def _own(thread: SlackThread, name: str, step: Callable[[DriftRecord], DriftRecord | None]) -> DriftRecord:
    record = thread.records.change(name, step)
    if record is None:
        raise RemoteFailed("another run has taken over")
    return record


def _parent(record: DriftRecord) -> SlackPlace | None:
    """The message that replies go to."""
    from infragate.adapters.slack.slack_messages import SlackPlace

    memory = record.slack
    return SlackPlace(channel=memory.channel, thread=memory.thread) if memory.thread else None


def _channel(thread: SlackThread, name: str, level: DriftLevel, slack: BotSlack | WebhookSlack) -> str:
    from infragate.adapters.slack.slack_messages import WebhookSlack

    if isinstance(slack, WebhookSlack):  # it has one of its own
        return ""
    return thread.telling.channel(name, level)
