"""The drift of all Stacks as one page for people (`page_frame.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infragate.report import page_frame

if TYPE_CHECKING:
    from infragate.report.drift_view import DriftView


def page(view: DriftView) -> str:
    """The HTML document."""
    items = [item for stack in view["stacks"] for item in (*stack["counting"], *stack["listed"])]
    causes = dict.fromkeys("waived" if item["waived_by"] else item["cause"] for item in items)
    return page_frame.render("drift.html.j2", view=view, causes=list(causes))
