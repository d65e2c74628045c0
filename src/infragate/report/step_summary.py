"""The result of a verb as Markdown, for the summary page of a GitHub job; of the gate it is the comment's Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from infragate.domain import neutral
from infragate.domain.shortening import cut
from infragate.report import comment

if TYPE_CHECKING:
    from infragate.report.gate_view import GateView

ROOM = 1024 * 1024  # bytes of all summaries of a step; GitHub refuses one that is larger
LIMIT = 200_000  # characters of a text
_LONGEST = 4  # bytes of a character


def markdown(record: Mapping[str, Any], told: Sequence[str], *, clean: Callable[[str], str] = str) -> str:
    """A title, what was printed, and the error with all that it lists.

    Args:
        record: the JSON document of the run.
        told: the lines of the result.
        clean: takes secrets out of a text, which is not Markdown yet.
    """
    environment = f" {neutral.words(clean(record['environment']))}" if record["environment"] else ""
    title = f"### infragate {record['verb']}{environment}: {record['status']} (exit code {record['exit_code']})"
    texts = ("\n".join(lines) for lines in (told, list(error_lines(record["error"]))) if lines)
    parts = [title, *(neutral.fenced(cut(clean(text), LIMIT)) for text in texts)]
    return "\n\n".join(parts) + "\n\n"


def of_gate(view: GateView, *, room: int) -> str:
    """The report of the gate, as in the comment of a pull request.

    Args:
        room: the bytes that are left; what is never cut is there in any case.
    """
    text = comment.markdown(view, limit=room)
    fits = len(text.encode("utf-8", "backslashreplace")) <= room
    return text if fits else comment.markdown(view, limit=room // _LONGEST)


def error_lines(error: Mapping[str, Any] | None) -> Iterator[str]:
    """The `error` of a JSON document: what it lists, then its three lines."""
    if error is None:
        return
    for finding in error["findings"]:
        line = f":{finding['line']}" if finding["line"] else ""
        place = f"{finding['file']}{line}" if finding["file"] else finding["address"] or finding["source"]
        yield f"{place}: {finding['message']}"
        yield from (finding["snippet"] or "").splitlines()
    yield from (f"{name}: {text}" for name in ("message", "where", "fix") if (text := error[name]))
