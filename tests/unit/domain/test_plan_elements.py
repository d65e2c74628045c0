"""Elements of lists: by name, by content, and what a list of another length shows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.plan_fields import Field, differences
from infragate.domain.policy_documents import is_policy, normal

SECRET = "hunter2-do-not-show"


def fields(before: Any, after: Any, **more: Any) -> dict[str, tuple[Any, Any]]:
    """The differing fields of one attribute `a`, by path."""
    change = {"before": {"a": before}, "after": {"a": after}, **more}
    return {field.path: (field.before, field.after) for field in differences(change)}


def containers(**environment: str) -> str:
    values = [{"name": name, "value": value} for name, value in environment.items()]
    return json.dumps([{"name": "app", "image": "app:1", "environment": values}])


def test_a_variable_of_a_container_is_named() -> None:
    before, after = containers(A="1", LOG_LEVEL="info", Z="1"), containers(A="1", LOG_LEVEL="debug", Z="1")
    assert fields(before, after) == {"a[0].environment[LOG_LEVEL].value": ("info", "debug")}


def test_a_variable_that_comes_in_between_is_the_only_difference() -> None:
    before, after = containers(A="1", Z="1"), containers(A="1", M="2", Z="1")
    assert fields(before, after) == {"a[0].environment[M].value": (None, "2")}


def test_of_several_containers_each_is_named() -> None:
    before = json.dumps([{"name": "app", "cpu": 1}, {"name": "proxy", "cpu": 1}])
    after = json.dumps([{"name": "app", "cpu": 1}, {"name": "proxy", "cpu": 2}])
    assert fields(before, after) == {"a[proxy].cpu": (1, 2)}


@pytest.mark.parametrize("key", ["name", "key", "id", "Id", "sid", "Sid", "Name", "origin_id", "serviceName"])
def test_elements_are_named_by_their_identifying_key(key: str) -> None:
    before = [{key: "x", "v": 1}, {key: "y", "v": 1}]
    after = [{key: "y", "v": 2}, {key: "x", "v": 1}]
    assert fields(before, after)["a[y].v"] == (1, 2)


def test_a_number_names_an_element_together_with_its_key() -> None:
    before = [{"priority": 10, "v": 1}, {"priority": 20, "v": 1}]
    after = [{"priority": 10, "v": 1}, {"priority": 20, "v": 2}]
    assert fields(before, after) == {"a[priority=20].v": (1, 2)}


def test_a_name_with_special_characters_is_quoted() -> None:
    before, after = ([{"name": 'a\nb"', "v": value}, {"name": "c", "v": 1}] for value in (1, 2))
    assert list(fields(before, after)) == ['a["a\\nb\\""].v']


def test_a_name_that_occurs_twice_names_nothing() -> None:
    before, after = ([{"name": "x", "v": 1}, {"name": "x", "v": value}] for value in (2, 3))
    assert fields(before, after) == {"a[1].v": (2, 3)}


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_a_secret_names_no_element(side: str) -> None:
    before, after = ([{"name": SECRET, "v": value}, {"name": "x", "v": 1}] for value in (1, 2))
    shown = differences({"before": {"a": before}, "after": {"a": after}, side: {"a": [{"name": True}, {"name": True}]}})
    assert shown and SECRET not in repr(shown)


def test_another_order_of_named_elements_is_a_field() -> None:
    (field,) = differences(
        {"before": {"a": [{"name": "x"}, {"name": "y"}]}, "after": {"a": [{"name": "y"}, {"name": "x"}]}}
    )
    assert field == Field(path="a", before=["x", "y"], after=["y", "x"], reordered=True)


def test_a_block_without_a_name_that_is_removed_leaves_the_others_alone() -> None:
    one, two, three = ({"protocol": "tcp", "port": port} for port in (1, 2, 3))
    assert fields([one, two, three], [two, three]) == {"a[0].port": (1, None), "a[0].protocol": ("tcp", None)}


# A list that is on one side only, or of another length.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [{}]),
        ([{}], []),
        ([{"a": None}], []),
        (None, [{}]),
        ([{"a": []}], None),
        ([{"a": None}], [{"a": None}, {"a": None}]),
        ([{"b": [{}]}], [{"b": []}]),
        ([{}], [{}, {}]),
        ([{}, None], [{}]),
    ],
)
def test_a_block_that_comes_or_goes_is_a_field_even_if_it_is_empty(before: Any, after: Any) -> None:
    assert len(fields(before, after)) == 1


def test_the_default_action_of_a_firewall_from_block_to_allow_is_visible() -> None:
    before: Any = [{"allow": [], "block": [{"custom_response": []}]}]
    after: Any = [{"allow": [{"custom_request_handling": []}], "block": []}]
    assert list(fields(before, after)) == ["a[0].allow[0]", "a[0].block[0]"]


def test_a_key_of_a_map_that_comes_empty_is_a_field() -> None:
    assert fields({"x": 1}, {"x": 1, "y": {}}) == {"a.y": (None, {})}


# Policies.


def policy(*statements: dict[str, Any], **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


READ = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (policy(READ, WRITE), policy(WRITE, READ)),
        (policy(READ), policy({**READ, "Action": ["s3:ListBucket", "s3:GetObject"]})),
        (policy(WRITE), policy({**WRITE, "Action": ["s3:PutObject"], "Resource": ["*"]})),
        (policy(WRITE), json.dumps({"Version": "2012-10-17", "Statement": WRITE})),
        (
            policy({**WRITE, "Condition": {"Bool": {"aws:SecureTransport": True}}}),
            policy({**WRITE, "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}),
        ),
        (
            policy({**WRITE, "Principal": {"AWS": ["a", "b"]}}),
            policy({**WRITE, "Principal": {"AWS": ["b", "a"]}}),
        ),
        (policy({**READ, "Sid": "R"}, {**WRITE, "Sid": "W"}), policy({**WRITE, "Sid": "W"}, {**READ, "Sid": "R"})),
    ],
)
def test_policies_that_mean_the_same_do_not_differ(before: str, after: str) -> None:
    assert fields(before, after) == {}


def test_a_statement_of_a_policy_is_named_by_its_sid() -> None:
    before = policy({**READ, "Sid": "Read"}, {**WRITE, "Sid": "Write"})
    after = policy({**WRITE, "Sid": "Write", "Action": "s3:*"}, {**READ, "Sid": "Read"})
    assert fields(before, after) == {"a.Statement[Write].Action": ("s3:PutObject", "s3:*")}


def test_a_statement_that_is_added_without_sid_is_the_only_difference() -> None:
    assert set(fields(policy(WRITE), policy(READ, WRITE))) == {
        "a.Statement[0].Action",
        "a.Statement[0].Effect",
        "a.Statement[0].Resource",
    }


def test_the_order_in_another_document_has_a_meaning() -> None:
    assert fields('{"command": ["a", "b"]}', '{"command": ["b", "a"]}') == {"a.command": (["a", "b"], ["b", "a"])}


def test_an_empty_object_in_a_document_is_not_an_absent_one() -> None:
    assert fields('{"volume": {"emptyDir": {}}}', '{"volume": {}}') == {"a.volume.emptyDir": ({}, None)}


_ACTIONS = st.lists(st.sampled_from(["s3:Get*", "s3:Put*", "sqs:*"]), min_size=1, max_size=3, unique=True)
_STATEMENTS = st.lists(
    st.fixed_dictionaries({"Effect": st.sampled_from(["Allow", "Deny"]), "Action": _ACTIONS, "Resource": st.just("*")}),
    min_size=1,
    max_size=4,
)


@given(st.data(), _STATEMENTS)
@examples(60)
def test_a_shuffled_policy_is_the_same_policy(data: st.DataObject, statements: list[dict[str, Any]]) -> None:
    shuffled = [
        {**statement, "Action": data.draw(st.permutations(statement["Action"]))}
        for statement in data.draw(st.permutations(statements))
    ]
    assert fields(policy(*statements), policy(*shuffled)) == {}


@given(_STATEMENTS, _STATEMENTS)
@examples(80)
def test_policies_that_mean_something_else_differ(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    def meaning(statements: list[dict[str, Any]]) -> list[str]:
        texts = (json.dumps({**entry, "Action": sorted(entry["Action"])}, sort_keys=True) for entry in statements)
        return sorted(texts)

    assert bool(fields(policy(*before), policy(*after))) is (meaning(before) != meaning(after))


@pytest.mark.parametrize("document", [None, [], {}, {"Statement": []}, {"Statement": ["x"]}, {"Statement": "x"}])
def test_what_has_no_statement_is_no_policy(document: Any) -> None:
    assert not is_policy(document)


def test_an_odd_statement_is_kept_as_it_is() -> None:
    odd = {"Statement": [{"Effect": "Allow", "Action": {"a": 1}, "Condition": "x"}, "y"]}
    assert normal(odd) == odd


# Every difference is visible.

_NOTHING: tuple[Any, ...] = (None, [], {})
_LEAVES = st.none() | st.booleans() | st.integers(0, 1) | st.sampled_from(["x", "", "y"])
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "name", "c.d"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "name"]), _VALUES, max_size=3)
_ABSENT = object()


def same(before: Any, after: Any) -> bool:
    """Equal, with null, [] and {} as the same nothing; a key that comes with [] or {} counts, one with null does not."""
    if before is _ABSENT or after is _ABSENT:
        return (after if before is _ABSENT else before) is None
    if before in _NOTHING and after in _NOTHING:
        return True
    if type(before) is not type(after):
        return False
    if isinstance(before, dict):
        return all(same(before.get(key, _ABSENT), after.get(key, _ABSENT)) for key in {**before, **after})
    if isinstance(before, list):
        return len(before) == len(after) and all(map(same, before, after))
    return bool(before == after)


@given(_OBJECTS, _OBJECTS)
@example({"a": [None, None]}, {"a": [[], None]})
@example({"a": [{"b": None}, {}]}, {"a": [{"b": []}, None]})
@examples(400)
def test_every_difference_is_a_field_and_what_is_the_same_is_none(before: Any, after: Any) -> None:
    shown = differences({"before": before, "after": after})
    assert bool(shown) is (not same(before, after))
    for key in {**before, **after}:
        visible = any(field.path == key or field.path.startswith((f"{key}.", f"{key}[")) for field in shown)
        assert visible is (not same(before.get(key, _ABSENT), after.get(key, _ABSENT)))


@given(_OBJECTS)
@examples(100)
def test_identical_values_have_no_fields(value: Any) -> None:
    assert differences({"before": value, "after": value}) == ()


@given(_OBJECTS, _OBJECTS)
@examples(200)
def test_no_field_shows_the_same_on_both_sides(before: Any, after: Any) -> None:
    for field in differences({"before": before, "after": after}):
        assert (field.before is not None or field.after is not None) and repr(field.before) != repr(field.after)


@given(_OBJECTS, _OBJECTS)
@examples(200)
def test_every_difference_inside_a_document_is_a_field(before: Any, after: Any) -> None:
    strictly = json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True)
    assert bool(fields(json.dumps(before), json.dumps(after))) is strictly
