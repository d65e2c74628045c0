"""How bad a difference is: by its cause, raised by what makes it worse."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from infragate.domain.drift.report import Cause, Mark
from infragate.domain.finding import Severity

_OF_CAUSE: Mapping[Cause, Severity] = {
    "noise": Severity.LOW,
    "outputs": Severity.LOW,
    "not-applied": Severity.LOW,
    "out-of-band": Severity.MEDIUM,
    "unowned": Severity.MEDIUM,
}


def severity(cause: Cause, marks: Collection[Mark], *, is_open: bool = False) -> Severity:
    """The severity of an item.

    Args:
        is_open: it is open to everybody now, which the code does not say.
    """
    if cause == "noise":
        return Severity.LOW
    raised = _OF_CAUSE[cause] + len({"security", "replace"} & set(marks)) + is_open
    least = Severity.HIGH if "loses-data" in marks else Severity.LOW
    return Severity(min(max(raised, least), Severity.CRITICAL))
