from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.report import json_text
from infragate.report.json_text import Later

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_without_fractions_it_is_what_the_standard_library_writes(value: Any) -> None:
    assert json_text.written(value) == json.dumps(value, ensure_ascii=False)
    assert json_text.written(value, step="  ") == json.dumps(value, ensure_ascii=False, indent=2)
    assert json_text.document(value).decode() == json.dumps(value, ensure_ascii=False, indent=2)


@pytest.mark.parametrize(
    "number",
    ["0.1", "-1.5", "0.0000001", "0.12345678901234567890123", "12345678901234567890.5", "12345678901234567890"],
)
def test_a_number_is_written_as_terraform_writes_it(number: str) -> None:
    text = f'{{"n": [{number}]}}'
    value = json.loads(text, parse_float=Decimal)
    assert json_text.written(value) == text
    assert json_text.document(value).decode() == json_text.written(value, step="  ")


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_number_stays_json_and_the_same(number: Decimal) -> None:
    assert json.loads(json_text.written(number), parse_float=Decimal, parse_int=Decimal) == number
    assert json.loads(json_text.document(number), parse_float=Decimal, parse_int=Decimal) == number


def test_what_json_does_not_know_is_text() -> None:
    assert json_text.written([Path("a b")]) == '["a b"]'
    assert json.loads(json_text.document([Path("a b")])) == ["a b"]


def test_a_huge_exponent_is_not_written_out() -> None:
    assert len(json_text.document([Decimal("1e999999999")])) < 50


def test_a_name_that_is_not_utf_8_is_escaped() -> None:
    assert json.loads(json_text.document({"file": "a\udc80"})) == {"file": "a\udc80"}


def test_a_part_that_is_made_later_is_in_the_document_like_any_other() -> None:
    value = {"now": [1], "later": Later(lambda: [{"n": Decimal("0.10")}])}
    assert json.loads(json_text.document(value)) == json.loads(json_text.written(value))
    assert b"0.10" in json_text.document(value)
