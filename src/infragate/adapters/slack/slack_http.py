"""Requests to Slack through slack_sdk: bounded, without redirects, and without secrets in errors.

A failure is one of three: not sent (it may be sent again), refused (it is of no use to send it again), or unsure: it may
have taken effect.
"""

from __future__ import annotations

import logging
import re
import ssl
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from typing import IO, Any, NoReturn
from urllib.error import HTTPError, URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.webhook import WebhookClient, WebhookResponse

from infragate.adapters.local import clock, settings
from infragate.domain.errors import RemoteFailed

TOTAL = 60.0  # seconds from the first request, after which nothing is tried again
WAIT = 30.0  # seconds; a longer wait that Slack demands is left to the next run
PAUSE = 1.0  # seconds after a failure, then twice as long each time
TIMEOUT = 10  # seconds without an answer
RUNBOOK = "runbooks/slack-silent.md"
_LIMIT = 2**20  # bytes of an answer
_TRIES = 4
# Slack's documentation: some of it may have succeeded before these were raised.
_HALF_DONE = ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
_GONE = ("message_not_found", "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message")
_LIMITED = ("ratelimited", "rate_limited")
_FIXES = {
    "channel_not_found": "check the channel in infra/environments.yaml; a private one must have the app as a member",
    "not_in_channel": "invite the app into the channel: /invite @NAME",
    "is_archived": "name another channel in infra/environments.yaml",
    "invalid_auth": "the token is not valid any more: create a new one",
    "token_revoked": "the token was revoked: create a new one",
    "account_inactive": "the app was removed from the workspace: install it again",
    "missing_scope": "give the app the scope that docs/drift-telling.md names, and install it again",
    "no_service": "the webhook was removed or switched off: create a new one",
    "no_team": "the webhook's workspace is gone: create a new one",
    "invalid_payload": "this is a bug: please report it with the message",
    "invalid_blocks": "this is a bug: please report it with the message",
}


class SlackUnsentError(RemoteFailed):
    """Nothing took effect, and it may work later; `seconds`: the wait that Slack demands."""

    seconds: float = 0.0


class SlackUnsureError(RemoteFailed):
    """It may have taken effect."""


class SlackBlindError(SlackUnsureError):
    """It may have taken effect, and the app is not allowed to look."""


class SlackGoneError(RemoteFailed):
    """The message that is replied to or changed is gone."""


