"""The result of `drift-fix`; its Markdown is the text of the pull request."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.command import Caller, Command
from infragate.domain.drift.proposal import IMPORTED, PAGE, RECORD, Offer
from infragate.domain.drift.report import DriftItem
from infragate.report import drift_issue, findings, plan_summary
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.drift.drift_fix import FixResult

_ROOM = 30_000  # characters of a table in the pull request
_TAGGING = "somebody of the platform gives the rules the Stack's tags (the apply role may not tag what is foreign)"
_WARNING = "it touches security: the gate judges it in the pull request"


def document(result: FixResult, caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    title, body = markdown(result) if result.plan else ("", "")
    return {
        "environment": result.drift.environment,
        "dir": result.drift.directory,
        "again": [{"address": item.address, "class": item.cause, "action": item.action} for item in result.again],
        "imported": [_offer(offer) for offer in result.kept],
        "left": [_offer(offer) for offer in result.left],
        "tagging": list(result.tagging),
        "merged": result.merged,
        "there_already": result.there_already,
        "headline": result.plan.planned.headline if result.plan else None,
        "plan": plan_summary.document(result.plan.plan, result.plan.manifest) if result.plan else None,
        "findings": findings.document(result.findings, caller),
        "difference": result.difference,
        "title": title,
        "body": body,
        "branch": result.branch,
        "commit": result.commit,
        "pull_request": result.pull_request,
    }


def _offer(offer: Offer) -> dict[str, Any]:
    adoption = offer.addition.adoption
    return {
        "address": offer.item.address,
        "path": offer.addition.path,
        "severity": offer.item.severity.name.lower(),
        "marks": sorted(offer.item.marks),
        "id": offer.id or None,
        "to": adoption.address if adoption else None,
        "obstacle": offer.addition.obstacle or None,
        "removal": offer.addition.command,
    }


def show(result: FixResult, printer: Printer) -> None:
    """What is proposed and what is left, what the plan says, and the next command."""
    name = result.drift.environment
    printer.heading(f"{name}: {result.drift.directory}")
    for item in result.again:
        printer.line(f"  applied again: {item.address} ({item.cause})")
    for offer in result.kept:
        printer.line(f"  imported: {_said(offer)} as {offer.addition.adoption and offer.addition.adoption.address}")
        if offer.is_security:
            printer.line(f"      {_WARNING}", "warn")
    _show_left(result.left, printer)
    if result.plan is not None:
        plan_summary.show_proposed(result.plan, name, printer)
    for command in result.tagging:
        printer.line(f"before the apply, {_TAGGING}: {command}", "warn")
    findings.show(result.findings, printer)
    _show_end(result, printer)


def show_offer(offer: Offer, printer: Printer) -> None:
    """One thing that was added, before a person decides."""
    printer.line(f"{offer.item.severity.name} added: {_said(offer)}", "warn")
    if offer.is_security:
        printer.line(f"      {_WARNING}", "warn")


def _said(offer: Offer) -> str:
    return f"{offer.item.address}: {offer.addition.path}"


def _show_left(left: Sequence[Offer], printer: Printer) -> None:
    for offer in left:
        printer.line(f"  stays outside of the code: {_said(offer)}", "warn")
        how = (
            f"keep it: --keep {shlex.quote(offer.id)}" if offer.id else f"cannot be imported: {offer.addition.obstacle}"
        )
        printer.line(f"      {how}")
        printer.line(f"      remove it: {offer.addition.command}")


def _show_end(result: FixResult, printer: Printer) -> None:
    name = result.drift.environment
    if result.merged:
        printer.line("the same was proposed and merged already; it waits for an apply", "good")
        printer.next((Command("plan", env=name), ", then ", Command("apply", env=name)))
    elif result.plan is None:
        printer.line("nothing to propose" if result.left else "nothing differs that counts", "good")
        if any(offer.id for offer in result.left):
            printer.next((Command("drift-fix", ("--import",), env=name), " brings what was added into the code"))
    elif result.commit is None:
        if not result.findings:
            printer.next("the same without --dry-run")
    else:
        _show_commit(result, result.commit, printer)


def _show_commit(result: FixResult, commit: str, printer: Printer) -> None:
    there = ", where it was already" if result.there_already else ""
    printer.line(f"commit {commit[:12]} on branch {result.branch}{there}", "good")
    if result.pull_request is not None:
        printer.line(f"pull request: {result.pull_request}", "good")
        return
    printer.heading("text of the pull request")
    printer.line("\n\n".join(markdown(result, clean=printer.clean)))
    printer.next(f"git push --force-with-lease origin {result.branch}, and open a pull request from it")


def markdown(result: FixResult, *, clean: Callable[[str], str] = str) -> tuple[str, str]:
    """Title and body of the pull request.

    Args:
        clean: takes secrets out of a text.
    """
    drift = result.drift
    parts = [f"What runs in **{drift.environment}** ({neutral.code(drift.directory)}) differs from its code."]
    if result.again:
        parts.append(
            f"**Applied again.** No code changes for it; {neutral.code(RECORD)} makes the checks plan this Stack."
        )
        parts.append(_table(result.again))
    if result.kept:
        parts.append(f"**Imported** from what was added by hand, into {neutral.code(IMPORTED)}:")
        parts.append("\n".join(_import(offer) for offer in result.kept))
        if result.plan and any(change.imported and change.action == "update" for change in result.plan.plan.changes):
            parts.append("The provider's default tags are added to what is imported. Nothing else of it changes.")
        parts += [f"**Before the apply** {_TAGGING}:\n\n{neutral.fenced(command, 'sh')}" for command in result.tagging]
    if result.left:
        parts.append(
            "**Not settled here.** It was added by hand and stays outside of the code, until somebody removes it:"
        )
        parts.append("\n".join(f"- {neutral.code(_said(o))}: {neutral.code(o.addition.command)}" for o in result.left))
    if result.plan is not None:
        parts.append(f"**Plan:** {neutral.words(result.plan.planned.headline.removeprefix('Plan: '))}")
    then = "" if result.left else f" {neutral.code('infragate drift')} is clean then."
    parts.append(f"**To settle it:** merge, then {_commands(drift.environment)}.{then}")
    return clean(f"{drift.environment}: settle the drift"), clean("\n\n".join([*parts, f"More: {PAGE}."]) + "\n")


def _table(items: Sequence[DriftItem]) -> str:
    return drift_issue.table(items, _ROOM)


def _import(offer: Offer) -> str:
    to = offer.addition.adoption.address if offer.addition.adoption else ""
    warning = f" **{offer.item.severity.name} security**: {_WARNING}." if offer.is_security else ""
    return f"- {neutral.code(_said(offer))} as {neutral.code(to)}.{warning}"


def _commands(environment: str) -> str:
    return ", ".join(neutral.code(f"infragate {verb} --env {environment}") for verb in ("plan", "gate", "apply"))
