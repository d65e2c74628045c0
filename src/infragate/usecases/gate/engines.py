"""Runs engines side by side: what each says, and which could not run."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from infragate.adapters.local import files
from infragate.adapters.scanners.engine import Engine, Scan
from infragate.adapters.scanners.infracost import CostScan
from infragate.adapters.scanners.subject import Subject
from infragate.domain.errors import InfragateError, Interrupted, ToolFailed
from infragate.domain.finding import Evidence, Finding
from infragate.domain.gate.cost import CostDelta

SOURCE = "engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineResults:
    """What the engines said.

    Attributes:
        failures: a Finding for each engine that could not run, by its check.
    """

    scans: tuple[Scan, ...]
    failures: dict[str, Finding]

    @property
    def cost(self) -> CostDelta | None:
        """What the plan changes in the cost; None if that was not estimated."""
        return next((scan.delta for scan in self.scans if isinstance(scan, CostScan)), None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for scan in self.scans for finding in scan.findings)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        return tuple(scan.evidence for scan in self.scans)

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for scan in self.scans for note in scan.notes)


def run(engines: Sequence[Engine], subject: Subject) -> EngineResults:
    """Run all engines at the same time; one that fails does not stop the others.

    Raises:
        Interrupted: a signal arrived; the programs of all engines have ended.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(engines))) as pool:
        try:
            running = {engine.check: pool.submit(engine.run, subject) for engine in engines}
            results = {check: _result(future, check) for check, future in running.items()}
        except BaseException:
            subject.stop.set()
            raise
    return EngineResults(
        scans=tuple(result for result in results.values() if isinstance(result, Scan)),
        failures={check: result for check, result in results.items() if isinstance(result, Finding)},
    )


def _result(future: Future[Scan], check: str) -> Scan | Finding:
    try:
        return future.result()
    except Interrupted:
        raise
    except InfragateError as error:
        return failure(check, error)
    except OSError as error:  # such as a full disk: the input and output of an engine are files
        why = f"its files cannot be read or written: {error.strerror}"
        return failure(check, ToolFailed(why, where=str(error.filename or check), fix=files.FULL_DISK))


def failure(check: str, error: InfragateError) -> Finding:
    """The Finding for an engine that could not run."""
    where = f" ({error.where})" if error.where else ""
    return Finding(
        id=f"{SOURCE}/{check}",
        source=SOURCE,
        message=f"{check} could not judge: {error.message}{where}",
        address=check,
        fix=error.fix,
    )
