from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples
from tests.unit.plan_documents import plan, resource

from infragate.domain import sensitive_values

SECRET = "hunter2-of-the-plan"


def in_output(name: str) -> dict[str, Any]:
    values = {"outputs": {"password": {"sensitive": True, "value": SECRET}}}
    return {name: {"values": values} if name == "prior_state" else values}


@pytest.mark.parametrize(
    "document",
    [
        plan(resource("create", after={"password": SECRET}, after_sensitive={"password": True})),
        plan(resource("delete", before={"a": [{"b": SECRET}]}, before_sensitive={"a": [{"b": True}]})),
        plan(resource("update", before={"a": {"x": SECRET}}, before_sensitive=True)),
        plan(resource_drift=[resource("update", after={"p": SECRET}, after_sensitive={"p": True})]),
        plan(output_changes={"p": {"actions": ["create"], "after": SECRET, "after_sensitive": True}}),
        plan(**in_output("prior_state")),
        plan(**in_output("planned_values")),
        plan(
            prior_state={
                "values": {
                    "root_module": {
                        "child_modules": [
                            {
                                "resources": [
                                    {"values": {"tags": {"p": SECRET}}, "sensitive_values": {"tags": {"p": True}}}
                                ]
                            }
                        ]
                    }
                }
            }
        ),
        plan(
            variables={"p": {"value": {"deep": [SECRET]}}},
            configuration={"root_module": {"variables": {"p": {"sensitive": True}}}},
        ),
    ],
)
def test_a_value_that_a_plan_marks_is_told(document: dict[str, Any]) -> None:
    assert SECRET in set(sensitive_values.of_plan(document))


def test_what_a_plan_does_not_mark_is_not_told() -> None:
    document = plan(
        resource("create", after={"name": SECRET}),
        variables={"p": {"value": SECRET}},
        configuration={"root_module": {"variables": {"p": {}}}},
    )
    assert not set(sensitive_values.of_plan(document))


@pytest.mark.parametrize(
    "path",
    [
        [{"type": "get_attr", "value": "password"}],
        [{"type": "get_attr", "value": "list"}, {"type": "index", "value": {"value": 0, "type": "number"}}],
        [{"type": "get_attr", "value": "map"}, {"type": "index", "value": {"value": "key", "type": "string"}}],
    ],
)
def test_a_value_that_a_state_marks_is_told(path: list[dict[str, Any]]) -> None:
    attributes = {"password": SECRET, "list": [SECRET], "map": {"key": SECRET}, "name": "not-a-secret-name"}
    instance = {"attributes": attributes, "sensitive_attributes": [path]}
    assert set(sensitive_values.of_state({"resources": [{"instances": [instance]}]})) == {SECRET}


def test_a_sensitive_output_of_a_state_is_told() -> None:
    outputs = {"p": {"value": {"k": SECRET}, "sensitive": True}, "q": {"value": "an-open-value-1"}}
    assert set(sensitive_values.of_state({"outputs": outputs})) == {SECRET}


@pytest.mark.parametrize(
    "ordinary",
    ["true", "short", "postgres", "Enabled", "INTERNAL", "12345678", "-1.5e+20", "10.20.0.0/16", "2026-11-26T04:44:02Z",
     "ap-northeast-2", "us-gov-west-1a"],
)  # fmt: skip
def test_an_ordinary_value_in_a_sensitive_object_stays_readable(ordinary: str) -> None:
    document = plan(resource("create", after={"o": ordinary, "p": SECRET}, after_sensitive=True))
    assert set(sensitive_values.of_plan(document)) == {SECRET}


def test_a_value_that_is_in_an_address_is_not_hidden() -> None:
    document = plan(
        resource("create", 'aws_sns_topic.orders["fileflow-dev"]', after={"n": "fileflow-dev"}, after_sensitive=True)
    )
    assert not set(sensitive_values.of_plan(document))


_SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "change before after before_sensitive after_sensitive values root_module resources instances outputs value "
                "sensitive sensitive_attributes attributes sensitive_values child_modules address".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(parts=st.lists(_SHAPES, min_size=7, max_size=7))
@examples(100)
def test_a_document_of_any_shape_is_read(parts: list[Any]) -> None:
    names = (
        "resource_changes",
        "resource_drift",
        "output_changes",
        "prior_state",
        "planned_values",
        "variables",
        "configuration",
    )
    list(sensitive_values.of_plan(dict(zip(names, parts, strict=True))))
    list(sensitive_values.of_state({"resources": parts, "outputs": parts[0]}))
    list(sensitive_values.of_outputs(parts[0]))
