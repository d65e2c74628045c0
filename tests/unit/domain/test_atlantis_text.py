"""What a step prints is read by Atlantis, and put into a block of a comment."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infragate.domain.front_doors import atlantis_text

LINE = "Plan: 1 to add, 0 to change, 0 to destroy."
PIECES = st.lists(
    st.text(max_size=20)
    | st.sampled_from(
        [
            LINE,
            atlantis_text.NO_CHANGES,
            "No changes",
            ". Your infrastructure matches the configuration.",
            "Plan: ",
            "1 to add, 0 to change, 0 to destroy.",
            "```",
            "``",
            "`",
            "\u200b",
            "\x1b[0m",
            "\n",
            " ",
        ]
    ),
    max_size=12,
).map("".join)


@given(PIECES)
@example("Pl\u200ban: 1 to add, 0 to change, 0 to destroy.")
@example("No changes  Your infrastructure matches the configuration.")
@example("`\u200b``")
def test_no_text_is_read_as_a_result_or_ends_the_block(text: str) -> None:
    harmless = atlantis_text.harmless(text)
    assert not atlantis_text.READ_BY_ATLANTIS.search(harmless)
    assert "```" not in harmless


@given(st.lists(PIECES, max_size=6), PIECES)
def test_a_comment_has_exactly_one_line_that_atlantis_reads(lines: list[str], last: str) -> None:
    text = atlantis_text.comment(LINE, lines, last=last)
    assert [match.group() for match in atlantis_text.READ_BY_ATLANTIS.finditer(text)] == [LINE]
    assert text.startswith(f"{LINE}\n")


@given(st.lists(PIECES, max_size=6), st.integers(min_value=400, max_value=2000))
def test_a_comment_is_never_larger_than_its_limit(lines: list[str], limit: int) -> None:
    text = atlantis_text.comment(LINE, [*lines, "x" * 90] * 20, last="log: /state/log", limit=limit)
    assert len(text.encode("utf-8", "replace")) <= limit
    assert text.endswith("log: /state/log\n")


def test_what_is_left_out_is_counted() -> None:
    text = atlantis_text.comment(LINE, [f"line {number}" for number in range(100_000)], last="log: x")
    assert len(text.encode()) <= atlantis_text.LIMIT
    (left,) = re.findall(r"(?m)^\.\.\. (\d+) more lines$", text)
    assert int(left) + text.count("\nline ") == 100_000


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ((1, 2, 3, 0, 0), "Plan: 1 to add, 2 to change, 3 to destroy."),
        ((0, 0, 0, 4, 0), "Plan: 4 to import, 0 to add, 0 to change, 0 to destroy."),
        ((0, 0, 0, 0, 5), "Plan: 0 to add, 0 to change, 0 to destroy, 5 to forget."),
    ],
)
def test_terraform_s_line_is_written_as_terraform_does(counts: tuple[int, ...], line: str) -> None:
    names = ("add", "change", "destroy", "imported", "forget")
    written = atlantis_text.headline(**dict(zip(names, counts, strict=True)))
    assert written == line
    assert atlantis_text.READ_BY_ATLANTIS.fullmatch(line)


def test_the_line_for_no_changes_is_one_that_atlantis_reads() -> None:
    assert atlantis_text.READ_BY_ATLANTIS.fullmatch(atlantis_text.NO_CHANGES)


@pytest.mark.parametrize("fence", ["```diff", "```"])
def test_what_a_step_printed_is_read_out_of_the_comment_around_it(fence: str) -> None:
    comment = (
        f"Ran Plan\n\n{fence}\nPlan: 1 to add\n+ dev: allow\n```\n\n* apply:\n  ```shell\n  atlantis apply\n  ```\n"
    )
    assert atlantis_text.block(comment) == "Plan: 1 to add\n+ dev: allow\n"


def test_a_comment_of_atlantis_alone_has_nothing_that_a_step_printed() -> None:
    assert atlantis_text.block("**Apply Failed**: Pull request must be approved\n```shell\natlantis apply\n```\n") == ""
