"""What a person reads of differences from the standard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from infragate.domain.backend_standard import Difference
from infragate.report.printer import Printer


def show(differences: Sequence[Difference], printer: Printer) -> None:
    """A table of them, what is refused last in its row."""
    printer.heading("existing things that are not as the standard has them")
    rows = []
    for one in differences:
        refused = f"refused: {one.refused}" if one.refused else ""
        rows.append((one.thing, one.setting, f"is {_text(one.found)}", f"standard {_text(one.standard)}", refused))
    styles = ["bad" if one.refused else "warn" for one in differences]
    printer.table(("thing", "setting", "found", "standard", ""), rows, styles)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
