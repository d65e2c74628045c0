"""The report files of `drift`, and of its parts after `drift-merge`, over a recorded Terraform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.verbs.test_drift_verb import BY_HAND, REFUSED
from tests.verbs.world import World

KINDS = ("html", "junit", "markdown")


@pytest.fixture
def three(dev: World) -> World:
    """dev is applied and stg changed by hand; prod cannot be planned."""
    dev.record("by-hand", "settled", **BY_HAND)
    dev.record("refused", "settled", **REFUSED)
    dev.order(stg="by-hand", prod="refused")
    return dev


def files(folder: Path) -> list[str]:
    return [word for kind in KINDS for word in (f"--{kind}", str(folder / f"drift.{kind}"))]


def parts(world: World, folder: Path, count: int = 2) -> list[str]:
    """The flags for the documents of all parts, each of a run of its own."""
    flags = []
    for number in range(1, count + 1):
        path = str(folder / f"{number}.json")
        world.run("drift", "--shard", f"{number}/{count}", "--report", path)
        flags += ["--document", path]
    return flags


def without_times(done: Done) -> list[dict[str, Any]]:
    return [{**stack, "duration_seconds": 0} for stack in done.document["result"]["stacks"]]


def test_drift_writes_a_page_junit_and_markdown_of_all_stacks(three: World, tmp_path: Path) -> None:
    done = three.run("drift", *files(tmp_path))
    assert done.code == 5
    cases = {
        case.get("name"): [child.tag for child in case] for case in ET.parse(tmp_path / "drift.junit").iter("testcase")
    }
    assert cases == {
        "stg (infra/envs/stg)": ["failure"],
        "prod (infra/envs/prod)": ["error"],
        "dev (infra/envs/dev)": [],
    }
    for kind in ("html", "markdown"):
        text = (tmp_path / f"drift.{kind}").read_text()
        assert "1 of 3 Stacks differs from the code; for 1 it is not known" in text
        assert "retention_in_days" in text
    assert "No earlier run is known" in (tmp_path / "drift.html").read_text()


def test_the_parts_of_a_run_merge_to_the_run_of_all(three: World, tmp_path: Path) -> None:
    whole = three.run("drift", "--json")
    merged = three.run("drift-merge", *parts(three, tmp_path), *files(tmp_path), "--json")
    assert (merged.code, merged.document["status"]) == (whole.code, whole.document["status"])
    assert without_times(merged) == without_times(whole)
    assert merged.document["error"] == whole.document["error"]
    assert merged.document["result"]["missing"] == []
    VALIDATOR.validate(merged.document)
    assert {path.suffix[1:] for path in tmp_path.iterdir()} == {"json", *KINDS}


def test_without_errors_a_merge_ends_as_drift_would(three: World, tmp_path: Path) -> None:
    three.order(prod="settled")
    flags = parts(three, tmp_path, 3)
    assert three.run("drift-merge", *flags).code == 0
    assert three.run("drift-merge", *flags, "--detailed-exitcode").code == 2


def test_a_part_that_is_missing_ends_with_3_and_the_rest_is_shown(three: World, tmp_path: Path) -> None:
    flags = parts(three, tmp_path)
    done = three.run("drift-merge", *flags[2:], *files(tmp_path))
    assert done.code == 3
    assert "error: no result of part 1/2" in done.err
    assert "fix: run drift --shard 1/2" in done.err
    assert "the parts 1/2 gave no result" in (tmp_path / "drift.html").read_text()
    assert "error" in {child.tag for child in ET.parse(tmp_path / "drift.junit").iter()}


def test_the_summary_of_a_job_is_the_markdown(three: World, tmp_path: Path) -> None:
    summary = tmp_path / "summary"
    flags = parts(three, tmp_path)
    three.run("drift-merge", *flags, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary))
    assert summary.read_text().startswith("### Drift: 1 of 3 Stacks differs")


def test_two_reports_in_one_file_are_refused(three: World, tmp_path: Path) -> None:
    path = str(tmp_path / "x")
    for words in (("drift",), ("drift-merge", "--document", path)):
        done = three.run(*words, "--html", path, "--junit", path)
        assert (done.code, "name one file" in done.err) == (3, True)


def test_a_document_that_is_not_of_drift_is_refused(three: World, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"verb": "drift"}))
    done = three.run("drift-merge", "--document", str(path))
    assert (done.code, str(path) in done.err) == (3, True)
