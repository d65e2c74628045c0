"""What is written by hand around a generated part stays."""

from __future__ import annotations

import pytest

from infragate.domain.front_doors.generated_part import LINES, PAGE

BEGIN, END = LINES.begin, LINES.end


def test_a_new_file_is_the_generated_part_alone() -> None:
    assert LINES.fresh("a: 1\nb: 2\n") == f"{BEGIN}\na: 1\nb: 2\n{END}\n"


def test_what_is_written_before_and_after_stays_byte_for_byte() -> None:
    text = f"# mine \t\n\n{BEGIN}\nold\n\\1 {END}x\n{END}\n\n- name: mine\n"
    assert LINES.renewed(text, "new \\1\n") == f"# mine \t\n\n{BEGIN}\nnew \\1\n{END}\n\n- name: mine\n"


def test_renewing_twice_changes_nothing() -> None:
    once = LINES.renewed(f"above\n{BEGIN}\n{END}\nbelow\n", "part")
    assert once is not None
    assert LINES.renewed(once, "part") == once


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        f"{BEGIN}\n",
        f"{END}\n",
        f"{END}\n{BEGIN}\n",
        f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n",
        f"  {BEGIN}\n{END}\n",
    ],
)
def test_a_file_in_which_each_mark_does_not_stand_once_is_not_renewed(text: str) -> None:
    assert LINES.renewed(text, "part") is None


def test_the_marks_of_a_page_are_comments_of_markdown() -> None:
    assert PAGE.renewed(f"# T\n{PAGE.begin}\n{PAGE.end}\n", "| a |") == f"# T\n{PAGE.begin}\n| a |\n{PAGE.end}\n"
