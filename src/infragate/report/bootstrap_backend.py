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
    return {"roots": [asdict(root) for root in result.roots]}


def show(result: BootstrapResult, printer: Printer) -> None:
    """Each account, its differences from the standard, and what to do about them."""
    for root in result.roots:
        _show_root(root, printer)
    if result.differences:
        _show_differences(result.differences, printer)
    if result.blocked and any(difference.refused for difference in result.differences):
        printer.line("refused differences are never applied: change the resource, or the standard, by hand", "bad")
    elif result.blocked:
        accept = Command("bootstrap-backend", ("--accept-differences",))
        printer.line(("to bring them to the standard: ", accept), "warn")
    elif not result.changes:
        printer.line("nothing to do: everything meets the standard", "good")
    elif result.plan_only:
        printer.line("nothing was changed; run it without --plan to do this", "good")


def _show_root(root: RootResult, printer: Printer) -> None:
    printer.line(f"{root.name} ({root.account_id}): {WORDS[root.status]}", STYLES[root.status])
    for word, resources in (("create", root.created), ("adopt", root.adopted)):
        if resources and root.status == "planned":
            printer.table((word,), [(f"{word} {resource}",) for resource in resources])
        elif resources and root.status == "done":
            printer.line(f"  {word}: {len(resources)} resources")


def _show_differences(differences: Sequence[Difference], printer: Printer) -> None:
    printer.heading("existing resources that differ from the standard")
    rows = [
        (
            difference.thing,
            difference.setting,
            *sides(difference.found, difference.standard),
            f"refused: {difference.refused}" if difference.refused else "",
        )
        for difference in differences
    ]
    styles = ["bad" if difference.refused else "warn" for difference in differences]
    printer.table(("resource", "setting", "now", "standard", ""), rows, styles)


def sides(now: Any, standard: Any) -> tuple[str, str]:
    """Both values as text; of two lists only the entries in which they differ."""
    if isinstance(now, list) and isinstance(standard, list):
        extra, missing = ([entry for entry in a if entry not in b] for a, b in ((now, standard), (standard, now)))
        if extra or missing:
            return f"also has {_text(extra)}" if extra else "", f"lacks {_text(missing)}" if missing else ""
    return f"is {_text(now)}", f"standard {_text(standard)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text.written(value)
