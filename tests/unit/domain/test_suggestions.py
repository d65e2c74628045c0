from __future__ import annotations

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infragate.domain.suggestions import in_sandbox, nearest, under_break_glass

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
@settings(deadline=None, max_examples=50)
def test_only_known_names_are_suggested(word: str) -> None:
    assert nearest(word, NAMES) in (*NAMES, None)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("inv plan --env dev", "inv plan --env dev --sandbox"),
        ("run inv apply --env dev again", "run inv apply --env dev --sandbox again"),
        ("inv doctor", "inv doctor --sandbox"),
        ("inv doctor --sandbox", "inv doctor --sandbox"),
        ("inv tools-install", "inv tools-install"),
        ("choose another folder", "choose another folder"),
    ],
)
def test_a_command_that_is_suggested_in_the_sandbox_stays_there(text: str, there: str) -> None:
    assert in_sandbox(text) == there


@given(st.lists(st.sampled_from(["inv plan", "--env dev", "--sandbox", "then", "inv doctor", "--yes"]), max_size=6))
@settings(deadline=None, max_examples=60)
def test_saying_it_twice_changes_nothing(words: list[str]) -> None:
    once = in_sandbox(" ".join(words))
    assert in_sandbox(once) == once


@pytest.mark.parametrize("reason", ["INC-42", "it's down", "a, b; c", 'say "no"', "--env dev"])
def test_flags_go_behind_the_values_of_a_command(reason: str) -> None:
    command = f"inv rollback --env prod --to v0.6.1 --apply --reason {shlex.quote(reason)}"
    assert in_sandbox(f"{command} to run it again") == f"{command} --sandbox to run it again"
    assert in_sandbox(f"complete it: {command}; or go") == f"complete it: {command} --sandbox; or go"


def test_an_engineer_on_call_stays_one_in_a_rollback() -> None:
    told = under_break_glass("inv rollback --env prod --abort, or wait", "arn:mfa")
    assert told == "inv rollback --env prod --abort --break-glass --mfa-serial arn:mfa --mfa-code CODE, or wait"
