"""Tables and recipes of a page in docs/, so that what it says can be held against what is there."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
Row = dict[str, str]


def tables(page: str) -> dict[str, list[Row]]:
    """Rows of every table of a page, by `HEADING / FIRST COLUMN` (the second of that name: ` 2`), without code marks."""
    found: dict[str, list[Row]] = {}
    heading, columns, name = "", [], ""  # type: tuple[str, list[str], str]
    for line in (DOCS / page).read_text().splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = [plain(cell) for cell in cells]
            name = f"{heading} / {columns[0]}"
            name += " 2" if name in found else ""
            found[name] = []
        elif not set("".join(cells)) <= set("-: "):
            assert len(cells) == len(columns), line
            found[name].append({column: plain(cell) for column, cell in zip(columns, cells, strict=True)})
    return found


def plain(cell: str) -> str:
    """A cell without code marks."""
    return cell.replace("`", "").strip()


def words(cell: str) -> list[str]:
    """A cell's list; `-` is none."""
    return [] if cell == "-" else [word.strip() for word in cell.split(",")]


def recipes(page: str, heading: str, *, folder: Path = DOCS) -> list[str]:
    """The shell blocks below a heading, without their indent."""
    text = (folder / page).read_text()
    section = _section(text, heading)
    blocks = re.findall(r"^( *)```sh\n(.*?)^ *```", section, flags=re.MULTILINE | re.DOTALL)
    assert blocks, f"{page} has no recipe below {heading}"
    return ["\n".join(line.removeprefix(indent) for line in block.splitlines()) for indent, block in blocks]


def _section(text: str, heading: str) -> str:
    """What stands below a heading; a `#` inside a block is none."""
    inside, wanted, found = False, False, []
    for line in text.splitlines():
        inside ^= line.lstrip().startswith("```")
        if not inside and re.match(r"#+ ", line):
            wanted = line.lstrip("# ") == heading
        elif wanted:
            found.append(line)
    return "\n".join(found)
