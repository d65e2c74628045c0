"""Which Stacks a run looks at, and how many at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from infragate.domain.errors import BadInput

PLAN_MEMORY = 700_000_000  # bytes: Terraform and the AWS provider during one plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """Part `number` of `count` parts, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    def of(self, names: Iterable[str]) -> tuple[str, ...]:
        """The names in this part, sorted. The parts are disjoint, and together they are all names, each once."""
        return tuple(sorted(set(names))[self.number - 1 :: self.count])


WHOLE = Shard(number=1, count=1)


def parse(text: str) -> Shard:
    """The shard of `K/N`.

    Raises:
        BadInput: it is none.
    """
    parts = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text)
    if parts is None or not 1 <= int(parts[1]) <= int(parts[2]):
        raise BadInput(
            f"{text[:40]!r} is not a part K/N of a whole", where="--shard", fix="write K/N with K from 1 to N: 2/4"
        )
    return Shard(number=int(parts[1]), count=int(parts[2]))


def workers(stacks: int, *, cores: int, free_memory: int | None, limit: int = 0) -> int:
    """How many plans run at a time: one for each core, as far as the memory goes.

    Args:
        free_memory: in bytes; None if unknown.
        limit: what the user says instead, 0 for nothing.
    """
    room = cores if free_memory is None else min(cores, free_memory // PLAN_MEMORY)
    return max(1, min(limit or room, stacks))
