"""Filling in whether the entries of a plan are made or only read."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from infragate.domain import plan_modes

KEYS = 'module.a.module.b["x.y]"].module.c["\\"data.\\""].module.data[10].'


@pytest.mark.parametrize(
    ("address", "mode"),
    [
        ("aws_x.this", "managed"),
        ("data.aws_x.this", "data"),
        ("ephemeral.aws_x.this", "ephemeral"),
        (f"{KEYS}aws_x.this[0]", "managed"),
        (f"{KEYS}data.aws_x.this", "data"),
        ('aws_x.this["module.a.data.b"]', "managed"),
        ("aws_x.data", "managed"),
        (None, "managed"),
    ],
)
def test_the_address_says_what_an_entry_is(address: str | None, mode: str) -> None:
    document = {"resource_changes": [{"address": address}]}
    assert plan_modes.fill(document)
    assert document == {"resource_changes": [{"address": address, "mode": mode}]}


def test_every_part_of_a_plan_is_filled() -> None:
    entry = {"address": "data.aws_x.this"}
    tree = {"resources": [entry], "child_modules": [{"child_modules": [{"resources": [entry]}]}]}
    code = {"resources": [entry], "module_calls": {"a": {"module": {"resources": [entry]}}}}
    document = copy.deepcopy(
        {
            "resource_changes": [entry],
            "resource_drift": [entry],
            "planned_values": {"root_module": tree},
            "prior_state": {"values": {"root_module": tree}},
            "configuration": {"root_module": code},
        }
    )
    assert plan_modes.fill(document)
    assert str(document).count("'mode': 'data'") == str(document).count("'address'") == 8


def test_a_mode_that_is_there_stays() -> None:
    document = {"resource_changes": [{"address": "data.aws_x.this", "mode": "managed"}]}
    before = copy.deepcopy(document)
    assert not plan_modes.fill(document)
    assert document == before


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"resource_changes": 5, "planned_values": [], "prior_state": {"values": 1}, "configuration": "x"},
        {"resource_changes": [5], "planned_values": {"root_module": {"resources": {}, "child_modules": [None]}}},
        {"configuration": {"root_module": {"module_calls": {"a": None, "b": {"module": 3}}}}},
    ],
)
def test_another_shape_is_left_to_the_reader(document: dict[str, Any]) -> None:
    before = copy.deepcopy(document)
    assert not plan_modes.fill(document)
    assert document == before
