"""Commands in an error's fix get the flags that the run had: `--sandbox`, `--break-glass`."""

from __future__ import annotations

import pytest

from infragate.domain.suggestions import in_sandbox, under_break_glass


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("inv doctor", "inv doctor --sandbox"),
        ("inv plan --env dev, review it, then apply", "inv plan --env dev --sandbox, review it, then apply"),
        ("inv doctor shows the lock", "inv doctor --sandbox shows the lock"),
        ("inv bootstrap-backend --plan", "inv bootstrap-backend --plan --sandbox"),
        (
            "inv plan --env dev, then inv apply --env dev",
            "inv plan --env dev --sandbox, then inv apply --env dev --sandbox",
        ),
        ("inv assume --env ENV shows whose they are", "inv assume --env ENV --sandbox shows whose they are"),
    ],
)
def test_a_command_that_takes_it_gets_it_after_its_flags(said: str, expected: str) -> None:
    assert in_sandbox(said) == expected


@pytest.mark.parametrize(
    "said",
    [
        "inv plan --env dev --sandbox",
        "inv sandbox-down --wipe, then run it again",
        "inv tools-install --tool terraform",
        "docs/roles.md says who may do what",
        "plan again",
    ],
)
def test_what_has_it_or_does_not_take_it_stays_as_it_is(said: str) -> None:
    assert in_sandbox(said) == said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("inv plan --env dev, then apply", "inv plan --env dev{}, then apply"),
        ("inv plan --env dev --sandbox, then apply", "inv plan --env dev --sandbox{}, then apply"),
        ("inv smoke --env dev --wait", "inv smoke --env dev --wait{}"),
        ("inv doctor", "inv doctor"),
        ("inv doctor --env dev", "inv doctor --env dev{}"),
        ("inv assume --env dev", "inv assume --env dev"),
        ("inv bootstrap-backend --env dev", "inv bootstrap-backend --env dev"),
        ("docs/roles.md says who may do what", "docs/roles.md says who may do what"),
    ],
)
def test_a_command_that_asks_an_environment_gets_the_break_glass_flags(said: str, expected: str) -> None:
    flags = " --break-glass --mfa-serial arn:aws:iam::999999999999:mfa/kim --mfa-code CODE"
    assert under_break_glass(said, "arn:aws:iam::999999999999:mfa/kim") == expected.format(flags)


def test_who_gave_no_serial_is_shown_where_it_stands() -> None:
    assert under_break_glass("inv plan --env dev", "").endswith("--mfa-serial ARN --mfa-code CODE")
