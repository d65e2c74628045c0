"""Commands in an error's fix get `--sandbox` when the run had it."""

from __future__ import annotations

import pytest

from infragate.domain.suggestions import in_sandbox


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
