"""The text of a pull request: which of the links that every change needs it lacks.

The lines are those of `.github/PULL_REQUEST_TEMPLATE.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NONE = frozenset({"none", "n/a", "no", "없음", "해당 없음", "해당없음"})
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(
    r"""https?://[^\s/?#()<>]+\.?[^\s()<>]*  # an address
    |(?<![\w&/])(?:[\w.-]+/[\w.-]+)?\#[0-9]+\b  # an issue, here or in another repository
    |\b[A-Z][A-Z0-9]+-[0-9]+\b               # a ticket of Jira
    |(?<![\w/.])(?:[\w.-]+/)*[\w-][\w.-]*\.md\b  # a page of the repository""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """One line of the template.

    Attributes:
        name: its English label; the Korean one is `label`.
        may_be_none: True if `none` is an answer.
    """

    name: str
    label: str
    may_be_none: bool

    def is_met_by(self, value: str) -> bool:
        """True for a link, and for `none` where that is an answer."""
        answer = value.strip().strip(".*_`").casefold()
        return (self.may_be_none and answer in _NONE) or _LINK.search(value) is not None


LINES = (
    LinkLine(name="Change", label="변경", may_be_none=False),
    LinkLine(name="Runbook", label="런북", may_be_none=True),
    LinkLine(name="Exception", label="예외", may_be_none=True),
)


def missing_links(text: str | None) -> tuple[str, ...]:
    """The names of the lines that are not there, are empty, or hold no link.

    Args:
        text: Markdown; None for a pull request without any text.
    """
    visible = _FENCE.sub("", _COMMENT.sub("", (text or "").replace("\r\n", "\n")))
    return tuple(line.name for line in LINES if not any(line.is_met_by(value) for value in _values(line, visible)))


def _values(line: LinkLine, text: str) -> list[str]:
    """What follows the label, on its line and on the list below it."""
    label = rf"(?:{line.name}|{line.label})"
    pattern = rf"^[ \t]*[-*+]?[ \t]*[*_]*{label}(?:[ \t]*/[ \t]*{label})?[*_]*[ \t]*:[*_]*(.*(?:\n[ \t]{{2,}}[-*+].*)*)"
    return re.findall(pattern, text, re.MULTILINE | re.IGNORECASE)
