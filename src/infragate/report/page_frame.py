"""The frame of all pages for people: no network, nothing but the one file, and a content policy that says so.

Jinja escapes every text for HTML; a page has one script and one style, and its policy names their digests.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from infragate import __version__
from infragate.domain import neutral

SEVERITIES = ("critical", "high", "medium", "low")


def render(template: str, **values: Any) -> str:
    """The HTML document of a template that extends `frame.html.j2`."""
    style, script = _part("page.css"), _part("page.js")
    return (
        _environment()
        .get_template(template)
        .render(
            **values,
            severities=SEVERITIES,
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704
            policy=content_policy(style, script),
            version=__version__,
        )
    )


def content_policy(style: str, script: str) -> str:
    """Nothing may be loaded; only this style and this script count."""
    sources = f"style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'"
    return f"default-src 'none'; {sources}; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(_part),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.tests["web"] = neutral.is_web
    return environment


def _harmless(value: Any) -> Any:
    """No command of a log that may print the page."""
    return neutral.without_commands(value) if type(value) is str else value


def _part(name: str) -> str:
    return resources.files("infragate.report").joinpath("page", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return b64encode(hashlib.sha256(text.encode()).digest()).decode()
