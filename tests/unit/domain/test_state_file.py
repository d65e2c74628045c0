from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.errors import Integrity
from infragate.domain.terraform import state_file

WHERE = "s3://bucket/key"


def resource(name: str = "a", *, instances: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    given_instances = [{"attributes": {"id": "i-1"}}] if instances is None else instances
    return {"mode": "managed", "type": "aws_sqs_queue", "name": name, "instances": given_instances, **more}


def state(*resources: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": 4, "lineage": "7c1d", "serial": 4, "resources": list(resources), **more})


def test_the_addresses_of_a_state_are_what_it_manages() -> None:
    body = state(resource("a"), resource("b", mode="data"))
    assert state_file.addresses(body, where=WHERE) == frozenset({"aws_sqs_queue.a"})


@pytest.mark.parametrize(("key", "shown"), [(0, "[0]"), ("x", '["x"]'), ('a"b', '["a\\"b"]')])
def test_an_instance_has_its_key_in_the_address(key: object, shown: str) -> None:
    body = state(resource(instances=[{"index_key": key, "attributes": {}}]))
    assert state_file.addresses(body, where=WHERE) == frozenset({f"aws_sqs_queue.a{shown}"})


def test_a_resource_of_a_module_has_the_module_in_its_address() -> None:
    assert state_file.addresses(state(resource(module='module.m["x"]')), where=WHERE) == frozenset(
        {'module.m["x"].aws_sqs_queue.a'}
    )


@pytest.mark.parametrize("body", [None, "", b"", "  \n"])
def test_no_state_is_none_and_not_empty(body: str | bytes | None) -> None:
    assert state_file.addresses(body, where=WHERE) is None


def test_a_state_without_resources_is_empty() -> None:
    assert state_file.addresses(json.dumps({"version": 4, "lineage": "x", "serial": 1}), where=WHERE) == frozenset()


def test_attributes_are_read_as_text() -> None:
    (found,) = state_file.resources(
        state(resource(instances=[{"attributes": {"port": 80, "none": None}}])), where=WHERE
    )
    assert (found.text("port"), found.text("none"), found.text("absent")) == ("80", "", "")


def test_a_resource_does_not_show_its_attributes() -> None:
    (found,) = state_file.resources(state(resource(instances=[{"attributes": {"password": "hunter2"}}])), where=WHERE)
    assert "hunter2" not in repr(found)


def test_lineage_and_serial_are_the_identity() -> None:
    assert state_file.identity(state(), where=WHERE) == ("7c1d", 4)


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        "[]",
        "{}",
        '{"version": 3, "modules": []}',
        '{"version": "4"}',
        b"\xff\xfe",
        "[" * 100_000,
        state(resources=None),
        state(resources=[7]),
        state({"mode": "managed", "type": "aws_sqs_queue", "name": "a"}),
        state(resource(instances=[{"attributes": ["x"]}])),
        state(resource(type=7)),
    ],
)
def test_a_broken_state_is_an_integrity_error_with_its_place(body: str | bytes) -> None:
    with pytest.raises(Integrity) as caught:
        state_file.resources(body, where=WHERE)
    assert caught.value.where == WHERE


@pytest.mark.parametrize("serial", ['"four"', "null", "Infinity", "[]"])
def test_a_state_without_a_serial_has_no_identity(serial: str) -> None:
    with pytest.raises(Integrity):
        state_file.identity(f'{{"version": 4, "lineage": "x", "serial": {serial}}}', where=WHERE)


def test_a_state_without_a_lineage_has_no_identity() -> None:
    with pytest.raises(Integrity):
        state_file.identity('{"version": 4, "serial": 1}', where=WHERE)


def test_the_message_of_a_broken_state_does_not_quote_it() -> None:
    with pytest.raises(Integrity) as caught:
        state_file.identity('{"password": "hunter2"', where=WHERE)
    assert "hunter2" not in f"{caught.value.message}{caught.value.where}{caught.value.fix}"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(part=st.sampled_from(["version", "lineage", "serial", "resources"]), value=_JSON)
@examples(100)
def test_any_value_of_any_part_is_either_a_state_or_refused(part: str, value: object) -> None:
    body = json.dumps({**json.loads(state(resource())), part: value})
    for read in (state_file.identity, state_file.resources, state_file.addresses):
        try:
            read(body, where=WHERE)
        except Integrity as error:
            assert error.where == WHERE


@given(part=st.sampled_from(["mode", "type", "name", "module", "instances"]), value=_JSON)
@examples(100)
def test_any_value_inside_a_resource_is_either_read_or_refused(part: str, value: Any) -> None:
    try:
        state_file.resources(state({**resource(), part: value}), where=WHERE)
    except Integrity as error:
        assert error.where == WHERE


@given(st.text() | st.binary())
@examples(50)
def test_any_text_is_either_a_state_or_refused(body: str | bytes) -> None:
    try:
        state_file.addresses(body, where=WHERE)
    except Integrity as error:
        assert error.where == WHERE
