"""A plan's JSON is read with all its digits, or refused; what is read can be shown."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.plan_documents import Document, plan, resource

from infragate.domain import plan as plans
from infragate.domain import plan_json
from infragate.domain.errors import ToolFailed
from infragate.report import json_text, plan_summary


@pytest.mark.parametrize("text", ["", "{", "no", "[" * 100_000])
def test_what_is_no_json_cannot_be_trusted(text: str) -> None:
    with pytest.raises(ToolFailed, match="it is not JSON"):
        plan_json.parse(text.encode())


def test_numbers_that_a_float_takes_for_the_same_differ() -> None:
    sides = ["0.12345678901234567891", "0.12345678901234567892"]
    text = json.dumps(plan(resource("update", before={"n": "BEFORE"}, after={"n": "AFTER"})))
    read = plans.read(plan_json.parse(text.replace('"BEFORE"', sides[0]).replace('"AFTER"', sides[1]).encode()))
    (field,) = read.changes[0].fields
    assert [str(field.before), str(field.after)] == sides


_PARTS = [
    *("resource_changes", "resource_drift", "output_changes", "deferred_changes", "complete", "errored"),
    *("format_version", "terraform_version"),
]
_NAMES = [
    *resource("update")["change"],
    "address",
    "type",
    "mode",
    "action_reason",
    "previous_address",
    "deposed",
    "importing",
    "replace_paths",
]
_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?", fullmatch=True)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def is_read_or_refused(document: Document) -> None:
    """The parser is closed: a document is refused, or all of it can be shown."""
    try:
        read = plans.read(document)
    except ToolFailed as error:
        assert "cannot be trusted" in error.message
    else:
        json.loads(json_text.document(plan_summary.document(read)))


@given(part=st.sampled_from(_PARTS), value=_JSON)
@examples(150)
def test_any_value_of_any_part_is_either_a_plan_or_refused(part: str, value: object) -> None:
    is_read_or_refused(plan(**{part: value}))


@given(name=st.sampled_from(_NAMES), value=_JSON)
@examples(200)
def test_any_value_inside_a_change_is_either_read_or_refused(name: str, value: object) -> None:
    entry = resource("replace", before={"a": [{"b": 1}]}, after={"a": [{"b": 2}]})
    target = entry["change"] if name in entry["change"] or name in ("importing", "replace_paths") else entry
    target[name] = value
    is_read_or_refused(plan(entry, resource_drift=[entry], output_changes={"o": entry["change"]}))


@pytest.mark.parametrize("name", ["resource_changes", "resource_drift", "output_changes"])
@pytest.mark.parametrize("value", ["", 0, False, "none"])
def test_a_part_of_another_shape_is_refused_also_when_it_is_empty(name: str, value: object) -> None:
    with pytest.raises(ToolFailed, match="unexpected shape"):
        plans.read(plan(**{name: value}))


def test_an_object_is_no_list_of_changes() -> None:
    with pytest.raises(ToolFailed, match="unexpected shape: `resource_changes` is a dict, not a list"):
        plans.read(plan(resource_changes={}))


@pytest.mark.parametrize("name", ["address", "type", "previous_address", "action_reason"])
@pytest.mark.parametrize("value", [7, ["aws_sns_topic.orders"], {}, True])
def test_what_must_be_a_text_is_refused_as_anything_else(name: str, value: object) -> None:
    with pytest.raises(ToolFailed, match=f"unexpected shape: `{name}` is a"):
        plans.read(plan({**resource("update"), name: value}))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("beside", ["", ', "exact": 0.12345678901234567891'])
def test_a_number_that_json_does_not_have_is_refused(number: str, beside: str) -> None:
    with pytest.raises(ToolFailed, match="it is not JSON"):
        plan_json.parse(f'{{"n": {number}{beside}}}'.encode())


@given(_NUMBERS)
def test_every_number_keeps_its_digits_from_terraform_to_the_document(number: str) -> None:
    parsed = plan_json.parse(f'{{"n": [{number}]}}'.encode())
    again = json.loads(json_text.document(parsed), parse_float=Decimal, parse_int=Decimal)
    assert again["n"] == [Decimal(number)]


def test_addresses_and_versions_in_strings_are_no_numbers() -> None:
    document = {"n": ["a:1.2.3, 10.0.0.0/16, ,5e, [1.5e-,12345678901234567890", 0.5]}
    assert plan_json.parse(json.dumps(document).encode()) == document


@given(depth=st.integers(1, 900), side=st.sampled_from(["before", "after", "after_unknown", "after_sensitive"]))
@examples(60)
def test_values_of_any_depth_are_refused_or_can_be_printed(depth: int, side: str) -> None:
    deep: Any = "x"
    for level in range(depth):
        deep = [deep] if level % 2 else {"in": deep}
    entry = resource("update", before={"in": 1})
    entry["change"][side] = {"in": deep}
    is_read_or_refused(plan(entry))
