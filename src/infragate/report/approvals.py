"""Who approved, whose review does not count, and whose approval is missing."""

from __future__ import annotations

from infragate.domain.gate.approvals import Approvals
from infragate.report.printer import Printer


def show(approvals: Approvals, printer: Printer) -> None:
    """Nothing if nobody reviewed it."""
    if approvals.names:
        printer.line(f"approved by: {', '.join(approvals.names)}")
    for name, why in approvals.not_counted:
        printer.line(f"not counted: {name}: {why}", "dim")
    for missing in approvals.missing_owners:
        owners = ", ".join(missing.owners)
        printer.line(f"no approval counts before an owner of {missing.file} approves: {owners}", "warn")
