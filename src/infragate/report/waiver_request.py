"""The result of `waiver-request`; its Markdown is the text of the pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.command import Caller
from infragate.domain.finding import Waiver
from infragate.domain.gate.waivers import FILE, PAGE, subject
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.usecases.gate.waiver_request import WaiverResult, WrittenWaiver

_LISTED = 50  # entries of one pull request


def document(result: WaiverResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    (entry,) = result.entries
    return {"line": entry.line, "waiver": waiver_document(entry), **proposal(result, markdown(result))}


def waiver_document(entry: WrittenWaiver) -> dict[str, Any]:
    """An entry in a JSON document."""
    waiver = entry.waiver
    return {
        "id": waiver.id,
        "address": waiver.address,
        "file": waiver.file,
        "environment": waiver.environment,
        "owner": waiver.owner,
        "reason": waiver.reason,
        "link": waiver.link,
        "expires": waiver.expires.isoformat(),
    }


def proposal(result: WaiverResult, text: tuple[str, str]) -> dict[str, Any]:
    """The pull request in a JSON document, or what one would say."""
    title, body = text
    return {
        "file": FILE,
        "title": title,
        "body": body,
        "approvers": list(result.approvers),
        "branch": result.branch,
        "pull_request": result.pull_request,
        "there_already": result.there_already,
    }


def show(result: WaiverResult, printer: Printer) -> None:
    """Where the entry is, and what is left to do."""
    show_written(result, markdown(result, clean=printer.clean), printer)


def show_written(result: WaiverResult, text: tuple[str, str], printer: Printer) -> None:
    """Where the entries are; the text of their pull request where it is not open yet."""
    if result.pull_request is not None:
        there = ", where it was already" if result.there_already else ""
        printer.line(f"branch {result.branch}{there}", "good")
        printer.line(f"pull request: {result.pull_request}", "good")
        return
    for entry in result.entries:
        printer.line(f"{FILE}:{entry.line} has the new entry", "good")
    printer.heading("text of the pull request")
    printer.line("\n\n".join(text))
    printer.next(f"commit {FILE} alone on a new branch from the base branch, and open a pull request with this text")


def markdown(result: WaiverResult, *, clean: Callable[[str], str] = str) -> tuple[str, str]:
    """Title and body of the pull request.

    Args:
        clean: takes secrets out of a text.
    """
    waivers = [entry.waiver for entry in result.entries]
    waiver = waivers[0]
    place = waiver.environment or "all Environments"
    rows = (
        *_covered(result.entries),
        ("Environment", place),
        ("Reason", neutral.words(clean(waiver.reason))),
        ("Agreed", f"<{waiver.link}>"),
        ("Owner", _code(waiver.owner)),
        ("Last day", waiver.expires.isoformat()),
        ("Must approve", ", ".join(map(_code, result.approvers)) or f"the owners of {FILE} (CODEOWNERS names none)"),
    )
    listed = "\n".join(f"- **{name}:** {text}" for name, text in rows if text)
    more = f" and {len(waivers) - 1} more" if waivers[1:] else ""
    return (
        clean(f"Waiver: {waiver.id} for {subject(waiver)}{more} in {place}"),
        clean(f"{listed}\n\n**Risk:** until its last day {_risk(waivers, place)}\n\nThe procedure is {PAGE}."),
    )


def _covered(entries: tuple[WrittenWaiver, ...]) -> Iterator[tuple[str, str]]:
    """The rule and what it is waived for: in rows of its own for a single entry, in a row of each for several."""
    if len(entries) > 1:
        for entry in entries[:_LISTED]:
            yield "Rule", f"{_code(entry.waiver.id)} for {_code(subject(entry.waiver))}"
        if len(entries) > _LISTED:
            yield "Rule", f"{len(entries) - _LISTED} more, in {FILE}"
        return
    waiver, page = entries[0].waiver, entries[0].page
    yield "Rule", _code(waiver.id) + (f" ({page})" if page else "")
    yield "Address", "" if waiver.address == "*" else _code(waiver.address)
    yield "File", "" if waiver.file == "*" else _code(waiver.file)


def _risk(waivers: list[Waiver], place: str) -> str:
    """What the waived rules do not block or report meanwhile."""
    later = (
        "; also for resources that are added later and match" if any("*" in subject(each) for each in waivers) else ""
    )
    if all(waiver.id.startswith("drift/") for waiver in waivers):
        parts = "An attribute is waived with all its parts: another rule of the same `ingress` is not reported either."
        return f"`drift` does not count what is named here in {place}, whatever its value becomes{later}. {parts}"
    rule = f"{_code(waivers[0].id)} blocks nothing for {_code(subject(waivers[0]))}"
    said = "these rules block nothing for what they name" if len(waivers) > 1 else rule
    return f"{said} in {place}{later}. What it warns of can happen meanwhile."


def _code(text: str) -> str:
    """Text in a line of Markdown, as code: nothing in it is markup, a mention or HTML."""
    return neutral.words(text) if "`" in text else f"`{neutral.plain(text)}`"
