"""The result of `changed`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.changed import ChangedResult


def document(result: ChangedResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    return {
        "base": result.base,
        "head": result.head,
        "environments": list(result.environments),
        "modules": list(result.modules),
        "reasons": [asdict(reason) for reason in result.reasons],
        "everything": result.everything,
        "uncommitted": result.uncommitted,
    }


def outputs(result: ChangedResult) -> str:
    """The outputs of a step of a GitHub job: JSON, one line each."""
    values = {
        "environments": list(result.environments),
        "modules": list(result.modules),
        "everything": result.everything,
    }
    return "".join(f"{name}={json.dumps(value)}\n" for name, value in values.items())


def show(result: ChangedResult, printer: Printer) -> None:
    """Each reason, then the Environments and modules."""
    rows = [(reason.environment or "all", reason.rule, reason.file, reason.detail) for reason in result.reasons]
    if rows:
        printer.table(("environment", "rule", "file", ""), rows)
    printer.line(f"environments: {', '.join(result.environments) or 'none'}", "bold")
    printer.line(f"modules: {', '.join(result.modules) or 'none'}")
    if result.uncommitted:
        printer.warning(f"{result.uncommitted} files have changes that are not committed: they do not count")
