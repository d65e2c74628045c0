"""Parts of Markdown for a forge: text of others is in code only, where it makes no mention, link or reference."""

from __future__ import annotations

import re
from collections.abc import Iterable

from infragate.domain import neutral
from infragate.domain.shortening import cut

CELL = 300  # characters of a text in a table


def details(title: str, body: str) -> str:
    """A part that the reader opens."""
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def fitting(rows: Iterable[str], room: int, total: int) -> tuple[str, int]:
    """As many rows as fit, and the number of the others."""
    taken: list[str] = []
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            break
        taken.append(row)
    return "\n".join(taken), total - len(taken)


def code(text: str, limit: int = CELL) -> str:
    """A text of others as a code span, without its middle if it is long."""
    return neutral.code(cut(text, limit))


def words(text: str) -> str:
    """A sentence of ours with names of others in it, without what becomes a mention, a reference or a link."""
    return neutral.words(re.sub("[@#]", "", cut(text, CELL)).replace("://", ": //").replace("www.", "www ."))
