"""What a person reads of differences from the standard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from infragate.domain.bootstrap.backend_standard import Difference
from infragate.report import json_text
from infragate.report.printer import Printer


def show(differences: Sequence[Difference], printer: Printer) -> None:
    """A table of them, what is refused last in its row."""
    printer.heading("existing things that are not as the standard has them")
    rows = []
    for one in differences:
        refused = f"refused: {one.refused}" if one.refused else ""
        rows.append((one.thing, one.setting, *sides(one.found, one.standard), refused))
    styles = ["bad" if one.refused else "warn" for one in differences]
    printer.table(("thing", "setting", "found", "standard", ""), rows, styles)


def sides(found: Any, standard: Any) -> tuple[str, str]:
    """Both values as text; of two lists what one has and the other has not."""
    if not isinstance(found, list) or not isinstance(standard, list):
        return f"is {_text(found)}", f"standard {_text(standard)}"
    more, lacking = ([one for one in a if one not in b] for a, b in ((found, standard), (standard, found)))
    if not more and not lacking:
        return f"is {_text(found)}", f"standard {_text(standard)}"
    return (f"has beside the standard {_text(more)}" if more else ""), (f"lacks {_text(lacking)}" if lacking else "")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json_text.written(value)
