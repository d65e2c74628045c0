from __future__ import annotations

import signal

import pytest

from infragate.domain import errors
from infragate.domain.errors import InfragateError, Interrupted


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("InfragateError", 1),
        ("BadInput", 3),
        ("ToolFailed", 4),
        ("RemoteFailed", 5),
        ("Locked", 6),
        ("Integrity", 7),
        ("Blocked", 8),
    ],
)
def test_the_class_of_an_error_is_its_exit_code(name: str, code: int) -> None:
    assert getattr(errors, name).exit_code == code


def test_no_two_classes_share_an_exit_code() -> None:
    classes = [kind for kind in InfragateError.__subclasses__() if kind.__module__ == errors.__name__]
    codes = [kind.exit_code for kind in classes if kind is not Interrupted]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_as_the_shell_has_it(number: int, code: int) -> None:
    assert Interrupted(number, "interrupted").exit_code == code


def test_an_error_keeps_its_three_lines() -> None:
    error = errors.BadInput("no such file", where="infra/x.tf:3", fix="inv doctor")
    assert (error.message, error.where, error.fix, str(error)) == (
        "no such file",
        "infra/x.tf:3",
        "inv doctor",
        "no such file",
    )
