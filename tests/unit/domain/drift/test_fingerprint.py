from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.drift import fingerprint
from infragate.domain.drift.report import Cause, DriftItem, Mark, StackDrift
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field

WORDS = st.text(alphabet='abé"[]{}:,\\ ', max_size=4)
PLAIN = st.none() | st.booleans() | st.integers(-2, 2) | WORDS
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3))
FIELDS = st.builds(Field, path=WORDS, before=VALUES, after=VALUES)
CAUSES: list[Cause] = ["out-of-band", "not-applied", "outputs", "unowned"]
MARKS: list[Mark] = ["security", "loses-data", "replace"]
ITEMS = st.builds(
    DriftItem,
    address=WORDS,
    type=st.just("aws_x"),
    cause=st.sampled_from(CAUSES),
    marks=st.frozensets(st.sampled_from(MARKS)),
    severity=st.sampled_from(Severity),
    fields=st.lists(FIELDS, max_size=3).map(tuple),
    evidence=WORDS,
)


def item(**values: Any) -> DriftItem:
    stated: dict[str, Any] = {
        "address": "aws_x.x",
        "type": "aws_x",
        "cause": "out-of-band",
        "severity": Severity.MEDIUM,
        "fields": (Field(path="a", before=1, after=2),),
        "evidence": "seen",
    }
    return DriftItem(**{**stated, **values})


def reversed_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reversed_keys(entry) for key, entry in reversed(value.items())}
    return [reversed_keys(entry) for entry in value] if isinstance(value, list) else value


def stack(*items: DriftItem, **values: Any) -> StackDrift:
    return StackDrift(
        **{"environment": "dev", "directory": "infra/envs/dev", "status": "drift", "items": items, **values}
    )


@given(items=st.lists(ITEMS, max_size=4), seed=st.integers())
@examples(200)
def test_no_order_of_items_fields_or_keys_changes_it(items: list[DriftItem], seed: int) -> None:
    shuffle = random.Random(seed).sample
    other = [
        replace(
            each,
            fields=tuple(
                replace(field, before=reversed_keys(field.before), after=reversed_keys(field.after))
                for field in shuffle(each.fields, len(each.fields))
            ),
        )
        for each in shuffle(items, len(items))
    ]
    assert fingerprint.of(other) == fingerprint.of(items)


@given(items=st.lists(ITEMS, min_size=1, max_size=4), value=VALUES, data=st.data())
@examples(200)
def test_another_value_of_an_attribute_changes_it(items: list[DriftItem], value: Any, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(items) - 1))
    added = Field(path="new", before=value, after=[value])
    other = [*items[:place], replace(items[place], fields=(*items[place].fields, added)), *items[place + 1 :]]
    assert fingerprint.of(other) != fingerprint.of(items)


@pytest.mark.parametrize(
    "change",
    [
        {"address": "aws_x.y"},
        {"cause": "not-applied"},
        {"marks": frozenset(["security"])},
        {"fields": (Field(path="b", before=1, after=2),)},
        {"fields": (Field(path="a", before=0, after=2),)},
        {"fields": (Field(path="a", before=1, after=3),)},
        {"fields": (Field(path="a", before=1, after="2"),)},
        {"fields": ()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_differs_is_part_of_it(change: dict[str, Any]) -> None:
    assert fingerprint.of([item(**change)]) != fingerprint.of([item()])


def test_words_about_the_same_difference_are_no_part_of_it() -> None:
    other = item(evidence="2 commits since", severity=Severity.HIGH, reader="plan", type="aws_y")
    assert fingerprint.of([other]) == fingerprint.of([item()])


def test_no_time_is_part_of_it() -> None:
    later = stack(item(), duration_seconds=9.0, applied_at=datetime(2026, 1, 1, tzinfo=UTC), commit="b" * 40)
    assert later.fingerprint == stack(item()).fingerprint


def test_noise_and_what_is_waived_do_not_count() -> None:
    noise, waived = item(address="aws_x.n", cause="noise"), item(address="aws_x.w", waived_by="platform")
    assert stack(item(), noise, waived).fingerprint == stack(item()).fingerprint


@pytest.mark.parametrize("status", ["skipped", "error"])
def test_unknown_drift_has_none(status: str) -> None:
    assert stack(status=status).fingerprint is None


def test_no_drift_has_one() -> None:
    assert stack(status="clean").fingerprint == fingerprint.of([])
