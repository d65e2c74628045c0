from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.suggestions import nearest

NAMES = ("dev", "stg", "prod")


@pytest.mark.parametrize(("word", "meant"), [("deb", "dev"), ("prd", "prod"), ("stgg", "stg"), ("production", "prod")])
def test_a_mistyped_name_is_guessed(word: str, meant: str) -> None:
    assert nearest(word, NAMES) == meant


@pytest.mark.parametrize("word", ["", "zzz", "../../etc/passwd"])
def test_a_word_that_is_like_nothing_gets_no_guess(word: str) -> None:
    assert nearest(word, NAMES) is None


def test_without_names_there_is_no_guess() -> None:
    assert nearest("dev", ()) is None


@given(st.text())
@examples(50)
def test_only_known_names_are_suggested(word: str) -> None:
    assert nearest(word, NAMES) in (*NAMES, None)
