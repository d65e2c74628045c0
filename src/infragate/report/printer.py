"""The only writer to the screen: for a person, a plain log, GitHub's log, or as one JSON document.

The result goes to stdout, progress to stderr. Here all text loses known secrets and what terminals and runners obey, so
that no caller can forget it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Literal

from infragate.domain import neutral
from infragate.domain.command import DEFAULT_CALLER, Advice, Caller, Command, advice
from infragate.domain.errors import BadInput, InfragateError
from infragate.domain.finding import Finding
from infragate.domain.redaction import Masker
from infragate.report import complaints, json_text

if TYPE_CHECKING:
    from rich.progress import Progress

Mode = Literal["person", "plain", "github"]
STYLES = {"good": "green", "bad": "bold red", "warn": "yellow", "dim": "dim", "head": "bold", "": ""}


class Printer:
    """Writes in one mode; `quiet` keeps text off stdout, for the JSON document. `width` is that of the terminal."""

    def __init__(
        self,
        *,
        mode: Mode,
        colour: bool,
        masker: Masker,
        quiet: bool = False,
        caller: Caller = DEFAULT_CALLER,
        width: int | None = None,
    ) -> None:
        self.mode, self.colour, self.masker, self.quiet, self.caller = mode, colour, masker, quiet, caller
        self.width = width
        self.told: list[str] = []  # the lines of the result, for the summary of a GitHub job
        self._region: Progress | None = None
        self._warned: set[str] = set()

    def spell(self, text: Advice) -> str:
        """The text, with its commands as this caller must type them."""
        return self.caller.spell(text)

    def line(self, text: Advice = "", style: str = "") -> None:
        """Print one or more lines of the result."""
        if self.mode == "github":
            self.told.append(self.clean(self.spell(text)))
        if not self.quiet:
            self._write(sys.stdout, self.spell(text), style)

    def heading(self, text: str) -> None:
        """Print a title."""
        self.line(text if self.mode != "plain" else f"# {text}", "head")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], styles: Sequence[str] = ()) -> None:
        """Print a table; a plain log gets one record per line, with two spaces between cells, nothing cut."""
        rows = list(rows)
        if self.mode == "person" and self.colour and not self.quiet:
            self.end_live_region()
            if self._rich_table(columns, rows, styles):
                return
        for row in rows:
            self.line("  ".join(self.clean(str(cell)).replace("\n", " ") for cell in row if str(cell)))

    def progress(self, text: Advice) -> None:
        """Print what is being done, on stderr."""
        self._write(sys.stderr, self.spell(text), "dim")

    def live_region(self) -> Progress | None:
        """Begin a region at the end of the terminal for what is running; None where stderr is no person's terminal.

        Progress and warnings are printed above it. The first line of the result, or an error, ends it.
        """
        if self.mode != "person" or not self.colour or not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.table import Column

        self.end_live_region()
        text = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        columns = (SpinnerColumn(), text, BarColumn(bar_width=20), TimeElapsedColumn())
        self._region = Progress(
            *columns,
            console=Console(file=sys.stderr),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._region.start()
        return self._region

    def end_live_region(self) -> None:
        """Remove the region, if there is one."""
        region, self._region = self._region, None
        if region is not None:
            with suppress(OSError):  # the terminal is gone; the run goes on
                region.stop()

    def finish(self) -> None:
        """Called once, when everything is printed."""
        self.end_live_region()

    def next(self, command: Advice) -> None:
        """Print the next command, on stderr."""
        self.progress(advice("next: ", command))

    def question(self, text: Advice) -> None:
        """Print a question, on stderr; the answer is typed behind it."""
        _put(sys.stderr, self._harmless(self.spell(text)) + " ")

    def warning(self, text: Advice, *, finding: Finding | None = None) -> None:
        """Print a warning, on stderr, once a run.

        Args:
            finding: what it is about; GitHub marks its line, and what belongs to it is printed below.
        """
        text = self.spell(text)
        if finding is None:
            if text in self._warned:
                return
            self._warned.add(text)
        if self.mode == "github":
            where = finding.where if finding else None
            self._write(sys.stderr, complaints.marked("warning", self.clean(text), where), "", trusted=True)
        else:
            self._write(sys.stderr, f"warning: {text}", "warn")
        for line in complaints.about(finding, clean=self.clean) if finding else ():
            self._write(sys.stderr, line, "dim")

    def mark(self, finding: Finding, kind: str | None = None) -> None:
        """Mark the line of a Finding in the files of the pull request, on GitHub.

        Args:
            kind: `error` or `warning`; by its severity if the caller does not say.
        """
        if self.mode == "github":
            kind = kind or ("error" if finding.fails else "warning")
            message = self.clean(finding.message)
            self._write(sys.stderr, complaints.marked(kind, message, self.clean(finding.where)), "", trusted=True)

    def error(self, error: InfragateError) -> None:
        """Print the three lines of an error, after what it lists."""
        self.end_live_region()
        fix = self.spell(error.fix or Command("doctor"))
        for line in complaints.lines(error.findings, clean=self.clean):
            self._write(sys.stderr, line, "dim" if line.startswith(" ") else "")
        if self.mode == "github":
            self._annotate(error)
        lines = (("error: ", error.message, "bad"), ("where: ", error.where or "infragate", ""), ("fix: ", fix, ""))
        for label, text, style in lines:
            self._write(sys.stderr, label + " ".join(self.clean(text).split()), style)

    def _annotate(self, error: InfragateError) -> None:
        """Mark the lines that the error is about in the files of the pull request."""
        failing = [finding for finding in error.findings[: complaints.SHOWN] if finding.fails]
        told = [(finding.message, finding.where) for finding in failing] or [(error.message, error.where or "")]
        for message, where in told:
            command = complaints.marked("error", self.clean(message), self.clean(where))
            self._write(sys.stderr, command, "", trusted=True)

    def document(self, document: dict[str, Any]) -> None:
        """Print the JSON document of the run, as UTF-8 in every locale."""
        data = self.masker.mask_bytes(json_text.document(document))
        _guarded(sys.stdout, lambda: _put_bytes(neutral.json_pieces(data)))

    def document_bytes(self, document: dict[str, Any]) -> bytes:
        """The JSON document as it may be printed or written to a file."""
        return neutral.json_document(self.masker.mask_bytes(json_text.document(document)))

    def raw(self, text: str) -> None:
        """Print text unchanged, for another program (credentials in the requested format)."""
        _put(sys.stdout, text if text.endswith("\n") else text + "\n")

    def clean(self, text: str) -> str:
        """Mask secrets before the text is folded or escaped: afterwards they would not match."""
        return self.masker.mask(neutral.plain(text))

    def cleaned(self, value: Any) -> Any:
        """A JSON value with all its texts clean; a secret in parts, in several of its texts, is found as well."""
        return json.loads(self.masker.mask_bytes(json_text.document(_plain(value))))

    def hide(self, value: Any) -> Any:
        """A value without known secrets, before it is cut and laid out in lines: afterwards they would not match."""
        if isinstance(value, str):
            return self.masker.mask(value)
        if isinstance(value, dict):
            return {self.hide(key): self.hide(entry) for key, entry in value.items()}
        return [self.hide(entry) for entry in value] if isinstance(value, list) else value

    def _harmless(self, text: str) -> str:
        """Clean, and on GitHub no command of the log."""
        cleaned = self.clean(text)
        return neutral.without_commands(cleaned) if self.mode == "github" else cleaned

    def _write(self, stream: IO[str], text: str, style: str, *, trusted: bool = False) -> None:
        text = self.clean(text) if trusted else self._harmless(text)
        if stream is sys.stdout:
            self.end_live_region()
        if self._region is not None and self._above(self._region, text, STYLES.get(style, style)):
            return
        if self.colour and style and stream.isatty():
            self._rich(stream, text, STYLES.get(style, style))
        else:
            _put(stream, text + "\n")

    def _above(self, region: Progress, text: str, style: str) -> bool:
        """Print above the region; False if the terminal is gone, and the region with it."""
        from rich.text import Text

        try:
            region.console.print(Text(text, style=style), soft_wrap=True)
        except OSError:
            self.end_live_region()
            return False
        return True

    @staticmethod
    def _rich(stream: IO[str], text: str, style: str) -> None:
        from rich.console import Console
        from rich.text import Text

        Console(file=stream, soft_wrap=True).print(Text(text, style=style))

    def _rich_table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], styles: Sequence[str]) -> bool:
        """Print a table; False if it fits only with words broken in the middle, such as an address."""
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(show_edge=False, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(self.clean(column), overflow="fold")
        for number, row in enumerate(rows):
            style = STYLES.get(styles[number], "") if number < len(styles) else ""
            table.add_row(*(Text(self.clean(str(cell)), style=style) for cell in row))
        console = Console(file=sys.stdout)
        words = (
            [len(word) for cell in column for word in str(cell).split()] for column in zip(columns, *rows, strict=False)
        )
        if sum(max(lengths, default=0) + len(" │ ") for lengths in words) > console.width:
            return False
        console.print(table)
        return True


def _plain(value: Any) -> Any:
    """The value without control characters in its texts: a secret may be hidden between them."""
    if isinstance(value, str):
        return neutral.plain(value)
    if isinstance(value, dict):
        return {_plain(key): _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _put_bytes(pieces: Iterable[bytes]) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.writelines(pieces)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _put(stream: IO[str], text: str) -> None:
    def put() -> None:
        try:
            stream.write(text)
        except UnicodeEncodeError:
            stream.write(text.encode("ascii", "backslashreplace").decode())
        stream.flush()

    _guarded(stream, put)


def _guarded(stream: IO[str], put: Callable[[], None]) -> None:
    """Write; if the reader has closed the pipe, go on without output: that must not end an apply.

    Raises:
        BadInput: the result cannot be written (a full disk). Progress that cannot be written is dropped.
    """
    try:
        put()
    except OSError as error:
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, stream.fileno())
        os.close(silent)
        if stream is sys.stdout and not isinstance(error, BrokenPipeError):
            raise BadInput(
                f"the result cannot be written: {error.strerror}",
                where="stdout",
                fix="free some space, or redirect the output; the run itself is not undone",
            ) from error
