"""All places where foreign text leaves infragate, and parsers of what reads it there."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock

from tests.unit import gate_sinks

from infragate.adapters.aws import state_store
from infragate.domain.errors import InfragateError
from infragate.domain.finding import Finding
from infragate.domain.redaction import Masker
from infragate.report import document, gate, step_summary
from infragate.report.printer import Mode, Printer

Show = Callable[[Printer], None]


class Stream(io.TextIOWrapper):
    """A stream in memory; a terminal or not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogatepass", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def text(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode("utf-8", "surrogatepass")


@contextmanager
def streams(*, terminal: bool) -> Iterator[list[Stream]]:
    both = [Stream(terminal=terminal), Stream(terminal=terminal)]
    with mock.patch.object(sys, "stdout", both[0]), mock.patch.object(sys, "stderr", both[1]):
        yield both


def error(text: str) -> InfragateError:
    findings = [
        Finding(id="x", source=text, message=text, file=text, line=3, address=text, snippet=text) for _ in range(2)
    ]
    return InfragateError(text, where=text, fix=text).listing(findings)


def record(text: str, result: Any) -> dict[str, Any]:
    return document.record(
        verb="plan",
        environment=text,
        status="error",
        exit_code=3,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.0,
        result=result,
        error=error(text),
    )


def say(printer: Printer, text: str, show: Show) -> None:
    """Everything that a verb may call."""
    printer.heading(text)
    printer.line(text, "bad")
    printer.table((text,), [(text, "x")], ("good",))
    show(printer)
    printer.progress(text)
    printer.next(text)
    printer.warning(text)
    printer.warning(text, finding=error(text).findings[0])
    printer.error(error(text))
    gate.show(gate_sinks.result(text), printer)
    printer.question(text)


def all_sinks(text: str, masker: Masker, *, result: Any = None, show: Show = lambda _: None) -> dict[str, str]:
    """What each sink holds after this text was sent through all of them, by the name of the sink.

    The report files of the gate are in `gate_sinks`.
    """
    held = {}
    for mode, colour in (("person", True), ("plain", False), ("github", False)):
        held[mode], told = screen(text, masker, mode, colour=colour, show=show)  # type: ignore[arg-type]
    printer = Printer(mode="github", colour=False, masker=masker, quiet=True)
    entry = record(text, {"text": text, text: [text], "result": result})
    with streams(terminal=False) as (out, _):
        printer.document(entry)
    held["json"] = out.text()
    held["report"] = printer.document_bytes(entry).decode()
    held["summary"] = step_summary.markdown(entry, told, clean=printer.clean)
    held["record"] = state_store.written({"errors": [text], text: {"result": result}}, masker).decode()
    held["crash"] = printer.clean(text)
    return held


def screen(text: str, masker: Masker, mode: Mode, *, colour: bool, show: Show) -> tuple[str, list[str]]:
    with streams(terminal=colour) as (out, err):
        printer = Printer(mode=mode, colour=colour, masker=masker, width=100)
        say(printer, text, show)
    return f"{out.text()}\n{err.text()}", printer.told


# ---- parsers -----------------------------------------------------------------------------------------------------


def runner_commands(log: str) -> list[str]:
    """The commands that GitHub's runner obeys: its two rules (actions/runner, ActionCommand.cs)."""
    commands = []
    for line in re.split("\r\n|\r|\n", log):
        trimmed = line.lstrip()
        if trimmed.startswith("::") and (end := trimmed.find("::", 2)) > 0:
            commands.append(trimmed[2:end].split(" ")[0])
        elif (start := line.find("##[")) >= 0 and (end := line.find("]", start)) > 0:
            commands.append(line[start : end + 1])
    return commands


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def terminal_orders(text: str, *, coloured: bool) -> list[str]:
    """The characters that a terminal obeys or that a reader does not see; colours are ours."""
    rest = _COLOUR.sub("", text) if coloured else text
    orders = {letter for letter in set(rest) - {"\n", "\t"} if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp")}
    return [f"U+{ord(letter):04X}" for letter in rest if letter in orders] if orders else []


def values_of(text: str) -> Any:
    """The JSON document of a sink."""
    return json.loads(text)
