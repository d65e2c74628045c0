"""The gate's result as one page for people (`page_frame.py`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infragate.report import page_frame

if TYPE_CHECKING:
    from infragate.report.gate_view import ChangeRow, FindingRow, GateView

BARS = 25  # resources in the chart of the cost
_LEVELS = 12  # of modules that are shown as levels of the tree
_MODULE = re.compile(r'module\.[^.\[]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]]*)\])?(?=\.)')


@dataclass(slots=True)
class Folder:
    """A module in the tree of changes, with those inside it; each change with its name inside the module."""

    name: str
    folders: dict[str, Folder] = field(default_factory=dict)
    changes: list[tuple[str, ChangeRow]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Of all changes in it."""
        return len(self.changes) + sum(folder.number for folder in self.folders.values())


def page(view: GateView) -> str:
    """The HTML document."""
    return page_frame.render(
        "gate.html.j2",
        view=view,
        groups=list(_by_severity(view["findings"])),
        waived=[finding for finding in view["findings"] if finding["waiver"]],
        tree=tree(view["changes"]),
        actions=list(dict.fromkeys(change["action"] for change in view["changes"])),
        bars=view["cost"]["rows"][:BARS] if view["cost"] else [],
    )


def tree(changes: Iterable[ChangeRow]) -> Folder:
    """The changes by module."""
    root = Folder("")
    for change in changes:
        place, rest = root, change["address"]
        for _ in range(_LEVELS):
            match = _MODULE.match(rest)
            if match is None:
                break
            place = place.folders.setdefault(match.group(), Folder(match.group()))
            rest = rest[match.end() + 1 :]
        place.changes.append((rest, change))
    return root


def _by_severity(findings: Iterable[FindingRow]) -> Iterator[tuple[str, list[FindingRow]]]:
    held = list(findings)
    for severity in page_frame.SEVERITIES:
        if group := [finding for finding in held if finding["severity"] == severity]:
            yield severity, group
