"""The identity for requests to Slack: a bot token, or the address of an incoming webhook. Neither is ever shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from infragate.adapters.local import files, masking, settings
from infragate.domain.errors import BadInput

TOKEN, WEBHOOK, API = "INFRAGATE_SLACK_TOKEN", "INFRAGATE_SLACK_WEBHOOK", "INFRAGATE_SLACK_API"
_OWN_API = "https://slack.com/api/"
_LIMIT = 4 * 2**10  # bytes of a file with a secret
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_PAGE = "docs/drift-telling.md, 'Slack'"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotToken:
    """A token of an app, and the address of the API."""

    token: str = field(repr=False)
    api: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAddress:
    """Whoever knows it may post into its channel."""

    address: str = field(repr=False)


def are_set() -> bool:
    """True if there is a token or a webhook, or a file for one."""
    return any(settings.read(name) for name in (TOKEN, f"{TOKEN}_FILE", WEBHOOK, f"{WEBHOOK}_FILE"))


def is_local() -> bool:
    """True if the address is on this machine."""
    given = read()
    address = given.api if isinstance(given, BotToken) else given.address
    return urlsplit(address).hostname in _LOOPBACK


def read() -> BotToken | WebhookAddress:
    """The token if there is one, else the webhook.

    Raises:
        BadInput: neither is set, a file cannot be read, or an address would carry the secret without encryption.
    """
    if token := _secret(TOKEN):
        return BotToken(token=token, api=_encrypted(settings.read(API) or _OWN_API, API).rstrip("/") + "/")
    if address := _secret(WEBHOOK):
        address = _encrypted(address, WEBHOOK)
        masking.learn(urlsplit(address).path)
        return WebhookAddress(address=address)
    fix = f"set {TOKEN}, or {WEBHOOK}, or the same with _FILE: {_PAGE}"
    raise BadInput("neither a token nor a webhook of Slack is set", where="environment", fix=fix)


def _secret(name: str) -> str | None:
    """The value of a setting, or what the file holds that `NAME_FILE` names."""
    value, path = settings.read(name), settings.read(f"{name}_FILE")
    if value is None and path is not None:
        content = files.content(Path(path), limit=_LIMIT)
        value = (content or b"").decode("utf-8", "replace").strip()
        if not value:
            fix = f"let {name}_FILE name a file with one line: {_PAGE}"
            raise BadInput(f"{name}_FILE names no file, or an empty one", where=path, fix=fix)
    if value is None:
        return None
    masking.learn(value)
    if not value.isprintable() or " " in value:
        raise BadInput(f"{name} is not one word", where="environment", fix=f"copy it again: {_PAGE}")
    return value


def _encrypted(address: str, name: str) -> str:
    """An https address, or one on this machine; no message repeats it."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if host and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        return address
    message = f"{name} is not an https address: the secret would be sent without encryption"
    raise BadInput(message, where=name, fix=f"give the https address that Slack shows: {_PAGE}")
