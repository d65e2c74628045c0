"""What an issue shows of drift: within GitHub's limit, with a person's text kept, and nothing of foreign text live."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests.unit.drift_values import item, stack
from tests.unit.examples import examples

from infragate.domain.drift.report import Cause
from infragate.domain.plan_fields import Field
from infragate.report import drift_issue
from infragate.report.drift_issue import LIMIT

PAGE = "https://github.com/acme/fileflow/actions/runs/7"
MARKER = "<!-- infragate:drift:dev -->"
MARKDOWN = MarkdownIt("commonmark").enable("table")


def test_the_issue_has_a_table_of_what_differs_and_the_commands() -> None:
    text = drift_issue.markdown(stack(item(), commit="a" * 40), None, page=PAGE)
    assert text.splitlines()[0] == MARKER
    for part in (
        "| ` aws_x.x ` | out-of-band | medium | ` a `: ` 1 ` → ` 2 `<br>` the state has 2 ` |",
        "**Look:** `infragate drift --env dev`",
        "`infragate plan --env dev`, then `infragate apply --env dev`",
        "`infragate drift-fix --env dev --open-pr`.",
        "- To accept it for a while: `infragate drift-accept --env dev --address ADDRESS",
        f"[the run that says so]({PAGE})",
    ):
        assert part in text


@pytest.mark.parametrize("cause", ["out-of-band", "not-applied", "unowned", "outputs"])
def test_every_cause_that_counts_has_its_way_to_settle_it(cause: Cause) -> None:
    text = drift_issue.markdown(stack(item(cause=cause)), None, page=None)
    assert drift_issue._SETTLE[cause].partition("{")[0] in text


def test_the_same_drift_has_the_same_text() -> None:
    first = drift_issue.markdown(stack(item()), None, page=PAGE)
    assert drift_issue.markdown(stack(item()), first, page=PAGE) == first
    assert drift_issue.markdown(stack(item()), first.replace("\n", "\r\n"), page=PAGE) == first


def test_a_persons_text_stays_before_and_after_ours() -> None:
    first = drift_issue.markdown(stack(item()), None, page=PAGE)
    edited = first.replace("<!-- infragate:drift: begin -->", "kim looks at it\n<!-- infragate:drift: begin -->")
    edited = f"{edited}\nsee also #12\n"
    for drift in (stack(item(address="aws_y.y")), stack(status="clean")):
        text = drift_issue.markdown(drift, edited, page=PAGE)
        assert "kim looks at it" in text.partition("<!-- infragate:drift: begin -->")[0]
        assert text.rstrip().endswith("see also #12")
        assert "aws_x.x" not in text


@pytest.mark.parametrize("gone", ["begin", "end", "drift:dev"])
def test_a_line_of_ours_that_a_person_removed_comes_back_and_no_text_is_lost(gone: str) -> None:
    first = drift_issue.markdown(stack(item()), None, page=PAGE) + "\nmine\n"
    damaged = "\n".join(line for line in first.splitlines() if not line.endswith(f"{gone} -->"))
    text = drift_issue.markdown(stack(item()), damaged, page=PAGE)
    assert text.splitlines()[0] == MARKER
    assert text.count("drift: begin -->") == text.count("drift: end -->") == 1
    assert "mine" in text
    again = drift_issue.markdown(stack(item()), text, page=PAGE)
    assert again == text


def test_too_many_differences_are_cut_between_rows() -> None:
    items = [item(address=f"aws_x.x{number}", evidence="e" * 200) for number in range(2000)]
    text = drift_issue.markdown(stack(*items), None, page=PAGE)
    assert LIMIT - 1000 < len(text) <= LIMIT
    assert "more differences are not shown." in text
    assert "**Look:**" in text
    rows = [line for line in text.splitlines() if line.startswith("| ` aws")]
    assert all(row.endswith(" |") for row in rows)


def test_a_long_text_of_a_person_leaves_less_room_for_ours() -> None:
    items = [item(address=f"aws_x.x{number}") for number in range(2000)]
    text = drift_issue.markdown(stack(*items), "p" * 60_000, page=PAGE)
    assert len(text) <= LIMIT
    assert "p" * 60_000 in text


def test_where_a_persons_text_leaves_no_room_nothing_is_written() -> None:
    present = "p" * (LIMIT - 10)
    assert drift_issue.markdown(stack(item()), present, page=PAGE) == present


HOSTILE = (
    "@acme/security", "[x](https://evil.example)", "<img src=x onerror=y>", "| a | b |", "`` ` ``", "-->", "#12",
    "<!-- infragate:drift: end -->", "</details>", "a\nb", "![x](https://evil.example)", "&#64;acme",
)  # fmt: skip


@pytest.mark.parametrize("foreign", HOSTILE)
def test_nothing_of_foreign_text_is_live(foreign: str) -> None:
    field = Field(path=foreign, before=foreign, after=[foreign])
    drift = stack(item(address=foreign, evidence=foreign, fields=(field,)), directory=foreign)
    text = drift_issue.markdown(drift, None, page=None)
    tokens = [child for token in MARKDOWN.parse(text) for child in token.children or ()]
    assert {"link_open", "image"} & {token.type for token in tokens} == set()
    html = {token.content for token in tokens if token.type == "html_inline"}
    assert html <= {"<br>"}
    words = "".join(token.content for token in tokens if token.type == "text")
    assert "@" not in words
    assert drift_issue.markdown(drift, text, page=None) == text


@given(text=st.text(max_size=300), many=st.integers(1, 40), kept=st.text(max_size=200))
@examples(100)
def test_any_text_fits_and_is_stable(text: str, many: int, kept: str) -> None:
    field = Field(path=text, before=text * 20, after=text)
    drift = stack(*(item(address=f"{text}{n}", evidence=text, fields=(field,) * 9) for n in range(many)))
    first = drift_issue.markdown(drift, kept, page=PAGE)
    assert len(first) <= LIMIT
    assert drift_issue.markdown(drift, first, page=PAGE) == first


def test_the_closing_comment_links_the_proving_run() -> None:
    text = drift_issue.proof(stack(status="clean", commit="b" * 40), "dev-1", page=PAGE)
    assert text.splitlines()[0] == "<!-- infragate:drift-settled:dev-1 -->"
    assert f"[This run]({PAGE}) at commit ` bbbbbbbbbbbb `" in text
