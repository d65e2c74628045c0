"""A verb that runs as a part of an Atlantis step, and leaves the document that its own `--report` writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from infragate.tasks.run import Outcome, Run

Request = TypeVar("Request")
Result = TypeVar("Result")


@dataclass(kw_only=True)
class StepParts:
    """The verbs of a step.

    Attributes:
        run: the step's.
        folder: gets the documents.
    """

    run: Run
    folder: Path
    _told: BaseException | None = None

    def reported(
        self, verb: str, work: Callable[[Request], Result], outcome: Callable[[Run, Result], Outcome]
    ) -> Callable[[Request], Result]:
        """The verb, to be called with its request.

        A failure is in one document, that of the verb that failed, also where this one called it. The document of an
        earlier run is removed now, for this run may end before the verb begins.

        Args:
            outcome: the verb's outcome for its result.
        """
        run, report = self.run, self.folder / f"{verb}.json"
        report.unlink(missing_ok=True)

        def call(request: Request) -> Result:
            from infragate.adapters.local import clock
            from infragate.adapters.process import signals
            from infragate.report import document
            from infragate.tasks.verb import explain

            mark = clock.monotonic()
            common: dict[str, Any] = {
                "verb": verb,
                "environment": run.environment,
                "started_at": clock.now(),
                "caller": run.printer.caller,
            }
            try:
                result = work(request)
                done = outcome(run, result)
            except BaseException as caught:
                if caught is self._told:
                    raise
                with signals.ignored():
                    self._told = error = explain(caught, run)
                    _write(report, document.failure(**common, error=error, seconds=clock.monotonic() - mark), run)
                raise error from caught
            _write(report, document.record(**common, **done.fields, seconds=clock.monotonic() - mark), run)
            return result

        return call


def _write(report: Path, record: dict[str, Any], run: Run) -> None:
    """Write a report; if that fails, only warn: the step itself matters more."""
    from infragate.domain.errors import InfragateError
    from infragate.tasks.verb import write_report

    try:
        write_report(str(report), record, run.printer)
    except InfragateError as error:
        run.printer.warning(f"no report of {record['verb']}: {error.message}")
