"""The report files of `drift` and `drift-merge`: rendered first, then written, each whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infragate.report.drift_view import DriftView

HELP = {
    "junit": "Write a case for each Stack to this file as JUnit XML.",
    "html": "Write one page for people to this file: all Stacks, their differences and their last runs.",
    "markdown": "Write the summary to this file.",
}


def summary(view: DriftView) -> Callable[[int], str]:
    """The report for the summary of a GitHub job, in so many bytes."""

    def markdown(room: int) -> str:
        from infragate.report import drift_markdown

        return drift_markdown.of_step(view, room=room)

    return markdown


def write(view: DriftView, paths: Mapping[str, str]) -> None:
    """Write the reports whose path is not empty, whatever the drift is.

    Raises:
        BadInput: a file cannot be written.
    """
    from infragate.adapters.local import files

    places = {kind: Path(path) for kind, path in paths.items() if path}
    for kind, data in dict(_rendered(view, places)).items():
        files.write(places[kind], data, mode=0o600)


def _rendered(view: DriftView, places: Mapping[str, Path]) -> Iterator[tuple[str, bytes]]:
    from infragate.report import drift_junit, drift_markdown, drift_page

    if "junit" in places:
        yield "junit", drift_junit.document(view)
    if "html" in places:
        yield "html", drift_page.page(view).encode("utf-8", "backslashreplace")
    if "markdown" in places:
        yield "markdown", drift_markdown.markdown(view).encode("utf-8", "backslashreplace")
