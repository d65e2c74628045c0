"""Commands in a fix or a next step are written as the user called us, with the flags that the run had."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.advice import spell

from infragate.domain.command import Advice, Caller, Command, advice

BOTH = frozenset({"--sandbox", "--break-glass"})
TAKES = {
    "plan": BOTH,
    "doctor": BOTH,
    "rollback": BOTH,
    "bootstrap-backend": frozenset({"--sandbox"}),
    "assume": frozenset({"--sandbox"}),
}
SANDBOX = Caller(program="inv", sandbox=True, takes=TAKES)
ON_CALL = Caller(program="inv", mfa_serial="arn:mfa", takes=TAKES)


@pytest.mark.parametrize("program", ["./inv", "inv", "infragate"])
def test_a_command_begins_with_what_the_user_called(program: str) -> None:
    assert Caller(program=program).spell(Command("plan", env="dev")) == f"{program} plan --env dev"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (Command("plan", env="dev"), "inv plan --env dev --sandbox"),
        (Command("doctor"), "inv doctor --sandbox"),
        (Command("plan", env="dev", sandbox=True), "inv plan --env dev --sandbox"),
        (Command("bootstrap-backend", ("--plan",)), "inv bootstrap-backend --plan --sandbox"),
        (Command("tools-install"), "inv tools-install"),
        (
            (Command("plan", env="dev"), ", review it, then apply"),
            "inv plan --env dev --sandbox, review it, then apply",
        ),
        ("choose another folder", "choose another folder"),
    ],
)
def test_in_the_sandbox_a_command_that_takes_the_flag_gets_it_once(text: Advice, written: str) -> None:
    assert SANDBOX.spell(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (Command("plan", env="dev"), "inv plan --env dev{}"),
        (Command("doctor", env="dev"), "inv doctor --env dev{}"),
        (Command("doctor"), "inv doctor"),
        (Command("assume", env="dev"), "inv assume --env dev"),
        ((Command("rollback", ("--abort",), env="prod"), ", or wait"), "inv rollback --env prod --abort{}, or wait"),
    ],
)
def test_on_call_a_command_that_asks_an_environment_gets_the_break_glass_flags(text: Advice, written: str) -> None:
    assert ON_CALL.spell(text) == written.format(" --break-glass --mfa-serial arn:mfa --mfa-code CODE")


def test_an_mfa_device_that_was_not_given_is_a_placeholder() -> None:
    on_call = Caller(mfa_serial="", takes=TAKES)
    assert on_call.spell(Command("plan", env="dev")).endswith("--mfa-serial ARN --mfa-code CODE")


@given(st.lists(st.text(min_size=1), max_size=4))
def test_a_shell_reads_back_the_same_words(values: list[str]) -> None:
    command = Command("rollback", ("--reason", *values), env="prod")
    assert shlex.split(SANDBOX.spell(command))[1:-1] == ["rollback", "--env", "prod", "--reason", *values]


def test_pieces_of_advice_are_joined_in_order() -> None:
    joined = advice("complete it: ", Command("plan", env="dev"), None, ("; or ", Command("doctor")))
    assert spell(joined) == "complete it: infragate plan --env dev; or infragate doctor"


def test_no_advice_stays_none() -> None:
    assert spell(None) is None
