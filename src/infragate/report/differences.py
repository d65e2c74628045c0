"""What a person reads of differences from the standard: of two policies only the statements in which they differ."""

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
        found, standard = sides(one.found, one.standard)
        refused = f"refused: {one.refused}" if one.refused else ""
        rows.append((one.thing, one.setting, f"is {found}", f"standard {standard}", refused))
    styles = ["bad" if one.refused else "warn" for one in differences]
    printer.table(("thing", "setting", "found", "standard", ""), rows, styles)


def sides(found: Any, standard: Any) -> tuple[str, str]:
    """Both values as text."""
    ours, theirs = _statements(found), _statements(standard)
    if ours is None or theirs is None:
        return _text(found), _text(standard)
    return (
        _text([one for one in ours if one not in theirs] or "the same statements"),
        _text([one for one in theirs if one not in ours] or "the same statements"),
    )


def _statements(value: Any) -> list[Any] | None:
    """Those of a policy document, or None where it is something else."""
    try:
        document = json.loads(value)
    except (TypeError, ValueError):
        return None
    statements = document.get("Statement") if isinstance(document, dict) else None
    return statements if isinstance(statements, list) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
