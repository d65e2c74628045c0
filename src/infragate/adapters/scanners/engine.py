"""What every engine is: a program that judges a Subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from infragate.adapters.scanners.subject import Subject
from infragate.domain.finding import Evidence, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What an engine that ran to its end says.

    Attributes:
        notes: what it could not look at, and does not have to.
    """

    findings: tuple[Finding, ...]
    evidence: Evidence
    notes: tuple[str, ...] = ()


class Engine(Protocol):
    """One check by one program.

    Attributes:
        check: its name, in Evidence and in the list of required checks.
        program: the program's name in tools.lock.
    """

    @property
    def check(self) -> str: ...

    @property
    def program(self) -> str: ...

    def run(self, subject: Subject) -> Scan:
        """Judge a Subject.

        Raises:
            ToolFailed: the program is missing or failed, or its output cannot be trusted; there is no Evidence then.
            BadInput: the code cannot be judged: its modules were not fetched, its files cannot be read.
        """
        ...
