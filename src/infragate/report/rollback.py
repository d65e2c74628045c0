"""The result of `rollback` and `config-rollback`; its Markdown is the text of the pull request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.command import Caller, Command
from infragate.domain.finding import failing
from infragate.report import plan_summary, release_change
from infragate.report.apply import show_outputs
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.rollback.rollback import RollbackResult
    from infragate.usecases.smoke import SmokeResult


def document(result: RollbackResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    applied = result.applied
    return {
        **release_change.document(result.judged, caller),
        "actor": result.request.stack.session.actor.name,
        "reason": result.request.reason,
        "branch": result.branch,
        "commit": result.commit,
        "difference": result.difference,
        "applied": applied
        and {"headline": applied.applied.headline, "record": applied.record, "snapshot": applied.ready.snapshot},
        "healthy": result.health.healthy if result.health else None,
        "record": result.record,
        "pull_request": result.pull_request,
    }


def show_change(result: RollbackResult, printer: Printer) -> None:
    """What goes back, what stays, and what an apply would do; shown before anything is applied."""
    request = result.request
    printer.heading(f"{result.judged.environment}: {request.verb} to {request.shown}")
    release_change.show(result.judged, printer)
    if result.judged.plan is not None:
        plan_summary.show_lock(result.judged.plan.lock, printer)


def show(result: RollbackResult, printer: Printer) -> None:
    """The result of an apply, and the commit with its branch; the change itself, if it was not shown before."""
    if result.commit is None:
        show_change(result, printer)
    if result.applied is not None:
        printer.line(result.applied.applied.headline, "good")
        show_outputs(result.applied.applied.outputs, printer)
    elif result.commit is not None and result.request.apply:
        printer.line("not applied", "warn")
    if result.health is not None:
        _show_health(result.health, printer)
    if result.commit is not None:
        _show_commit(result, result.commit, printer)


def _show_commit(result: RollbackResult, commit: str, printer: Printer) -> None:
    printer.line(f"commit {commit[:12]} on branch {result.branch}", "good")
    push = f"git push --force-with-lease origin {result.branch}"
    if result.pull_request is not None:
        printer.line(f"pull request: {result.pull_request}", "good")
    elif result.applied is not None:
        printer.next(f"{push}, and merge it: main must match what is applied")
    else:
        printer.heading("text of the pull request")
        printer.line("\n\n".join(markdown(result, clean=printer.clean)))
        printer.next(f"{push}, and open a pull request from it")


def _show_health(health: SmokeResult, printer: Printer) -> None:
    bad = failing(health.findings)
    for finding in bad:
        printer.line(f"{finding.where}: {finding.message}", "bad")
    if bad:
        printer.line(f"{health.environment} is NOT healthy", "bad")
        printer.next((Command("smoke", ("--wait",), env=health.environment), "; runbooks/rollback.md"))
    elif all(check.status == "warn" for check in health.checks):
        printer.line(f"{health.environment}: applied, but there is nothing to check its health", "warn")
    else:
        printer.line(f"{health.environment} is healthy: {len(health.checks)} checks", "good")


def markdown(result: RollbackResult, *, clean: Callable[[str], str] = str) -> tuple[str, str]:
    """Title and body of the pull request.

    Args:
        clean: takes secrets out of a text.
    """
    request = result.request
    module = f" ({request.module})" if request.module else ""
    reason = neutral.words(clean(request.reason)) or "no reason given"
    return (
        clean(f"{result.judged.environment}: {request.verb} to {request.shown}{module}"),
        clean(f"**Why:** {reason}\n\n{release_change.markdown(result.judged)}"),
    )
