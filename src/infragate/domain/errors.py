"""Every failure that a user can see: one class for each exit code (docs/exit-codes.md).

A message is three lines on screen: what went wrong, where, and the next command. A Verdict is a value, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from infragate.domain.command import Advice
from infragate.domain.finding import Finding


class InfragateError(Exception):
    """A failure that is explained to the user.

    Attributes:
        message: what went wrong, one sentence.
        where: the file and line, address, account or program.
        fix: the next command or page; commands in it are values, written out where they are shown.
        findings: all complaints, whole, where there are several or one has a snippet; `message` is about one of them.
    """

    exit_code: int = 1
    findings: tuple[Finding, ...] = ()

    def __init__(self, message: str, *, where: str | None = None, fix: Advice | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.fix = fix

    def listing(self, findings: Iterable[Finding]) -> Self:
        """This error, with all complaints."""
        self.findings = tuple(findings)
        return self

    def amended(self, *, message: str | None = None, where: str | None = None, fix: Advice | None = None) -> Self:
        """A copy with what only the caller knows, to be raised `from` this one; None keeps the present value."""
        copy = type(self).__new__(type(self), message or self.message)
        copy.__dict__.update(self.__dict__)
        copy.message, copy.where, copy.fix = message or self.message, where or self.where, fix or self.fix
        return copy


class BadInput(InfragateError):
    """Input or configuration that cannot be used (exit 3)."""

    exit_code = 3


class ToolFailed(InfragateError):
    """A program is missing, too old, crashed, timed out, or its output cannot be trusted (exit 4).

    Attributes:
        said: all that the program printed as its error.
    """

    exit_code = 4
    said: str = ""


class RemoteFailed(InfragateError):
    """A remote service failed or refused: AWS, GitHub, a download (exit 5)."""

    exit_code = 5


class Locked(InfragateError):
    """Somebody else holds the lock (exit 6)."""

    exit_code = 6


class Integrity(InfragateError):
    """A plan, tag, account or state digest is not the expected one (exit 7)."""

    exit_code = 7


class Blocked(InfragateError):
    """A rule refuses the change; a person must decide (exit 8)."""

    exit_code = 8


class Interrupted(InfragateError):
    """A signal ended the run after everything was saved (exit 130 for SIGINT, 143 for SIGTERM)."""

    def __init__(
        self, signal_number: int, message: str, *, where: str | None = None, fix: Advice | None = None
    ) -> None:
        super().__init__(message, where=where, fix=fix)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number  # as shells do
