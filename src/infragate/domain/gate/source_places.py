"""Where the code of a resource is: a plan has addresses, a reviewer reads files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from infragate.domain.plan_configuration import without_indices
from infragate.domain.terraform.code_module import CodeModule

_LABELS = {"resource": 2, "data": 2, "module": 1, "ephemeral": 2, "output": 1, "variable": 1, "provider": 1}
_WRITTEN = {"resource": "", "ephemeral": "ephemeral.", "data": "data.", "module": "module."}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodePlace:
    """A line of the checkout."""

    file: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlaces:
    """The places of resources, module calls, variables and outputs, by address without indices.

    A resource of a fetched module has the place of the call in the checkout.
    """

    places: dict[str, CodePlace] = field(default_factory=dict)

    @classmethod
    def of(cls, modules: Iterable[CodeModule]) -> Self:
        places: dict[str, CodePlace] = {}
        for module in modules:
            for file, block in module.blocks:
                count = _LABELS.get(block.kind)
                if count is None or len(block.labels) < count:
                    continue
                own = _WRITTEN.get(block.kind, f"{block.kind}.") + ".".join(block.labels[:count])
                called = module.call if module.fetched else (file.name, block.line)
                places.setdefault(module.address(own), CodePlace(file=called[0], line=called[1]))
        return cls(places=places)

    def of_address(self, address: str | None) -> CodePlace | None:
        """The place of a resource of the plan, else of the nearest call above it; None if nothing is known."""
        rest = without_indices(address or "")
        while rest:
            if place := self.places.get(rest):
                return place
            rest = _above(rest)
        return None


def _above(address: str) -> str:
    """`module.a.module.b` of `module.a.module.b.aws_lb.this`; `module.a` of that; "" of anything else."""
    words = address.split(".")
    calls = 0
    while words[calls : calls + 1] == ["module"] and len(words) >= calls + 2:
        calls += 2
    return ".".join(words[:calls] if calls < len(words) else words[: calls - 2])
