"""The result of `providers-lock`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.providers_lock import ProvidersLockResult


def document(result: ProvidersLockResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {"platforms": list(result.platforms), "locks": [asdict(lock) for lock in result.locks]}


def show(result: ProvidersLockResult, printer: Printer) -> None:
    """A line for each lock file."""
    rows = [
        (lock.file, f"{lock.added} checksums added" if lock.added else "complete", f"{len(lock.providers)} providers")
        for lock in result.locks
    ]
    printer.table(("file", "result", "holds"), rows)
    printer.line(f"complete for {', '.join(result.platforms)}", "good")
    if any(lock.added for lock in result.locks):
        printer.next("git add the lock files, and commit them")
