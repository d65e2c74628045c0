"""Documents against their JSON Schemas: the quick check and the one that says what is wrong come to the same."""

import copy
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from infragate.adapters.local import schemas

ROOT = Path(__file__).parents[2]
# What whitespace is differs between Python and ECMAScript in the last of these.
TEXTS = st.text(st.sampled_from("aZ0-_./:@# \n\t\\*{}ä\x1c\x1f\x85\xa0\u2028\ufeff"), max_size=12)
VALUES = st.one_of(TEXTS, st.integers(), st.booleans(), st.none(), st.just([]), st.just({}), st.floats(allow_nan=False))
WAIVER = {
    "id": "code/provisioner",
    "address": "aws_instance.one",
    "reason": "something that takes its time",
    "owner": "@tests",
    "link": "https://example.com/1",
    "expires": "2026-12-01",
}
DOCUMENTS = {
    "environments": yaml.safe_load((ROOT / "infra" / "environments.yaml").read_text()),
    "gate": yaml.safe_load((ROOT / "policy" / "gate.yaml").read_text()),
    "waivers": {"schema_version": 1, "waivers": [WAIVER]},
}
INVALID = {"schema_version": 1, "unknown": 1}


def _places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [above, *(place for key, part in inside for place in _places(part, (*above, key)))]


def _is_valid_for_both(document: object, name: str) -> bool:
    quick = schemas._is_valid(document, name)
    assert quick == (not list(schemas._validator(name).iter_errors(document)))
    return quick


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_documents_that_the_tests_change_are_valid(name: str) -> None:
    assert _is_valid_for_both(DOCUMENTS[name], name)


@given(st.data())
def test_a_changed_document_is_valid_for_both_checks_or_for_none(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(DOCUMENTS)))
    document = copy.deepcopy(DOCUMENTS[name])
    *above, last = data.draw(st.sampled_from([place for place in _places(document) if place]))
    holder = document
    for key in above:
        holder = holder[key]
    old, new = holder[last], data.draw(VALUES)
    change = data.draw(st.sampled_from(["replace", "remove", "begin", "end", "add"]))
    if change == "replace":
        holder[last] = new
    elif change == "remove":
        del holder[last]
    elif change == "add" and isinstance(holder, dict):
        holder[str(new)] = old
    else:
        holder[last] = f"{new}{old}" if change == "begin" else f"{old}{new}"
    _is_valid_for_both(document, name)


@pytest.mark.parametrize("name", ["approvals", "environments", "waivers"])
def test_patterns_of_schemas_name_all_that_is_whitespace_to_either_check(name: str) -> None:
    text = (ROOT / "src" / "infragate" / "schemas" / f"{name}.schema.json").read_text()
    negated = re.findall(r"\[\^[^\]]*\\\\s[^\]]*\]", text)
    assert negated
    assert all(r"\\s\\u001c-\\u001f\\u0085\\ufeff" in part for part in negated)


@pytest.mark.parametrize("value", [date(2026, 1, 1), {1: 2}, b"bytes", float("nan")])
def test_a_value_that_json_does_not_have_is_not_decided_by_the_quick_check(value: object) -> None:
    assert not schemas._is_valid({**INVALID, "value": value}, "waivers")
