"""Which links the text of a pull request lacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.front_doors.pull_request_text import LINES, missing_links

TEMPLATE = Path(__file__).parents[3] / ".github" / "PULL_REQUEST_TEMPLATE.md"
ALL = tuple(line.name for line in LINES)


def filled(
    change: str = "https://acme.atlassian.net/browse/FF-12", runbook: str = "none", exception: str = "none"
) -> str:
    text = TEMPLATE.read_text(encoding="utf-8")
    for label, value in (("Change / 변경:", change), ("Runbook / 런북:", runbook), ("Exception / 예외:", exception)):
        assert f"- {label}\n" in text
        text = text.replace(f"- {label}\n", f"- {label} {value}\n")
    return text


@pytest.mark.parametrize("text", [None, "", "fixes it", TEMPLATE.read_text(encoding="utf-8")])
def test_a_text_without_answers_lacks_all_links(text: str | None) -> None:
    assert missing_links(text) == ALL


@pytest.mark.parametrize(
    "change",
    [
        "https://www.notion.so/acme/Change-1f2e",
        "[FF-12](https://acme.atlassian.net/browse/FF-12)",
        "FF-12",
        "#12",
        "acme/infra#12",
        "docs/changes/2026-11.md",
    ],
)
def test_a_filled_template_lacks_nothing(change: str) -> None:
    assert missing_links(filled(change)) == ()


def test_a_template_that_was_edited_on_windows_lacks_nothing() -> None:
    assert missing_links(filled().replace("\n", "\r\n")) == ()


@pytest.mark.parametrize("answer", ["none", "없음", "N/A", "_none_", "None."])
def test_a_runbook_and_an_exception_may_be_none(answer: str) -> None:
    assert missing_links(filled(runbook=answer, exception=answer)) == ()


@pytest.mark.parametrize("answer", ["none", "없음", "see above", "-", "https://", "a.b"])
def test_the_change_needs_a_link(answer: str) -> None:
    assert missing_links(filled(change=answer)) == ("Change",)


def test_a_label_in_one_language_is_enough() -> None:
    assert missing_links("변경: FF-12\n* **Runbook**: runbooks/rollback.md\n예외: 없음") == ()


def test_links_in_a_list_below_the_label_count() -> None:
    assert missing_links("- Change:\n  - https://example.com/1\n- Runbook: none\n- Exception: none") == ()


def test_a_link_under_another_label_does_not_count() -> None:
    assert missing_links("- Change:\n- Runbook: runbooks/rollback.md\n- Exception: none") == ("Change",)


@pytest.mark.parametrize("hidden", ["<!--\n{}\n-->", "```\n{}\n```", "<!-- {}"])
def test_what_nobody_sees_as_text_does_not_count(hidden: str) -> None:
    assert missing_links(hidden.format("Change: FF-12\nRunbook: none\nException: none")) == ALL


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert set(missing_links(text)) <= set(ALL)


@given(st.text(alphabet="ab:#-*/ \n`~<!>", max_size=200))
def test_text_before_filled_lines_takes_nothing_away(text: str) -> None:
    if "<!--" not in text and "``" not in text and "~~" not in text:
        assert missing_links(f"{text}\n\n{filled()}") == ()
