"""Drift as a page, as JUnit and as Markdown: what they say, and how they are cut."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

from tests.unit import drift_results
from tests.unit.drift_results import BROKEN, CLEAN, DRIFTING, LOCKED, RETENTION, run, told, view
from tests.unit.gate_sinks import Page
from tests.unit.report.test_junit import schema

from infragate.domain.drift.report import StackDrift
from infragate.domain.plan_fields import Field
from infragate.domain.redaction import Masker
from infragate.report import drift_junit, drift_markdown, drift_page

MANY = tuple(replace(RETENTION, address=f"aws_x.y[{number}]") for number in range(3_000))


def page(*stacks: StackDrift, **more: Any) -> str:
    return " ".join(" ".join(Page(drift_page.page(view(*stacks, **more))).texts).split())


def cases(*stacks: StackDrift, **more: Any) -> dict[str, ET.Element]:
    data = drift_junit.document(view(*stacks, **more))
    schema().validate(data.decode())
    root = ET.fromstring(data)
    assert int(root.get("tests", "")) == len(list(root.iter("testcase")))
    assert int(root.get("errors", "")) == len(list(root.iter("error")))
    assert int(root.get("failures", "")) == len(list(root.iter("failure")))
    return {str(case.get("name")).split(" (")[0]: case for case in root.iter("testcase")}


def test_what_must_be_looked_at_comes_first() -> None:
    assert [stack["name"] for stack in view()["stacks"]] == ["prod", "qa", "dev", "stg"]


def test_the_headline_never_counts_what_is_not_known_as_clean() -> None:
    assert view()["headline"] == "1 of 4 Stacks differs from the code; for 2 it is not known"
    assert view(CLEAN)["headline"] == "0 of 1 Stack differ from the code"
    assert view(CLEAN, missing=["2/2"])["headline"].endswith("1 part of all Stacks (2/2) gave no result")


def test_the_page_says_what_differs_why_and_how_that_is_known() -> None:
    said = page()
    for words in (
        "backup_retention_period",
        "no resource of the Stack owns it",
        "read by security-group-rules: no plan shows it",
        "Noise and waived (2): not counted",
        "waived by @acme/platform",
        "alice applies since 06:10",
        "AWS refused ec2:DescribeVpcs",
        "fix: give the role that right",
        "fedcba987654",
    ):
        assert words in said, words


def test_the_page_loads_nothing_and_runs_nothing_but_its_own_script() -> None:
    held = Page(drift_page.page(view()))
    attributes = {name for _, *names in held.tags for name in names}
    assert not {name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset", "action")}
    assert not {tag for tag, *_ in held.tags} & {"link", "img", "iframe", "object", "embed", "base", "form"}


def test_without_a_history_the_page_says_that_there_is_none() -> None:
    assert "No earlier run is known: drift --tell keeps the last ones" in page()


def test_with_a_history_it_shows_the_runs_of_each_stack_and_the_trend_of_all() -> None:
    remembered = [
        told("prod", run(0, out_of_band=1), run(6, out_of_band=2, unowned=1), issue="https://github.com/a/b/issues/7"),
        told("stg", run(0, "clean"), run(6, "error")),
    ]
    seen = view(told=remembered)
    assert seen["trend"] == [
        {"at": "2026-11-01 06:00", "differences": 1, "unknown": 0, "height": 33},
        {"at": "2026-11-01 12:00", "differences": 3, "unknown": 1, "height": 100},
    ]
    said = page(told=remembered)
    assert "Differences in the last 2 runs, the newest last: 1, 3" in said
    assert "Differences in the last 2 runs, the newest last: 0, not known" in said
    assert "2 out-of-band, 1 unowned" in said
    assert "https://github.com/a/b/issues/7" in Page(drift_page.page(seen)).links


def test_a_chart_has_sixty_runs_at_most() -> None:
    seen = view(told=[told("prod", *(run(hours, unowned=hours) for hours in range(100)))])
    assert len(seen["trend"]) == 60
    charts = seen["stacks"][0]["charts"]
    assert charts is not None
    assert [len(charts["runs"]), charts["runs"][-1]["height"], charts["most"]] == [60, 100, 99]


def test_only_a_stack_without_a_known_difference_passes_in_junit() -> None:
    children = {name: [child.tag for child in case] for name, case in cases().items()}
    assert children == {"prod": ["failure"], "qa": ["error"], "dev": ["error"], "stg": []}


def test_what_is_only_listed_passes_and_is_written_down() -> None:
    (case,) = cases(replace(DRIFTING, status="clean", items=DRIFTING.items[2:])).values()
    assert [child.tag for child in case] == ["system-out"]
    assert "waived by @acme/platform" in str(case[0].text)


def test_a_part_without_a_result_is_an_error_in_junit() -> None:
    held = cases(CLEAN, missing=["2/3"])
    assert [child.tag for child in held["part 2/3 of all Stacks"]] == ["error"]


def test_the_reason_is_in_the_message_of_the_case() -> None:
    held = cases(LOCKED, BROKEN)
    assert held["dev"][0].get("message") == "skipped, its drift is not known: alice applies since 06:10"
    assert held["qa"][0].get("message") == "error, its drift is not known: AWS refused ec2:DescribeVpcs"


def test_the_markdown_has_a_row_for_each_stack_and_one_for_each_difference() -> None:
    said = drift_markdown.markdown(view())
    assert "| ` prod ` | drift | 1 out-of-band, 1 unowned, 1 waived, 1 noise | critical | 12.3 |" in said
    assert "| ` dev ` | skipped | not known |  | 9.0 |" in said
    assert "| high | out-of-band, loses-data | ` module.db.aws_db_instance.main ` |" in said
    assert "` backup_retention_period `: ` 1 ` → ` 7 `" in said


def test_a_long_report_is_cut_between_rows_and_says_so() -> None:
    seen = view(replace(DRIFTING, items=MANY))
    for limit in (2_000, 20_000, 65_536):
        said = drift_markdown.markdown(seen, limit=limit)
        assert len(said) <= limit
        assert " more" in said.splitlines()[-1]
        assert drift_markdown.WHOLE in said.splitlines()[-1]
    assert len(drift_markdown.of_step(seen, room=50_000).encode()) <= 50_000


def test_many_stacks_share_the_room_and_each_is_named() -> None:
    stacks = [replace(DRIFTING, environment=f"e{number}", items=MANY[:200]) for number in range(200)]
    seen = view(*stacks)
    assert all(stack["left"] == 175 for stack in seen["stacks"])
    held = drift_page.page(seen)
    assert held.count("175 more are left out here") == 200
    assert len(held.encode()) < 20_000_000
    assert len(list(cases(*stacks[:3]))) == 3


def test_a_difference_with_many_long_values_is_cut_and_says_so() -> None:
    fields = tuple(Field(path=f"tags.{number}", before="x" * 10_000, after=None) for number in range(100))
    (stack,) = view(replace(DRIFTING, items=(replace(RETENTION, fields=fields),)))["stacks"]
    (item,) = stack["counting"]
    assert (len(item["fields"]), item["unlisted"], len(item["fields"][0]["cloud"])) == (60, 40, 4_000)


def test_a_secret_of_this_process_is_in_no_file() -> None:
    held = drift_results.files("password=hunter2hunter", Masker(["hunter2hunter"]))
    assert [name for name, content in held.items() if "hunter2" in content] == []
