"""`inv sandbox-up`, `inv sandbox-down`, `inv sandbox-status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infragate.domain.command import Command
from infragate.tasks.verb import Outcome, Run, verb

if TYPE_CHECKING:
    from infragate.report.printer import Printer
    from infragate.sandbox.instance import SandboxStatus
    from infragate.usecases.sandbox import SandboxRequest


@verb(
    name="sandbox-up",
    sandbox=False,
    help={
        "bare": "Without state backend and roles, until bootstrap-backend makes them: what a new organisation starts from."
    },
)
def sandbox_up(run: Run, bare: bool = False) -> Outcome:
    """Start the AWS emulator of this checkout and fill it; what is there already stays.

    Four accounts with IAM enforced, the platform's baseline, the state backend, the module repository. No AWS account
    is needed and none can be reached. Verbs with --sandbox do this by themselves.

    Example: inv sandbox-up
    """
    from infragate.usecases import sandbox as usecase

    done = usecase.up(_request(run, bare=bare), progress=run.printer.progress)

    def show(printer: Printer) -> None:
        printer.line("the sandbox is up" if done.changed else "the sandbox was up already: nothing to do", "good")
        _show_status(printer, done.status)

    return Outcome(result={"changed": done.changed, **_document(done.status)}, show=show)


@verb(
    name="sandbox-down",
    sandbox=False,
    help={
        "wipe": "Delete everything that it holds as well: resources, state, plans. Otherwise the next start finds it again."
    },
)
def sandbox_down(run: Run, wipe: bool = False) -> Outcome:
    """Stop the AWS emulator of this checkout; what it holds is kept in its snapshot.

    Example: inv sandbox-down --wipe
    """
    from infragate.usecases import sandbox as usecase

    done = usecase.down(_request(run, wipe=wipe), progress=run.printer.progress)

    def show(printer: Printer) -> None:
        printer.line("the sandbox is down" if done.stopped else "no sandbox was running", "good")
        if done.wiped:
            printer.line("what it held is deleted")
        elif done.folder.exists():
            printer.line(f"what it held is kept in {done.folder}")

    return Outcome(result={"stopped": done.stopped, "wiped": done.wiped, "folder": str(done.folder)}, show=show)


@verb(name="sandbox-status", sandbox=False, help={})
def sandbox_status(run: Run) -> Outcome:
    """Say what the AWS emulator of this checkout is and holds; starts nothing.

    Example: inv sandbox-status
    """
    from infragate.usecases import sandbox as usecase

    found = usecase.status(_request(run))

    def show(printer: Printer) -> None:
        down = ("the sandbox is down; ", Command("sandbox-up"), " starts it")
        printer.line("the sandbox is up" if found.running else down)
        _show_status(printer, found)

    return Outcome(result=_document(found), show=show)


def _request(run: Run, *, bare: bool = False, wipe: bool = False) -> SandboxRequest:
    from infragate.usecases import sandbox as usecase

    return usecase.SandboxRequest(root=run.root, project=run.project, bare=bare, wipe=wipe)


def _document(found: SandboxStatus) -> dict[str, Any]:
    return {
        "running": found.running,
        "endpoint": found.endpoint,
        "pid": found.pid,
        "version": found.version,
        "enforcement": found.enforcement,
        "accounts": found.accounts,
        "parts": list(found.parts),
        "snapshot_age_seconds": found.snapshot_age_seconds,
        "unjudged": list(found.unjudged),
        "on_call": dict(zip(("mfa_serial", "mfa_code"), found.on_call_mfa, strict=True)) if found.on_call_mfa else None,
        "folder": str(found.folder),
        "log": str(found.log),
    }


def _show_status(printer: Printer, found: SandboxStatus) -> None:
    age = found.snapshot_age_seconds
    rows = [
        ("endpoint", found.endpoint or "-"),
        ("process", found.pid or "-"),
        ("IAM", "-" if found.enforcement is None else "enforced" if found.enforcement else "NOT ENFORCED"),
        ("accounts", ", ".join(f"{name} {account}" for name, account in found.accounts.items())),
        (
            "on call",
            "nobody" if found.on_call_mfa is None else "--mfa-serial {} --mfa-code {}".format(*found.on_call_mfa),
        ),
        ("seeded", ", ".join(found.parts) or "nothing"),
        ("snapshot", "none" if age is None else f"{_ago(age)} old"),
        ("not judged, so denied", ", ".join(found.unjudged) or "nothing"),
        ("folder", str(found.folder)),
    ]
    printer.table(("what", "value"), rows)


def _ago(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
