"""The report files of `gate`: rendered first, then written, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infragate.report.gate_view import GateView
    from infragate.report.printer import Printer
    from infragate.usecases.gate.gate_result import GateResult

HELP = {
    "sarif": "Write the findings to this file as SARIF 2.1.0, for GitHub's code scanning.",
    "junit": "Write the checks and findings to this file as JUnit XML.",
    "html": "Write one page for people to this file: changes, findings, exceptions, cost.",
    "markdown": "Write the comment for the pull request to this file.",
}


def refuse_same(paths: Mapping[str, str]) -> None:
    """Refuse two reports in one file.

    Raises:
        BadInput: two flags name the same file.
    """
    from infragate.domain.errors import BadInput

    seen: dict[Path, str] = {}
    for flag, path in paths.items():
        first = seen.setdefault(Path(path).absolute(), flag) if path else flag
        if first != flag:
            raise BadInput(f"--{first} and --{flag} name one file", where=path, fix="give each a file of its own")


def summary(result: GateResult, printer: Printer) -> Callable[[int], str]:
    """The report for the summary of a GitHub job, in so many bytes: the comment's Markdown."""

    def markdown(room: int) -> str:
        from infragate.report import gate_view, step_summary

        return step_summary.of_gate(gate_view.view(result, printer), room=room)

    return markdown


def write(result: GateResult, printer: Printer, paths: Mapping[str, str]) -> None:
    """Write the reports whose path is not empty, whatever the Verdict is.

    Raises:
        BadInput: a file cannot be written.
    """
    from infragate.adapters.local import files
    from infragate.report import gate_view

    places = {kind: Path(path) for kind, path in paths.items() if path}
    if not places:
        return
    rendered = dict(_rendered(gate_view.view(result, printer), printer, places))
    for kind, data in rendered.items():
        files.write(places[kind], data, mode=0o600)


def _rendered(view: GateView, printer: Printer, kinds: Collection[str]) -> Iterator[tuple[str, bytes]]:
    from infragate.report import comment, html, junit, sarif

    if "sarif" in kinds:
        yield "sarif", printer.document_bytes(sarif.document(view))
    if "junit" in kinds:
        yield "junit", junit.document(view)
    if "html" in kinds:
        yield "html", html.page(view).encode("utf-8", "backslashreplace")
    if "markdown" in kinds:
        yield "markdown", comment.markdown(view).encode("utf-8", "backslashreplace")
