"""The result of `drift-merge`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller
from infragate.domain.errors import BadInput, InfragateError
from infragate.report import drift
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.merge import MergedDrift


def document(merged: MergedDrift, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document: that of `drift`, with the parts that are missing."""
    return {
        "shard": None,
        "stacks": list(merged.stacks),
        "told": None if merged.told is None else list(merged.told),
        "missing": list(merged.missing),
    }


def show(merged: MergedDrift, printer: Printer) -> None:
    """As `drift`, then what is missing."""
    drift.show(merged.report, printer)
    if (error := _missing(merged)) is not None:
        printer.error(error)


def failure(merged: MergedDrift) -> InfragateError | None:
    """What is missing, else the error of `drift`."""
    return _missing(merged) or drift.failure(merged.report)


def _missing(merged: MergedDrift) -> BadInput | None:
    if not merged.missing:
        return None
    message = f"no result of part {', '.join(merged.missing)}: the drift of its Stacks is not known"
    told = "; ".join([message, *merged.failed])
    fix = f"run drift --shard {merged.missing[0]} and give its document as well"
    return BadInput(told, where="drift-merge", fix=fix)