class _Unmoved(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: the token must not go to another host."""

    def redirect_request(self, *_request: Any) -> None:
        return None


class Bot(WebClient):
    """slack_sdk's client; only how a request is opened is ours."""

    def _perform_urllib_http_request_internal(self, url: str, req: urllib.request.Request) -> dict[str, Any]:
        status, headers, body = _opened(url, req, self.ssl, self.proxy, self.timeout)
        return {"status": status, "headers": headers, "body": body}


class Webhook(WebhookClient):
    """As `Bot`."""

    def _perform_http_request_internal(self, url: str, req: urllib.request.Request) -> WebhookResponse:
        status, headers, body = _opened(url, req, self.ssl, self.proxy, self.timeout)
        return WebhookResponse(url="", status_code=status, body=body, headers=headers)


def options() -> dict[str, Any]:
    """For both clients: they log nothing, since that would hold addresses and answers; they repeat nothing."""
    logger = logging.getLogger("infragate.slack")
    logger.setLevel(logging.CRITICAL + 1)
    authorities = settings.certificate_authorities()
    context = ssl.create_default_context(cafile=authorities) if authorities else ssl.create_default_context()
    return {"timeout": TIMEOUT, "ssl": context, "logger": logger, "retry_handlers": []}


def answered(work: Callable[[], Any], *, where: str, deadline: float) -> Any:
    """The answer of one request, repeated while it is certain that nothing was sent or done.

    Raises:
        SlackUnsentError, SlackUnsureError, RemoteFailed: as the module says.
    """
    for number in range(1, _TRIES + 1):
        try:
            return _once(work, where)
        except SlackUnsentError as error:
            wait = max(error.seconds, PAUSE * 2 ** (number - 1))
            if number == _TRIES or wait > WAIT or clock.monotonic() + wait > deadline:
                raise
            clock.sleep(wait)
    raise AssertionError  # pragma: no cover - the last try raises


def _retry_after(headers: Any) -> float:
    """The seconds that Slack demands before the next request; 0 if it names none."""
    values = [value for name, value in dict(headers or {}).items() if str(name).lower() == "retry-after"]
    text = str(values[0][0] if values and isinstance(values[0], list) else values[0] if values else "")
    return float(text) if text.isdigit() else 0.0


def _once(work: Callable[[], Any], where: str) -> Any:
    try:
        return work()
    except SlackApiError as error:
        data = error.response.data if isinstance(error.response.data, dict) else {}
        reason = data.get("error")
        refuse(error.response.status_code, str(reason) if reason else "", error.response.headers, where, error)
    except (SlackClientError, ValueError) as error:
        raise SlackUnsureError("unusable answer from Slack", where=where, fix=f"see {RUNBOOK}") from error
    except URLError as error:
        raise _unreached(error, where) from error
    except (OSError, HTTPException) as error:  # the connection ended in the middle of the answer
        raise SlackUnsureError("Slack gave no answer", where=where, fix=f"see {RUNBOOK}") from error


def refuse(status: int, reason: str, headers: Any, where: str, cause: Exception | None = None) -> NoReturn:
    """Raise what an answer of failure means."""
    shown = reason if re.fullmatch(r"[a-z0-9_]{1,60}", reason) else ""
    fix = _FIXES.get(shown) or f"see {RUNBOOK}"
    if status == 429 or shown in _LIMITED:
        seconds = _retry_after(headers)
        limited = SlackUnsentError(
            f"Slack demands a wait of {seconds:.0f} s", where=where, fix="the next run tries again"
        )
        limited.seconds = seconds
        raise limited from cause
    if 300 <= status < 400:
        message = (
            "Slack answered with a redirect, which is not followed: the secret stays with the address that you set"
        )
        raise RemoteFailed(message, where=where, fix=f"check the address: {RUNBOOK}") from cause
    if shown in _GONE:
        raise SlackGoneError("the message in Slack is gone", where=where, fix=fix) from cause
    if status == 200 and not shown:
        raise SlackUnsureError("unusable answer from Slack", where=where, fix=fix) from cause
    if status >= 500 or shown in _HALF_DONE:
        raise SlackUnsureError(
            f"Slack answered {status}{f': {shown}' if shown else ''}", where=where, fix=fix
        ) from cause
    raise RemoteFailed(f"Slack refused: {shown or f'status {status}'}", where=where, fix=fix) from cause


def _unreached(error: URLError, where: str) -> RemoteFailed:
    """What urllib says of a connection that it could not make, or of a request without an answer."""
    if isinstance(error.reason, ssl.SSLError):
        fix = "name the file with your certificate authority in SSL_CERT_FILE"
        return RemoteFailed("Slack's certificate is not trusted here", where=where, fix=fix)
    if isinstance(error.reason, (ConnectionRefusedError, OSError)) and _before_sending(error.reason):
        return SlackUnsentError("Slack cannot be reached", where=where, fix=f"check network and proxy; {RUNBOOK}")
    return SlackUnsureError("Slack gave no answer", where=where, fix=f"see {RUNBOOK}")


def _before_sending(reason: OSError) -> bool:
    """True for a refused connection, an unknown host or a network that is not there: nothing was sent."""
    import socket

    return isinstance(reason, (ConnectionRefusedError, socket.gaierror)) or reason.errno in (101, 113)


def _opened(
    url: str, request: urllib.request.Request, context: ssl.SSLContext | None, proxy: str | None, timeout: float
) -> tuple[int, dict[str, str], str]:
    """One request and its answer, whatever its status."""
    handlers: list[Any] = [_Unmoved(), urllib.request.HTTPSHandler(context=context)]
    handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else {}))
    opener = urllib.request.build_opener(*handlers)
    if not url.startswith(("https://", "http://")):
        raise ValueError("not an address of the web")
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, dict(answer.headers.items()), _text(answer)
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers.items()), _text(error)


def _text(answer: IO[bytes]) -> str:
    return answer.read(_LIMIT).decode("utf-8", "replace")
