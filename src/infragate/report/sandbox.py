"""The results of `sandbox-up`, `sandbox-down` and `sandbox-status`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.practice import PracticeResult
    from infragate.usecases.sandbox import DownResult, SandboxStatus, UpResult


def document(result: UpResult | DownResult | SandboxStatus, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    from infragate.usecases.sandbox import DownResult, UpResult

    if isinstance(result, DownResult):
        return asdict(result)
    if isinstance(result, UpResult):
        return {
            "changed": result.changed,
            "practice": result.practice and _practice(result.practice, caller),
            **document(result.status, caller),
        }
    fields = asdict(result)
    on_call = fields.pop("on_call_mfa")
    return {**fields, "on_call": on_call and {"mfa_serial": on_call[0], "mfa_code": on_call[1]}}


def show(result: UpResult | DownResult | SandboxStatus, printer: Printer) -> None:
    """What the verb did, then the state of the sandbox."""
    from infragate.usecases.sandbox import DownResult, UpResult

    if isinstance(result, DownResult):
        _show_down(result, printer)
    elif isinstance(result, UpResult):
        printer.line("the sandbox is up" if result.changed else "the sandbox was up already: nothing to do", "good")
        _show_status(result.status, printer)
        if result.practice is not None:
            _show_practice(result.practice, printer)
    else:
        down = ("the sandbox is down; ", Command("sandbox-up"), " starts it")
        printer.line("the sandbox is up" if result.running else down)
        _show_status(result, printer)


def _practice(world: PracticeResult, caller: Caller) -> dict[str, Any]:
    return {**asdict(world), "next": caller.spell(world.next)}


def _show_practice(world: PracticeResult, printer: Printer) -> None:
    names, verb = ", ".join(world.environments), "are" if world.environments[1:] else "is"
    printer.line(f"practice '{world.scenario}': {names} {verb} applied, on branch {world.branch}", "good")
    printer.line("git switch - returns to your branch; your commits and branches are unchanged")
    printer.next(world.next)


def _show_down(result: DownResult, printer: Printer) -> None:
    printer.line("the sandbox is down" if result.stopped else "no sandbox was running", "good")
    if result.wiped:
        printer.line("its data is deleted")
    elif result.folder.exists():
        printer.line(f"its data is kept in {result.folder}")


def _show_status(status: SandboxStatus, printer: Printer) -> None:
    age, on_call = status.snapshot_age_seconds, status.on_call_mfa
    rows = [
        ("endpoint", status.endpoint or "-"),
        ("process", status.pid or "-"),
        ("IAM", {None: "-", True: "enforced", False: "NOT ENFORCED"}[status.enforcement]),
        ("accounts", ", ".join(f"{name} {account}" for name, account in status.accounts.items())),
        ("on call", "--mfa-serial {} --mfa-code {}".format(*on_call) if on_call else "nobody"),
        ("seeded", ", ".join(status.parts) or "nothing"),
        ("snapshot", "none" if age is None else f"{_duration(age)} old"),
        ("not judged, so denied", ", ".join(status.unjudged) or "nothing"),
        ("folder", str(status.folder)),
    ]
    printer.table(("what", "value"), rows)


def _duration(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
