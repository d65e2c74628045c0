"""docs/security.md lists what is tried here."""

from __future__ import annotations

import pytest
from tests.attacks.gate_rows import GATE_ATTACKS
from tests.attacks.passing_rows import PASSING
from tests.attacks.rows import ACTS, READS
from tests.e2e.product import ROOT

WALLS = {"both": "held", "judge": "**not held**: modules are fetched outside", "always": "held by another check"}
ROWS = [(read.name, "held") for read in READS] + [(act.name, WALLS[act.held_by]) for act in ACTS]


@pytest.mark.parametrize(("name", "walls"), ROWS, ids=[row[0] for row in ROWS])
def test_an_attack_has_its_row(name: str, walls: str) -> None:
    assert f"| `{name}` | {walls} | refused |" in (ROOT / "docs" / "security.md").read_text()


@pytest.mark.parametrize(
    ("tests", "attacks"), [("test_gate_attacks.py", GATE_ATTACKS), ("test_passing_oneself.py", PASSING)]
)
def test_what_holds_an_attack_is_in_the_table_below_its_tests(tests: str, attacks: dict[str, str]) -> None:
    _, _, page = (ROOT / "docs" / "security.md").read_text().partition(f"tests/attacks/{tests}")
    table = page.partition("|---|---|\n")[2].partition("\n\n")[0]
    assert table.splitlines() == [f"| `{name}` | {held} |" for name, held in attacks.items()]


def test_there_is_no_other_row_and_the_names_are_distinct() -> None:
    page = (ROOT / "docs" / "security.md").read_text()
    assert len({row[0] for row in ROWS}) == len(ROWS) == page.count("| refused |")


@pytest.mark.parametrize(("name", "words"), [("README.md", "{} attacks are tried"), ("README.ko.md", "공격 {}가지를")])
def test_the_readme_says_how_many_there_are(name: str, words: str) -> None:
    assert words.format(len(ROWS)) in (ROOT / name).read_text()
