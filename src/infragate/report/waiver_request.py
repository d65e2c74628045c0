"""The result of `waiver-request`; its Markdown is the text of the pull request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.command import Caller
from infragate.domain.gate.waivers import FILE, PAGE, subject
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.gate.waiver_request import WaiverResult


def document(result: WaiverResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    waiver = result.waiver
    title, body = markdown(result)
    return {
        "file": FILE,
        "line": result.line,
        "waiver": {
            "id": waiver.id,
            "address": waiver.address,
            "file": waiver.file,
            "environment": waiver.environment,
            "owner": waiver.owner,
            "reason": waiver.reason,
            "link": waiver.link,
            "expires": waiver.expires.isoformat(),
        },
        "title": title,
        "body": body,
        "approvers": list(result.approvers),
        "branch": result.branch,
        "pull_request": result.pull_request,
    }


def show(result: WaiverResult, printer: Printer) -> None:
    """Where the entry is, and what is left to do."""
    if result.pull_request is not None:
        printer.line(f"branch {result.branch}", "good")
        printer.line(f"pull request: {result.pull_request}", "good")
        return
    printer.line(f"{FILE}:{result.line} has the new entry", "good")
    printer.heading("text of the pull request")
    printer.line("\n\n".join(markdown(result, clean=printer.clean)))
    printer.next(f"commit {FILE} alone on a branch of the base branch, and open a pull request with this text")


def markdown(result: WaiverResult, *, clean: Callable[[str], str] = str) -> tuple[str, str]:
    """Title and body of the pull request.

    Args:
        clean: takes secrets out of a text.
    """
    waiver = result.waiver
    covered, place = subject(waiver), waiver.environment or "all Environments"
    rows = (
        ("Rule", _code(waiver.id) + (f" ({result.page})" if result.page else "")),
        ("Address", "" if waiver.address == "*" else _code(waiver.address)),
        ("File", "" if waiver.file == "*" else _code(waiver.file)),
        ("Environment", place),
        ("Reason", neutral.words(clean(waiver.reason))),
        ("Agreed", f"<{waiver.link}>"),
        ("Owner", _code(waiver.owner)),
        ("Last day", waiver.expires.isoformat()),
        ("Must approve", ", ".join(map(_code, result.approvers)) or f"the owners of {FILE} (CODEOWNERS names none)"),
    )
    listed = "\n".join(f"- **{name}:** {text}" for name, text in rows if text)
    later = "; also for resources that are added later and match" if "*" in covered else ""
    risk = f"until its last day {_code(waiver.id)} blocks nothing for {_code(covered)} in {place}{later}."
    return (
        clean(f"Waiver: {waiver.id} for {covered} in {place}"),
        clean(f"{listed}\n\n**Risk:** {risk} What it warns of can happen meanwhile.\n\nThe procedure is {PAGE}."),
    )


def _code(text: str) -> str:
    """Text in a line of Markdown, as code: nothing in it is markup, a mention or HTML."""
    return neutral.words(text) if "`" in text else f"`{neutral.plain(text)}`"
