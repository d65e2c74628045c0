from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.plan_fields import UNKNOWN, Field, differences
from infragate.domain.redaction import SENSITIVE

SECRET = "hunter2-do-not-show"


def found(**change: Any) -> dict[str, tuple[Any, Any]]:
    """The differing fields by path."""
    return {field.path: (field.before, field.after) for field in differences(change)}


def test_equal_values_are_no_difference() -> None:
    assert found(before={"a": 1, "b": [1]}, after={"a": 1, "b": [1]}) == {}


def test_only_what_differs_is_named() -> None:
    assert found(before={"a": 1, "b": 1}, after={"a": 2, "b": 1}) == {"a": (1, 2)}


def test_a_number_and_its_text_differ() -> None:
    assert found(before={"a": 1}, after={"a": "1"}) == {"a": (1, "1")}


def test_true_and_one_differ() -> None:
    assert found(before={"a": 1}, after={"a": True}) == {"a": (1, True)}


def test_what_was_not_there_before_is_none() -> None:
    assert found(before={}, after={"a": "x"}) == {"a": (None, "x")}


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_kinds_of_nothing_do_not_differ(nothing: object) -> None:
    assert found(before={"a": nothing}, after={"a": None}) == {}


def test_a_nested_block_is_compared_inside() -> None:
    before, after = {"rule": [{"port": 80, "to": "x"}]}, {"rule": [{"port": 81, "to": "x"}]}
    assert found(before=before, after=after) == {"rule[0].port": (80, 81)}


def test_a_block_that_is_added_names_its_fields() -> None:
    assert found(before={"rule": []}, after={"rule": [{"port": 80}]}) == {"rule[0].port": (None, 80)}


def test_a_list_of_plain_values_is_one_field() -> None:
    assert found(before={"cidrs": ["a"]}, after={"cidrs": ["a", "b"]}) == {"cidrs": (["a"], ["a", "b"])}


def test_a_key_that_is_no_name_is_quoted() -> None:
    assert found(before={"tags": {"a.b/c": "1"}}, after={"tags": {"a.b/c": "2"}}) == {'tags["a.b/c"]': ("1", "2")}


def test_a_key_cannot_begin_a_line_of_its_own() -> None:
    assert list(found(before={"tags": {'a\n"No changes.': "1"}}, after={"tags": {}})) == ['tags["a\\n\\"No changes."]']


def test_a_value_that_becomes_another_kind_is_one_field() -> None:
    assert found(before={"a": {"b": 1}}, after={"a": "x"}) == {"a": ({"b": 1}, "x")}


def test_a_policy_in_a_string_is_compared_inside() -> None:
    before = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*"}]})
    after = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:Get*"}]})
    assert found(before={"policy": before}, after={"policy": after}) == {
        "policy.Statement[0].Action": ("s3:*", "s3:Get*")
    }


def test_a_policy_that_is_only_spelled_differently_is_no_difference() -> None:
    assert found(before={"policy": '{"a": 1, "b": 2}'}, after={"policy": '{"b":2,"a":1}'}) == {}


def test_text_that_only_looks_like_json_is_a_value() -> None:
    assert found(before={"a": "{x"}, after={"a": "{y"}) == {"a": ("{x", "{y")}


def test_a_text_of_a_hundred_thousand_brackets_is_a_value() -> None:
    assert list(found(before={"a": "[" * 100_000}, after={"a": "[" * 100_001})) == ["a"]


@pytest.mark.parametrize("depth", [100, 900, 5000])
def test_a_deeply_nested_document_in_a_string_is_read_or_shown_as_it_is(depth: int) -> None:
    deep = "[" * depth + "%d" + "]" * depth
    assert len(found(before={"a": deep % 1}, after={"a": deep % 2})) == 1


# What is known only after the apply.


def test_what_is_not_known_yet_says_so() -> None:
    assert found(before={"arn": "x"}, after={}, after_unknown={"arn": True}) == {"arn": ("x", UNKNOWN)}


def test_an_unknown_place_inside_a_block_is_found() -> None:
    change = {"before": None, "after": {"rule": [{"port": 1}]}, "after_unknown": {"rule": [{"id": True}]}}
    assert found(**change) == {"rule[0].id": (None, UNKNOWN), "rule[0].port": (None, 1)}


def test_a_resource_that_is_wholly_unknown_is_one_field() -> None:
    assert found(before=None, after=None, after_unknown=True) == {"": (None, UNKNOWN)}


def test_an_unknown_value_hides_its_secret_past() -> None:
    change = {"before": {"p": SECRET}, "after": {}, "after_unknown": {"p": True}, "before_sensitive": {"p": True}}
    assert found(**change) == {"p": (SENSITIVE, UNKNOWN)}


# Secrets.


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_what_either_side_marks_is_hidden_on_both(side: str) -> None:
    change = {"before": {"p": f"{SECRET}-1"}, "after": {"p": f"{SECRET}-2"}, side: {"p": True}}
    assert found(**change) == {"p": (SENSITIVE, SENSITIVE)}


def test_a_secret_that_stays_is_no_difference() -> None:
    assert found(before={"p": SECRET}, after={"p": SECRET}, after_sensitive={"p": True}) == {}


