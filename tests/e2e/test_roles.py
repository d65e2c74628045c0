"""Who may do what, tried live: real calls under really assumed roles, in both directions, and a proof that it bites."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e import (
    role_rows_account,
    role_rows_allowed,
    role_rows_callers,
    role_rows_escapes,
    role_rows_state,
    role_world,
)
from tests.e2e.role_world import Outcome, Row, World

from infragate.sandbox import control

ALLOWED = role_rows_allowed.ROWS
DENIED = [*role_rows_callers.ROWS, *role_rows_state.ROWS, *role_rows_account.ROWS, *role_rows_escapes.ROWS]
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Results:
    """Outcomes by row name; `unenforced` are those of the deny rows with IAM switched off."""

    allowed: Mapping[str, Outcome]
    denied: Mapping[str, Outcome]
    unenforced: Mapping[str, Outcome]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """All rows, run once; denied rows change nothing, so they may run side by side."""
    folder: Path = tmp_path_factory.mktemp("roles") / "checkout"
    with role_world.standing(folder) as world:
        denied = _side_by_side(world)
        allowed = {row.name: role_world.outcome(world, row) for row in ALLOWED}
        control.set_enforcement(world.port, "off")
        yield Results(allowed, denied, _side_by_side(world))


def _side_by_side(world: World) -> dict[str, Outcome]:
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = pool.map(lambda row: role_world.outcome(world, row), DENIED)
        return {row.name: found for row, found in zip(DENIED, outcomes, strict=True)}


def _is_refused(row: Row, found: Outcome) -> bool:
    return found.refused or (bool(row.code) and found.code == row.code)


def test_the_tables_are_as_large_as_they_must_be() -> None:
    assert len({row.name for row in ALLOWED}) == len(ALLOWED) >= 40
    assert len({row.name for row in DENIED}) == len(DENIED) >= 150


@pytest.mark.parametrize("row", ALLOWED, ids=lambda row: row.name)
def test_what_the_work_needs_goes_through(results: Results, row: Row) -> None:
    found = results.allowed[row.name]
    assert found.code == row.code, found.text


@pytest.mark.parametrize("row", DENIED, ids=lambda row: row.name)
def test_what_nobody_may_do_is_refused(results: Results, row: Row) -> None:
    found = results.denied[row.name]
    assert _is_refused(row, found), found.text or "it was done"


def test_without_enforcement_the_deny_table_is_wrong_on_most_rows(results: Results) -> None:
    wrong = [row for row in DENIED if not _is_refused(row, results.unenforced[row.name])]
    assert len(wrong) > len(DENIED) * 0.7
