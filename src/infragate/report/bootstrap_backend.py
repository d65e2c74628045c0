"""The result of `bootstrap-backend`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infragate.domain.command import Caller, Command
from infragate.report import json_text
from infragate.report.printer import Printer

if TYPE_CHECKING:
    from infragate.domain.bootstrap.backend_standard import Difference
    from infragate.usecases.bootstrap.bootstrap_backend import BootstrapResult, RootResult

WORDS = {
    "unchanged": "nothing to do",
    "planned": "would change",
    "done": "done",
    "blocked": "differs from the standard: nothing was changed",
    "waiting": "left as it is until the differences are decided",
}
STYLES = {"unchanged": "good", "planned": "warn", "done": "good", "blocked": "bad", "waiting": "dim"}


def document(result: BootstrapResult, _caller: Caller) -> dict[str, Any]:
    """The `result` of the JSON document."""
    roots = [
        {
            "name": root.name,
            "account_id": root.account_id,
            "status": root.status,
            "state": root.state,
            "created": list(root.created),
            "adopted": list(root.adopted),
            "differences": [asdict(difference) for difference in root.differences],
            "headline": root.headline,
        }
        for root in result.roots
    ]
    return {"roots": roots}


def show(result: BootstrapResult, printer: Printer) -> None:
    """Every account, what differs from the standard, and what to do about it."""
    for root in result.roots:
        _show_root(root, printer)
    if result.differences:
        _show_differences(result.differences, printer)
    if result.blocked and any(difference.refused for difference in result.differences):
        printer.line("what is refused is never applied: change the thing, or the standard, by hand", "bad")
    elif result.blocked:
        accept = Command("bootstrap-backend", ("--accept-differences",))
        printer.line(("to bring them to the standard: ", accept), "warn")
    elif not result.changes:
        printer.line("nothing to do: everything is as the standard has it", "good")
    elif result.plan_only:
        printer.line("nothing was changed; without --plan this is done", "good")


def _show_root(root: RootResult, printer: Printer) -> None:
    printer.line(f"{root.name} ({root.account_id}): {WORDS[root.status]}", STYLES[root.status])
    for word, things in (("create", root.created), ("adopt", root.adopted)):
        if things and root.status == "planned":
            printer.table((word,), [(f"{word} {thing}",) for thing in things])
        elif things and root.status == "done":
            printer.line(f"  {word}: {len(things)} things")


def _show_differences(differences: Sequence[Difference], printer: Printer) -> None:
    printer.heading("existing things that are not as the standard has them")
    rows = [
        (
            each.thing,
            each.setting,
            *sides(each.found, each.standard),
            f"refused: {each.refused}" if each.refused else "",
        )
        for each in differences
    ]
    styles = ["bad" if each.refused else "warn" for each in differences]
    printer.table(("thing", "setting", "now", "standard", ""), rows, styles)


def sides(now: Any, standard: Any) -> tuple[str, str]:
    """Both values as text; of two lists what one has and the other has not."""
    if isinstance(now, list) and isinstance(standard, list):
        more, lacking = ([entry for entry in a if entry not in b] for a, b in ((now, standard), (standard, now)))
        if more or lacking:
            return (
                f"has beside the standard {_text(more)}" if more else "",
                f"lacks {_text(lacking)}" if lacking else "",
            )
    return f"is {_text(now)}", f"standard {_text(standard)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text.written(value)
