"""Complaints of other programs as text: places, messages, snippets; and as GitHub's log commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from infragate.domain.finding import Finding, place
from infragate.domain.shortening import cut

Clean = Callable[[str], str]
SHOWN = 10  # of many; the JSON document holds all
WIDTH = 600
_FILE = re.compile(r"[\w./@ -]*\.[A-Za-z]+(:\d+)?")


def lines(findings: Sequence[Finding], *, clean: Clean = str) -> Iterator[str]:
    """The first ones and the number of the others, each with its place, message and snippet.

    A single one is only its snippet: the error itself has the rest.

    Args:
        clean: takes secrets out of a text; afterwards it is cut and split into lines.
    """
    for finding in findings[:SHOWN]:
        if len(findings) > 1:
            yield headline(finding, clean=clean)
        yield from about(finding, clean=clean)
    if len(findings) > SHOWN:
        yield f"{len(findings) - SHOWN} more of {len(findings)}: --json has all of them"


def headline(finding: Finding, *, clean: Clean = str) -> str:
    """Place and message on one line."""
    subject = f" ({finding.address})" if finding.file and finding.address else ""
    word = "" if finding.fails else "warning: "
    return f"{finding.where}{subject}: {word}{cut(clean(finding.message), WIDTH)}"


def about(finding: Finding, *, clean: Clean = str) -> Iterator[str]:
    """What may be below the message: the snippet, and where its variables get their values."""
    if finding.snippet:
        yield from clean(finding.snippet).split("\n")
    for value in finding.inputs:
        yield f"       = {value}"


def command(kind: str, message: str, *, file: str | None = None, line: int | None = None) -> str:
    """A log command of GitHub that marks a line of a file (escapes: actions/toolkit, packages/core/src/command.ts)."""
    properties = {"file": file, "line": line if file else None}
    shown = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value)
    return f"::{kind}{' ' if shown else ''}{shown}::{_data(message)}"


def marked(kind: str, message: str, where: str | None) -> str:
    """The log command for a message whose place may be a file and line, or something else."""
    file, line = place(where) if where and _FILE.fullmatch(where) else (None, None)
    return command(kind, message, file=file, line=line)


def _data(text: str) -> str:
    return text.replace("##[", "## [").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
