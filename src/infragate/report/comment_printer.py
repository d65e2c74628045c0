"""The printer of a step whose whole output becomes a comment on a pull request.

Both streams of the step end up there, in any order. So everything is written at once at the end, on stdout; progress is
only in a log. A closed pipe ends nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import IO

from infragate.domain.command import Advice, Caller, Command
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding
from infragate.domain.front_doors import atlantis_text
from infragate.domain.redaction import Masker
from infragate.report.printer import Printer

_WARNINGS = 10
# What people at a pull request can do: they have no shell there.
_IN_COMMENTS = {"plan": "`atlantis plan`", "gate": "`atlantis plan`", "apply": "`atlantis apply`"}


class CommentPrinter(Printer):
    """Collects the comment.

    Attributes:
        headline: the first line of the comment, the only one that Atlantis may read.
    """

    def __init__(self, *, masker: Masker, quiet: bool, caller: Caller) -> None:
        super().__init__(mode="plain", colour=False, masker=masker, quiet=quiet, caller=caller)
        self.headline = ""
        self._lines: list[str] = []
        self._warnings: list[str] = []
        self._early: list[str] = []
        self._log: Callable[[str], None] = self._early.append
        self._places: list[str] = []
        self._telling = False

    def spell(self, text: Advice) -> str:
        """The text, with the comment in the place of a command that it stands for."""
        parts = text if isinstance(text, tuple) else (text,)
        return super().spell(
            tuple(_IN_COMMENTS.get(part.verb, part) if isinstance(part, Command) else part for part in parts)
        )

    def log_to(self, append: Callable[[str], None], *, place: str, report: str) -> None:
        """Write the log there from now on, with what it has so far; the comment names both files."""
        for line in self._early:
            append(line)
        self._log = append
        self._places = [f"on the server: {report}, log {place}"]

    def warning(self, text: Advice, *, finding: Finding | None = None) -> None:
        """A warning is in the log and at the end of the comment."""
        told = self.spell(text)
        if finding is not None or told not in self._warnings:
            self._warnings.append(told)
        super().warning(text, finding=finding)

    def error(self, error: InfragateError) -> None:
        """The comment begins with the error."""
        before, self._lines = self._lines, []
        self._telling = True
        super().error(error)
        self._lines += before

    def finish(self) -> None:
        """Write the comment, unless a document is the result."""
        if not self.quiet:
            more = len(self._warnings) - _WARNINGS
            warnings = [f"warning: {self.clean(text)}" for text in self._warnings[:_WARNINGS]]
            counted = [f"{more} more warnings"] if more > 0 else []
            last = "\n".join([*warnings, *counted, *self._places])
            self.raw(atlantis_text.comment(self.headline, self._lines, last=last))

    def line(self, text: Advice = "", style: str = "") -> None:
        """A line of the comment."""
        del style  # a comment has none
        self._write_log(self.clean(self.spell(text)), told=True)

    def _write(self, stream: IO[str], text: str, style: str, *, trusted: bool = False) -> None:
        del stream, style, trusted  # there is one place, without styles
        self._write_log(self.clean(text), told=self._telling)

    def _write_log(self, text: str, *, told: bool) -> None:
        if told:
            self._lines.append(text)
        with suppress(InfragateError):  # a full disk must not stop an apply that runs
            self._log(f"{text}\n")


def headline(printer: Printer, text: str) -> None:
    """Print the first line of a step."""
    if isinstance(printer, CommentPrinter):
        printer.headline = text
    else:
        printer.line(text)
