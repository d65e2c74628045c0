"""The result of `sandbox-status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.sandbox import SandboxStatus


def document(result: SandboxStatus, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    on_call = result.on_call_mfa
    return {
        "running": result.running,
        "endpoint": result.endpoint,
        "pid": result.pid,
        "version": result.version,
        "enforcement": result.enforcement,
        "accounts": result.accounts,
        "parts": list(result.parts),
        "snapshot_age_seconds": result.snapshot_age_seconds,
        "unjudged": list(result.unjudged),
        "on_call": on_call and {"mfa_serial": on_call[0], "mfa_code": on_call[1]},
        "folder": str(result.folder),
        "log": str(result.log),
    }


def show(result: SandboxStatus, printer: Printer) -> None:
    """Is it up, and what does it hold."""
    if result.running:
        printer.line("the sandbox is up")
    else:
        printer.line(("the sandbox is down; ", Command("sandbox-up"), " starts it"))
    table(result, printer)


def table(result: SandboxStatus, printer: Printer) -> None:
    """What it is and holds, a line each."""
    age, on_call = result.snapshot_age_seconds, result.on_call_mfa
    enforced = {None: "-", True: "enforced", False: "NOT ENFORCED"}[result.enforcement]
    rows = [
        ("endpoint", result.endpoint or "-"),
        ("process", result.pid or "-"),
        ("IAM", enforced),
        ("accounts", ", ".join(f"{name} {account}" for name, account in result.accounts.items())),
        ("on call", "--mfa-serial {} --mfa-code {}".format(*on_call) if on_call else "nobody"),
        ("seeded", ", ".join(result.parts) or "nothing"),
        ("snapshot", "none" if age is None else f"{_ago(age)} old"),
        ("not judged, so denied", ", ".join(result.unjudged) or "nothing"),
        ("folder", str(result.folder)),
    ]
    printer.table(("what", "value"), rows)


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
