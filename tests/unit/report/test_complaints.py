from __future__ import annotations

import pytest

from infragate.domain.finding import Finding, InputValue, Severity
from infragate.report import complaints


def complaint(line: int, **more: object) -> Finding:
    return Finding(id="terraform/error", source="terraform", message=f"m{line}", file="a.tf", line=line, **more)  # type: ignore[arg-type]


def test_a_single_complaint_is_its_snippet_and_the_values_it_depends_on() -> None:
    value = InputValue(name="size", file="dev.tfvars", line=3, value="5")
    found = complaint(1, snippet="     1 | x\n       | ^", inputs=(value,))
    assert list(complaints.lines([found])) == ["     1 | x", "       | ^", "       = size = 5 (dev.tfvars:3)"]


def test_several_have_their_places_and_messages_and_ten_are_shown() -> None:
    shown = list(complaints.lines([complaint(line) for line in range(1, 13)]))
    assert shown[0] == "a.tf:1: m1"
    assert shown[9:] == ["a.tf:10: m10", "2 more of 12: --json has all of them"]


def test_a_warning_among_errors_is_called_one() -> None:
    assert complaints.headline(complaint(1, severity=Severity.MEDIUM, address="x.y")) == "a.tf:1 (x.y): warning: m1"


def test_a_log_command_is_escaped_as_githubs_toolkit_does() -> None:
    assert complaints.command("error", "50%\r\nof: a, b", file="a:b,c%.tf", line=3) == (
        "::error file=a%3Ab%2Cc%25.tf,line=3::50%25%0D%0Aof: a, b"
    )


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("infra/envs/dev/main.tf:9", "::error file=infra/envs/dev/main.tf,line=9::m"),
        ("infra/environments.yaml", "::error file=infra/environments.yaml::m"),
        ("infra/envs/dev", "::error::m"),
        ("AWS GetCallerIdentity: ExpiredToken", "::error::m"),
        (None, "::error::m"),
    ],
)
def test_a_place_that_is_a_file_is_marked(where: str | None, shown: str) -> None:
    assert complaints.marked("error", "m", where) == shown
