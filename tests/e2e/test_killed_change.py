"""A change of several files is all or nothing, wherever it is ended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("killed") / "my check out"
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.killed_change", str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_it_is_killed_at_every_step(runs: dict[str, Any]) -> None:
    assert runs["steps"] == len(runs["killed"]) > 60
    assert {one["signal"] for one in runs["killed"]} == {9}


def test_every_file_is_whole_after_every_kill(runs: dict[str, Any]) -> None:
    assert [one["at"] for one in runs["killed"] if not one["between"]] == []


def test_after_recovery_all_files_are_old_or_all_are_new(runs: dict[str, Any]) -> None:
    after = [one["after"] for one in runs["killed"]]
    assert {one["state"] for one in after} == {"old", "new"}
    assert [one for one in after if one["left"]] == []
    states = [one["state"] for one in after]
    assert states == sorted(states, reverse=True)  # there is one moment from which it counts


def test_an_interruption_leaves_all_old_or_all_new_by_itself(runs: dict[str, Any]) -> None:
    assert len(runs["interrupted"]) == runs["steps"]
    assert [one for one in runs["interrupted"] if one["after"] not in ("old", "new") or one["left"]] == []


def test_a_recovery_that_is_killed_is_done_by_the_next_one(runs: dict[str, Any]) -> None:
    assert len(runs["twice"]) > 50
    assert [one for one in runs["twice"] if not one["between"] or one["after"]["left"]] == []
    assert {one["after"]["state"] for one in runs["twice"]} <= {"old", "new"}
