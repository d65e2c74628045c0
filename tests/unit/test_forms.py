"""The forms of issues and pull requests, and the CSV for Jira: what GitHub and Jira need to take them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
FIELDS = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
COLUMNS = [
    *("Issue Type", "Summary", "Description", "Labels", "Components", "Priority"),
    *("Epic Name", "Parent", "Story Points", "Fix Version/s"),
]


def rows() -> list[dict[str, str]]:
    with (ROOT / "docs/jira-import.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_there_is_a_form_for_each_kind_of_issue() -> None:
    assert [form.stem for form in FORMS] == ["drift", "incident", "module-upgrade", "policy-exception"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_has_what_github_asks_for(form: Path) -> None:
    document: dict[str, Any] = yaml.safe_load(form.read_text(encoding="utf-8"))
    fields = [field for field in document["body"] if field["type"] != "markdown"]

    assert document["name"] and document["description"] and fields
    assert {field["type"] for field in document["body"]} <= FIELDS
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["options"] for field in fields if field["type"] in {"dropdown", "checkboxes"})
    assert all(field["attributes"]["value"] for field in document["body"] if field["type"] == "markdown")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_for_something_that_must_be_answered(form: Path) -> None:
    body = yaml.safe_load(form.read_text(encoding="utf-8"))["body"]

    assert any(field.get("validations", {}).get("required") for field in body)


def test_a_pull_request_shows_the_common_acceptance_list() -> None:
    text = (ROOT / ".github/PULL_REQUEST_TEMPLATE.md").read_text(encoding="utf-8")
    items = [line for line in text.splitlines() if line.startswith("- [ ] ")]

    assert len(items) == 4
    assert "--detailed-exitcode" in items[0]
    assert all(word in items[1] for word in ("security", "policy", "cost"))
    assert all(tag in items[2] for tag in ("org", "env", "service", "version", "owner"))


def test_the_csv_has_the_columns_of_the_import() -> None:
    assert list(rows()[0]) == COLUMNS
    assert all(None not in row and None not in row.values() for row in rows())


def test_the_csv_holds_seven_epics_and_their_tasks() -> None:
    epics = [row for row in rows() if row["Issue Type"] == "Epic"]
    tasks = [row for row in rows() if row["Issue Type"] == "Task"]

    assert (len(epics), len(tasks), len(rows())) == (7, 28, 35)
    assert all(epic["Epic Name"] == epic["Summary"] and not epic["Parent"] for epic in epics)
    assert {task["Parent"] for task in tasks} == {epic["Epic Name"] for epic in epics}


def test_a_task_is_numbered_by_its_epic() -> None:
    number, last = 0, 0
    for row in rows():
        if row["Issue Type"] == "Epic":
            number, last, epic = number + 1, 0, row["Epic Name"]
        else:
            last += 1
            assert row["Summary"].startswith(f"TASK {number}-{last}: ")
            assert row["Parent"] == epic


def test_a_task_has_points_and_a_version() -> None:
    tasks = [row for row in rows() if row["Issue Type"] == "Task"]

    assert all(int(task["Story Points"]) > 0 and task["Fix Version/s"].startswith("v0.") for task in tasks)


def test_no_summary_is_there_twice() -> None:
    summaries = [row["Summary"] for row in rows()]

    assert len(set(summaries)) == len(summaries)
