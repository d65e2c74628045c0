"""The gate's result as one page: no network, nothing but this file, and a content policy that says so.

Jinja escapes every text for HTML; the page has one script and one style, and its policy names their digests.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from infragate import __version__
from infragate.domain import neutral

if TYPE_CHECKING:
    from infragate.report.gate_view import ChangeRow, FindingRow, GateView

BARS = 25  # resources in the chart of the cost
SEVERITIES = ("critical", "high", "medium", "low")
_LEVELS = 12  # of modules that are shown as levels of the tree
_MODULE = re.compile(r'module\.[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?(?=\.)')


@dataclass(slots=True)
class Folder:
    """A module in the tree of changes, with those inside it; each change with its name inside the module."""

    name: str
    folders: dict[str, Folder] = field(default_factory=dict)
    changes: list[tuple[str, ChangeRow]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Of all changes in it."""
        return len(self.changes) + sum(folder.number for folder in self.folders.values())


def page(view: GateView) -> str:
    """The HTML document."""
    style, script = _part("gate.css"), _part("gate.js")
    return (
        _environment()
        .get_template("gate.html.j2")
        .render(
            view=view,
            groups=list(_by_severity(view["findings"])),
            waived=[finding for finding in view["findings"] if finding["waiver"]],
            tree=tree(view["changes"]),
            actions=list(dict.fromkeys(change["action"] for change in view["changes"])),
            bars=view["cost"]["rows"][:BARS] if view["cost"] else [],
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


def tree(changes: Iterable[ChangeRow]) -> Folder:
    """The changes by module."""
    root = Folder("")
    for change in changes:
        place, rest = root, change["address"]
        for _ in range(_LEVELS):
            match = _MODULE.match(rest)
            if match is None:
                break
            place = place.folders.setdefault(match.group(), Folder(match.group()))
            rest = rest[match.end() + 1 :]
        place.changes.append((rest, change))
    return root


def _by_severity(findings: Iterable[FindingRow]) -> Iterator[tuple[str, list[FindingRow]]]:
    held = list(findings)
    for severity in SEVERITIES:
        if group := [finding for finding in held if finding["severity"] == severity]:
            yield severity, group


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
