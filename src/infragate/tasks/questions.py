"""Questions to a person at a terminal; a program is never asked."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infragate.domain.command import Advice

if TYPE_CHECKING:
    from infragate.report.printer import Printer


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """Asks on stderr, and reads the answers from stdin.

    Attributes:
        possible: False without a terminal, with --json, and in GitHub's jobs.
    """

    printer: Printer
    possible: bool

    @classmethod
    def of(cls, printer: Printer) -> Questions:
        from infragate.adapters.local import settings

        terminal = settings.is_terminal("stdin") and settings.is_terminal("stderr")
        return cls(printer=printer, possible=terminal and not printer.quiet and printer.mode != "github")

    def ask(self, question: Advice) -> str:
        """The answer without surrounding spaces; "" if there is none."""
        self.printer.question(question)
        return " ".join(sys.stdin.readline().split())
