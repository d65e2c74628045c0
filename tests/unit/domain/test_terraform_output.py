"""How diagnostics are found in what Terraform prints."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infragate.domain.terraform.terraform_messages import Diagnostic, diagnostic, from_text


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
    assert (found.address, found.file, found.finding("infra").where) == ("aws_sqs_queue.a", None, "aws_sqs_queue.a")


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
@settings(deadline=None, max_examples=100)
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


def test_the_first_error_is_found_in_a_framed_text() -> None:
    found = from_text(FRAMED)
    assert found is not None
    assert (found.severity, found.summary) == ("error", "Error refreshing state")
    assert "AccessDenied" in found.detail


def test_an_unframed_error_is_found_too() -> None:
    assert from_text("Error: Too many command line arguments\n") == Diagnostic(
        severity="error", summary="Too many command line arguments", detail=""
    )


@pytest.mark.parametrize("text", ["", "all is well\n", "an Error: inside a line"])
def test_a_text_without_an_error_has_none(text: str) -> None:
    assert from_text(text) is None
