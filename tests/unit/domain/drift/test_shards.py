from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.examples import examples

from infragate.domain.drift import shards
from infragate.domain.drift.shards import PLAN_MEMORY, Shard
from infragate.domain.errors import BadInput

NAMES = st.lists(st.text(alphabet="abc-1", min_size=1, max_size=4), max_size=12)


@given(names=NAMES, count=st.integers(1, 8))
@examples(200)
def test_the_parts_are_disjoint_and_add_up_in_any_order_of_the_names(names: list[str], count: int) -> None:
    parts = [Shard(number=number, count=count).of(names) for number in range(1, count + 1)]
    assert sorted(name for part in parts for name in part) == sorted(set(names))
    assert parts == [Shard(number=number, count=count).of(names[::-1]) for number in range(1, count + 1)]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


@given(number=st.integers(1, 9), more=st.integers(0, 9))
@examples(50)
def test_a_shard_is_read_as_it_is_written(number: int, more: int) -> None:
    shard = Shard(number=number, count=number + more)
    assert shards.parse(str(shard)) == shard


@pytest.mark.parametrize(
    "text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/2\n", "१/२", " 1/2", "1/99999"]
)
def test_what_is_no_part_of_a_whole_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not a part K/N of a whole"):
        shards.parse(text)


@pytest.mark.parametrize(
    ("stacks", "cores", "plans", "limit", "workers"),
    [
        (10, 4, 9.0, 0, 4),
        (2, 4, 9.0, 0, 2),
        (10, 4, 2.5, 0, 2),
        (10, 4, 0.1, 0, 1),
        (10, 4, None, 0, 4),
        (10, 4, 0.1, 3, 3),
        (2, 4, 9.0, 3, 2),
        (0, 4, 9.0, 0, 1),
    ],
)
def test_as_many_plans_run_as_cores_and_memory_allow(
    stacks: int, cores: int, plans: float | None, limit: int, workers: int
) -> None:
    free = None if plans is None else int(plans * PLAN_MEMORY)
    assert shards.workers(stacks, cores=cores, free_memory=free, limit=limit) == workers
