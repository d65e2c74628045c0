"""How diagnostics are found in what Terraform prints."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.terraform.diagnostic import Diagnostic, diagnostic, from_text


def event(**given_parts: Any) -> dict[str, Any]:
    return {"type": "diagnostic", "diagnostic": {"severity": "error", "summary": "S", "detail": "D", **given_parts}}


def test_a_diagnostic_is_read_from_its_event() -> None:
    assert diagnostic(event()) == Diagnostic(severity="error", summary="S", detail="D")


def test_a_diagnostic_in_the_configuration_has_file_and_line() -> None:
    found = diagnostic(event(range={"filename": "m.tf", "start": {"line": 9}}))
    assert found is not None
    assert (found.file, found.line) == ("m.tf", 9)


def test_a_diagnostic_of_a_resource_without_a_place_has_its_address() -> None:
    found = diagnostic(event(address="aws_sqs_queue.a"))
    assert found is not None
    assert (found.address, found.file, found.finding.where) == ("aws_sqs_queue.a", None, "aws_sqs_queue.a")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('  load_balancer_type = "foo"', True),
        ('resource "aws_lb" "l" {', False),
        ('data "aws_vpc" "v" {', False),
        ("", False),
    ],
)
def test_a_provider_that_refuses_one_argument_points_into_the_block(code: str, expected: bool) -> None:
    found = diagnostic(event(address="aws_lb.l", range={"filename": "m.tf"}, snippet={"code": code}))
    assert found is not None
    assert found.of_argument is expected


def test_without_an_address_a_line_is_not_one_of_a_resource() -> None:
    found = diagnostic(event(range={"filename": "m.tf"}, snippet={"code": '  count = "x"'}))
    assert found is not None
    assert not found.of_argument


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"type": "change_summary"},
        {"type": "diagnostic"},
        {"type": "diagnostic", "diagnostic": None},
        {"type": "diagnostic", "diagnostic": "text"},
    ],
)
def test_another_event_holds_no_diagnostic(other: dict[str, Any]) -> None:
    assert diagnostic(other) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@given(name=st.sampled_from(["severity", "summary", "detail", "range", "address", "snippet"]), value=_JSON)
@examples(100)
def test_a_diagnostic_of_an_odd_shape_is_read_all_the_same(name: str, value: object) -> None:
    assert diagnostic(event(**{name: value})) is not None


FRAMED = """\
Initializing the backend...
╷
│ Error: Error refreshing state
│\x20
│   with backend "s3",
│ AccessDenied
╵
"""


def test_an_error_is_found_in_a_framed_text() -> None:
    (found,) = from_text(FRAMED)
    assert (found.severity, found.summary) == ("error", "Error refreshing state")
    assert "AccessDenied" in found.detail


def test_an_unframed_error_is_found_too() -> None:
    assert from_text("Error: Too many command line arguments\n") == (
        Diagnostic(severity="error", summary="Too many command line arguments", detail=""),
    )


@pytest.mark.parametrize("text", ["", "all is well\n", "an Error: inside a line"])
def test_a_text_without_an_error_has_none(text: str) -> None:
    assert from_text(text) == ()


TWO = """\

Error: Failed to download module

  with aws_x.y,
  on main.tf line 7, in module "m":
   7: module "m" {

Could not download
it.

Warning: Old argument

Use b.
"""


def test_every_entry_of_a_text_is_read_with_place_snippet_and_address() -> None:
    first, second = from_text(TWO)
    assert (first.file, first.line, first.address, first.detail) == ("main.tf", 7, "aws_x.y", "Could not download\nit.")
    assert str(first.snippet) == '     7 | module "m" {'
    assert (second.severity, second.summary, second.detail) == ("warning", "Old argument", "Use b.")


def test_a_snippet_marks_the_place_in_its_line_whatever_the_width_of_characters_in_bytes() -> None:
    code = '  name = "é" + local.nope'
    start = len('  name = "é" + '.encode())
    found = diagnostic(
        event(
            snippet={
                "code": code,
                "start_line": 4,
                "highlight_start_offset": start,
                "highlight_end_offset": start + 10,
                "values": [{"traversal": "local.n", "statement": "is 5"}],
            }
        )
    )
    assert found is not None
    assert str(found.snippet).splitlines() == [
        '     4 |   name = "é" + local.nope',
        "       |                ^^^^^^^^^^",
        "       | local.n is 5",
    ]


def test_a_failed_check_is_named() -> None:
    found = diagnostic(
        event(snippet={"context": 'check "cache"', "code": "    condition = var.n > 1", "start_line": 4})
    )
    assert found is not None
    assert found.address == "check.cache"


def test_a_password_with_an_at_sign_is_not_repeated_in_part() -> None:
    text = 'from "git::https://kim:p@ss@host/infra.git" and "ssh://kim:p@ss@host/x", not "git::ssh://git@host/x"'
    entry = diagnostic(event(detail=text))
    assert entry is not None
    assert (
        entry.detail == 'from "git::https://***@host/infra.git" and "ssh://kim:***@host/x", not "git::ssh://git@host/x"'
    )


def test_a_password_in_an_address_is_not_repeated() -> None:
    found = diagnostic(event(detail='source code from "git::https://kim:hunter22@host/infra.git"'))
    assert found is not None
    assert found.detail == 'source code from "git::https://***@host/infra.git"'
