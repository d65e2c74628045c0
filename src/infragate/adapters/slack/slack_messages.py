"""Messages in Slack: under a bot token with threads and changes, or through a webhook, which only posts.

A message carries the name of what it tells as metadata: by it a bot finds out whether one whose answer was lost is there,
before it is posted again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infragate.adapters.local import clock
from infragate.adapters.slack import slack_http, slack_settings
from infragate.adapters.slack.slack_http import SlackBlindError, SlackUnsentError, SlackUnsureError
from infragate.adapters.slack.slack_settings import BotToken
from infragate.domain.errors import RemoteFailed
from infragate.domain.front_doors.slack_message import Message

_EVENT = "infragate_drift"
_WEBHOOK = "the webhook"
_TRIES = 3  # of a message whose answer was lost
_SKEW = timedelta(minutes=2)  # between our clock and that of Slack
_PAGES, _PAGE = 10, 200  # of a channel's messages, or of the list of channels


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackPlace:
    """A message: the id of its channel, and its time, which is its id; "" where Slack tells neither."""

    channel: str = ""
    thread: str = ""


def connect() -> BotSlack | WebhookSlack:
    """As the settings say.

    Raises:
        BadInput: as `slack_settings.read`.
    """
    given = slack_settings.read()
    deadline = clock.monotonic() + slack_http.TOTAL
    if isinstance(given, BotToken):
        client = slack_http.Bot(token=given.token, base_url=given.api, **slack_http.options())
        return BotSlack(client=client, deadline=deadline)
    return WebhookSlack(client=slack_http.Webhook(given.address, **slack_http.options()), deadline=deadline)


@dataclass(slots=True, kw_only=True)
class BotSlack:
    """Raises (every method): SlackUnsureError: it may have taken effect. RemoteFailed: it did not."""

    client: slack_http.Bot
    deadline: float
    _ids: dict[str, str] = field(default_factory=dict)

    def post(self, channel: str, message: Message, *, change: str, below: SlackPlace | None = None) -> SlackPlace:
        """Post what tells a change, once; as a reply if it is `below` a message."""
        since = clock.now()
        for number in range(1, _TRIES + 1):
            try:
                return self._post(channel, message, change, below)
            except SlackUnsureError:
                clock.sleep(min(slack_http.PAUSE * number, max(0.0, self.deadline - clock.monotonic())))
                if (place := self.search(channel, change, since=since, below=below)) is not None:
                    return place
                if number == _TRIES or clock.monotonic() > self.deadline:
                    raise SlackUnsentError(
                        "Slack failed again and again", where=channel, fix=f"see {slack_http.RUNBOOK}"
                    ) from None
        raise AssertionError  # pragma: no cover - the last try returns or raises

    def _post(self, channel: str, message: Message, change: str, below: SlackPlace | None) -> SlackPlace:
        answer = self._ask(
            "chat.postMessage",
            channel,
            channel=below.channel if below else channel,
            text=message.text,
            blocks=list(message.blocks),
            metadata={"event_type": _EVENT, "event_payload": {"change": change}},
            unfurl_links=False,
            unfurl_media=False,
            **({"thread_ts": below.thread} if below else {}),
        )
        return SlackPlace(channel=str(answer.get("channel") or ""), thread=str(answer.get("ts") or ""))

    def renew(self, place: SlackPlace, message: Message) -> None:
        """Change a message of ours."""
        blocks = list(message.blocks)
        for number in range(1, _TRIES + 1):  # a change may be repeated
            try:
                self._ask(
                    "chat.update",
                    place.channel,
                    channel=place.channel,
                    ts=place.thread,
                    text=message.text,
                    blocks=blocks,
                )
                return
            except SlackUnsureError:
                if number == _TRIES or clock.monotonic() > self.deadline:
                    raise
                clock.sleep(slack_http.PAUSE * number)

    def search(
        self, channel: str, change: str, *, since: datetime, below: SlackPlace | None = None
    ) -> SlackPlace | None:
        """The message that tells a change and is not older; SlackUnsureError if that cannot be seen."""
        oldest = f"{(since - _SKEW).timestamp():.6f}"
        try:
            number = below.channel if below else self._id(channel)
            method = "conversations.replies" if below else "conversations.history"
            more = {"ts": below.thread} if below else {}
            for answer in self._pages(
                method, channel, channel=number, oldest=oldest, include_all_metadata=True, **more
            ):
                for entry in answer.get("messages") or ():
                    payload = (entry.get("metadata") or {}).get("event_payload") or {}
                    if payload.get("change") == change:
                        return SlackPlace(channel=number, thread=str(entry["ts"]))
        except RemoteFailed as error:
            message = f"Slack's answer was lost, and whether the message is there cannot be seen: {error.message}"
            passes = isinstance(error, (SlackUnsureError, SlackUnsentError))
            raise (SlackUnsureError if passes else SlackBlindError)(message, where=channel, fix=error.fix) from error
        return None

    def _id(self, channel: str) -> str:
        """Messages are listed by the id of the channel only."""
        if not channel.startswith("#"):
            return channel
        if channel not in self._ids:
            types = "public_channel,private_channel"
            for answer in self._pages("conversations.list", channel, types=types, exclude_archived=True):
                self._ids |= {f"#{entry['name']}": str(entry["id"]) for entry in answer.get("channels") or ()}
        if channel not in self._ids:
            raise RemoteFailed("the channel is not in Slack's list", where=channel, fix=f"see {slack_http.RUNBOOK}")
        return self._ids[channel]

    def _pages(self, method: str, where: str, **parameters: Any) -> Any:
        cursor = ""
        for _ in range(_PAGES):
            answer = self._ask(method, where, limit=_PAGE, **parameters, **({"cursor": cursor} if cursor else {}))
            yield answer
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return

    def _ask(self, method: str, where: str, **body: Any) -> Any:
        reads = method.startswith("conversations.")  # these take no JSON
        given: dict[str, Any] = {"params": _strings(body)} if reads else {"json": body}
        return slack_http.answered(lambda: self.client.api_call(method, **given), where=where, deadline=self.deadline)


@dataclass(slots=True, kw_only=True)
class WebhookSlack:
    """Posts into the webhook's channel; raises as `BotSlack`. It cannot look whether a message is there."""

    client: slack_http.Webhook
    deadline: float

    def post(self, message: Message) -> None:
        """Post a message. An answer of 5xx is a failure; only without any answer it is unsure."""
        slack_http.answered(lambda: self._send(message), where=_WEBHOOK, deadline=self.deadline)

    def _send(self, message: Message) -> None:
        blocks = list(message.blocks)
        answer = self.client.send(text=message.text, blocks=blocks, unfurl_links=False, unfurl_media=False)
        if answer.status_code >= 500:
            fix = f"see {slack_http.RUNBOOK}"
            raise RemoteFailed(f"Slack answered {answer.status_code}", where=_WEBHOOK, fix=fix)
        if answer.status_code != 200 or answer.body.strip() != "ok":
            slack_http.refuse(answer.status_code, answer.body.strip(), answer.headers, _WEBHOOK)


def _strings(body: dict[str, Any]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in body.items()}
