"""The identity for requests to GitHub: a token, or an installation of a GitHub App."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from infragate.adapters.local import files, settings
from infragate.domain.errors import BadInput

APP, INSTALLATION, KEY_FILE = APP_SETTINGS = (
    "INFRAGATE_GITHUB_APP_ID",
    "INFRAGATE_GITHUB_APP_INSTALLATION_ID",
    "INFRAGATE_GITHUB_APP_KEY_FILE",
)
_KEY_LIMIT = 64 * 2**10  # bytes
_PAGE = "docs/github.md, 'Who we are to GitHub'"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One installation of a GitHub App."""

    id: int
    installation: int
    key: str = field(repr=False)


def are_set() -> bool:
    """True if there is a token, or any setting of an App."""
    return any(settings.read(name) for name in ("GITHUB_TOKEN", *APP_SETTINGS))


def read() -> str | App:
    """The App if its settings are there, else the token.

    Raises:
        BadInput: neither is there, or the App's settings cannot be used.
    """
    if any(settings.read(name) for name in APP_SETTINGS):
        return App(id=_number(APP), installation=_number(INSTALLATION), key=_key())
    token = settings.read("GITHUB_TOKEN")
    if token is None:
        fix = f"export GITHUB_TOKEN=..., or open the pull request by hand; for a GitHub App: {_PAGE}"
        raise BadInput("GITHUB_TOKEN is not set", where="environment", fix=fix)
    return token


def _number(name: str) -> int:
    value = _required(name)
    if not re.fullmatch(r"[0-9]{1,15}", value):
        raise BadInput(f"{name} is not a number", where="environment", fix=f"see {_PAGE}")
    return int(value)


def _key() -> str:
    """The private key; no message holds any of it."""
    path = Path(_required(KEY_FILE))
    try:
        content = files.content(path, limit=_KEY_LIMIT)
    except BadInput as error:
        raise error.amended(fix=f"let {KEY_FILE} name the App's private key: {_PAGE}") from error
    text = (content or b"").decode("ascii", "replace")
    if "PRIVATE KEY-----" not in text:
        message = "there is no such file" if content is None else "the file is not a private key in PEM form"
        raise BadInput(f"{KEY_FILE}: {message}", where=str(path), fix=f"download the key again: {_PAGE}")
    return text


def _required(name: str) -> str:
    value = settings.read(name)
    if value is None:
        fix = f"set it, or unset the others of {', '.join(APP_SETTINGS)}"
        raise BadInput(f"{name} is not set, and other settings of a GitHub App are", where="environment", fix=fix)
    return value