def test_a_mark_on_the_whole_object_hides_even_its_names() -> None:
    change = {"before": {"a": SECRET}, "after": {"b": SECRET}, "after_sensitive": True}
    assert differences(change) == (Field(path="", before=SENSITIVE, after=SENSITIVE),)


def test_a_nested_mark_hides_only_its_place() -> None:
    change = {
        "before": {"db": [{"user": "a", "password": f"{SECRET}-1"}]},
        "after": {"db": [{"user": "b", "password": f"{SECRET}-2"}]},
        "after_sensitive": {"db": [{"password": True}]},
    }
    assert found(**change) == {"db[0].password": (SENSITIVE, SENSITIVE), "db[0].user": ("a", "b")}


def test_a_mark_in_a_list_of_plain_values_hides_that_one() -> None:
    change = {"before": {"l": ["a"]}, "after": {"l": ["b", SECRET]}, "after_sensitive": {"l": [False, True]}}
    assert SECRET not in repr(differences(change))


def test_a_document_in_a_marked_string_is_not_opened() -> None:
    change = {
        "before": {"v": json.dumps({"k": f"{SECRET}-1"})},
        "after": {"v": json.dumps({"k": f"{SECRET}-2"})},
        "before_sensitive": {"v": True},
    }
    assert found(**change) == {"v": (SENSITIVE, SENSITIVE)}


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ([{"a": SECRET}], {"a": True}),  # an object's mask over a list
        ({"a": SECRET}, [True]),  # a list's over an object
        (SECRET, {"a": True}),  # an object's over a text
        (SECRET, [True]),
        ({"a": SECRET}, "yes"),  # shapes that no Terraform writes
        ({"a": SECRET}, 1),
        ({"a": SECRET}, 0),
        ({"a": SECRET}, ""),
        (SECRET, 0),
        (SECRET, ""),
        ({"a": SECRET}, {"a": 0}),
        ([{"a": SECRET}], [False, True]),  # a mask for more elements than there are
        ([[SECRET]], [{"a": True}]),
        ({"a": [{"b": SECRET}]}, {"a": {"b": True}}),
    ],
)
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_mask_of_another_shape_hides_all(value: object, mask: object, side: str) -> None:
    change = {"before": {}, "after": {}, side: {"p": value}, f"{side}_sensitive": {"p": mask}}
    assert SECRET not in repr(differences(change))


_KEYS = st.sampled_from(["a", "b", "c.d", "0"])
_LEAVES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["x", "", "{", '{"k": 1}'])
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a value, itself included."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, entry in inside for place in places(entry, (*path, key)))]


def planted(value: Any, path: tuple[Any, ...], secret: Any) -> Any:
    """The value with the secret in one place."""
    if not path:
        return secret
    if isinstance(value, dict):
        return {key: planted(entry, path[1:], secret) if key == path[0] else entry for key, entry in value.items()}
    return [planted(entry, path[1:], secret) if n == path[0] else entry for n, entry in enumerate(value)]


def marking(value: Any, path: tuple[Any, ...], mark: Any) -> Any:
    """Terraform's mask for one marked place: objects name what is marked, lists have an entry for each element."""
    if not path:
        return mark
    if isinstance(value, dict):
        return {path[0]: marking(value[path[0]], path[1:], mark)}
    return [marking(entry, path[1:], mark) if n == path[0] else False for n, entry in enumerate(value)]


@given(data=st.data(), before=_VALUES, after=_VALUES)
@examples(250)
def test_a_secret_under_any_mask_never_appears(data: st.DataObject, before: Any, after: Any) -> None:
    side = data.draw(st.sampled_from(["before", "after"]))
    value = {"before": before, "after": after}[side]
    path = data.draw(st.sampled_from(places(value)))
    secret = data.draw(
        st.sampled_from([SECRET, [SECRET], {SECRET: SECRET}, [{"a": SECRET}], json.dumps({"k": SECRET})])
    )
    covered = data.draw(st.integers(0, len(path)))
    value = planted(value, path, secret)
    change = {"before": before, "after": after, "after_unknown": data.draw(st.sampled_from([False, {}, True]))}
    change[side] = value
    change[f"{side}_sensitive"] = marking(value, path[:covered], True)
    assert SECRET not in repr(differences(change))


def hidden(mask: Any, value: Any, path: tuple[Any, ...]) -> bool:
    """Whether the mask marks this place, or has, on the way to it, a shape that is not the value's."""
    if mask is None or mask is False or mask in ({}, []):
        return False
    fits = type(mask) is type(value) and isinstance(mask, (dict, list))
    if not fits or (isinstance(mask, list) and len(mask) > len(value)):
        return True
    if not path:
        return False
    inside = mask.get(path[0]) if isinstance(mask, dict) else (*mask, *[None] * len(value))[path[0]]
    return hidden(inside, value[path[0]], path[1:])


@given(data=st.data(), value=_VALUES, other=_VALUES, mask=_VALUES)
@examples(250)
def test_a_secret_under_a_mask_of_another_shape_never_appears(
    data: st.DataObject, value: Any, other: Any, mask: Any
) -> None:
    path = data.draw(st.sampled_from(places(value)))
    value = planted(value, path, SECRET)
    assume(hidden(mask, value, path))
    assert SECRET not in repr(differences({"before": other, "after": value, "after_sensitive": mask}))
    assert SECRET not in repr(differences({"before": value, "after": other, "before_sensitive": mask}))
