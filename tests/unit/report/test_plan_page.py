"""docs/plan-summary.md shows ten recorded plans as they are printed today; run this file to write it again."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from infragate.domain import plan as plans
from infragate.domain import plan_json
from infragate.domain.redaction import Masker
from infragate.report import plan_summary
from infragate.report.printer import Printer

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "plan-summary.md"
PLANS = sorted((ROOT / "tests" / "data" / "plans").glob("[0-9][0-9]-*.json"))
_BLOCK = re.compile(r"<!-- (tests/data/plans/\S+) -->\n```text\n(.*?)```\n", re.DOTALL)


def printed(recording: Path, width: int | None = 100) -> str:
    """The summary of a recorded plan, without its title and its headline."""
    printer = Printer(mode="person" if width else "plain", colour=False, masker=Masker(), width=width)
    plan = plans.read(plan_json.parse(recording.read_bytes()))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        plan_summary.show(plan, title="T", headline="H", changes=True, drift=False, printer=printer)
    return "".join(line + "\n" for line in out.getvalue().splitlines()[1:-1])


def written() -> str:
    """The page with the texts of today."""
    return _BLOCK.sub(lambda block: f"<!-- {block[1]} -->\n```text\n{printed(ROOT / block[1])}```\n", PAGE.read_text())


def test_the_page_shows_what_is_printed_today() -> None:
    assert written() == PAGE.read_text()


def test_the_page_shows_every_recorded_plan() -> None:
    shown = [block[1] for block in _BLOCK.finditer(PAGE.read_text())]
    assert shown == [str(recording.relative_to(ROOT)) for recording in PLANS]
    assert len(shown) == 10


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize("recording", PLANS, ids=lambda recording: recording.stem)
def test_a_recorded_plan_fits_on_the_screen(recording: Path, width: int) -> None:
    assert max(map(len, printed(recording, width).splitlines())) <= width


@pytest.mark.parametrize("recording", PLANS, ids=lambda recording: recording.stem)
def test_a_log_has_one_line_for_each_address_and_field(recording: Path) -> None:
    assert "hunter2" not in printed(recording, None)
    assert not [line for line in printed(recording, None).splitlines() if line.startswith("        ")]


if __name__ == "__main__":
    PAGE.write_text(written())
