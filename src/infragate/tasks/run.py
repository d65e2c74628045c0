"""One call of a verb, and its outcome. Exit code and status of all verbs are decided here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from infragate.domain.command import Caller
    from infragate.domain.environment import Project
    from infragate.domain.errors import InfragateError
    from infragate.domain.finding import Finding
    from infragate.domain.verdict import Verdict
    from infragate.report.printer import Printer

STATUS = {"allow": "ok", "needs-approvals": "needs-approvals", "block": "blocked"}
Result = TypeVar("Result", contravariant=True)


class Presenter(Protocol[Result]):
    """A module of `report`: presents the result of one verb to programs and people."""

    def document(self, result: Result, caller: Caller, /) -> dict[str, Any]: ...
    def show(self, result: Result, printer: Printer, /) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """The break-glass flags: enabled or not, the MFA device and its code."""

    enabled: bool = False
    serial: str = ""
    code: str = ""


NO_BREAK_GLASS = BreakGlass()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of a verb.

    Attributes:
        result: the `result` of the JSON document.
        show: prints the result for people.
        error: why a run with a result is an error; the document holds both.
        summary: the Markdown for a GitHub job in so many bytes; None for what `show` prints.
    """

    result: Any
    show: Callable[[Printer], None]
    status: str = "ok"
    exit_code: int = 0
    error: InfragateError | None = None
    summary: Callable[[int], str] | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What the JSON document holds of it."""
        return {"status": self.status, "exit_code": self.exit_code, "result": self.result, "error": self.error}


@dataclass(kw_only=True)
class Run:
    """One call of a verb: its checkout, printer and shared flags.

    Attributes:
        environment: for the document; report: where it is written if no flag says so. A body may set both.
    """

    verb: str
    printer: Printer
    sandbox: bool
    environment: str | None
    break_glass: BreakGlass = NO_BREAK_GLASS
    report: str = ""

    @cached_property
    def root(self) -> Path:
        """The checkout."""
        from infragate.adapters.local import environments_file, trust

        root = environments_file.find_root()
        for name in trust.changed(root):
            told = f"{name} differs from the trusted one: it needs its owners' approval and has no effect on this run"
            self.printer.warning(told)
        return root

    @cached_property
    def project(self) -> Project:
        """`infra/environments.yaml`, read once."""
        from infragate.adapters.local import environments_file

        return environments_file.load(self.root)

    def present(
        self,
        presenter: Presenter[Result],
        result: Result,
        *,
        findings: Iterable[Finding] = (),
        changes: bool = False,
        exit_code: int | None = None,
        error: InfragateError | None = None,
    ) -> Outcome:
        """The outcome of a verb.

        Args:
            findings: decide status and exit code.
            changes: True if the verb changed something, or would.
            exit_code: overrides the exit code of the Findings.
            error: as in Outcome.
        """
        from infragate.domain.verdict import decide

        return self.decided(presenter, result, decide(findings), changes=changes, exit_code=exit_code, error=error)

    def decided(
        self,
        presenter: Presenter[Result],
        result: Result,
        verdict: Verdict,
        *,
        changes: bool = False,
        exit_code: int | None = None,
        error: InfragateError | None = None,
        summary: Callable[[int], str] | None = None,
    ) -> Outcome:
        """The outcome of a verb that has a Verdict of its own; the arguments as for `present`, and of Outcome."""
        from infragate.domain import exit_codes

        return Outcome(
            result=presenter.document(result, self.printer.caller),
            show=lambda printer: presenter.show(result, printer),
            status="error" if error else "changes" if changes and verdict.allows else STATUS[verdict.decision],
            exit_code=exit_codes.of_verdict(verdict) if exit_code is None else exit_code,
            error=error,
            summary=summary,
        )
