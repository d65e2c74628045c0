"""Terraform configuration as it is written: blocks, attributes and where in the file's bytes each of them lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# The kinds of blocks that are read with their content; damage anywhere else in a file is Terraform's to report.
KINDS = ("module", "variable", "output", "moved", "terraform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes `start` to `end` (exclusive) of a file; `line` counts from 1."""

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A string without interpolation.

    Attributes:
        value: what Terraform reads.
        span: what stands between the quotes.
        plain: whether the bytes of the span are the value itself (no escapes), so that a part of them can be replaced.
    """

    value: str
    span: Span
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`name = expression`.

    Attributes:
        expression: the right side as written.
        literal: its value where it is a plain string; None for every other expression.
        span: the whole attribute; for JSON, the value.
    """

    name: str
    expression: str
    literal: Literal | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """`kind "label" { ... }`; in JSON syntax its labels are keys."""

    kind: str
    labels: tuple[str, ...]
    attributes: tuple[Attribute, ...]
    blocks: tuple[Block, ...]
    span: Span

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name."""
        return next((found for found in self.attributes if found.name == name), None)

    def expression(self, name: str) -> str | None:
        """Its right side as written, None when it is not set."""
        found = self.attribute(name)
        return found.expression if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFile:
    """One `.tf` or `.tf.json` file.

    Attributes:
        path: as messages name it.
        blocks: at its top; of kinds outside KINDS only their labels.
    """

    path: str
    content: bytes
    blocks: tuple[Block, ...]

    def of_kind(self, kind: str) -> Iterator[Block]:
        """Its top-level blocks of one kind."""
        return (block for block in self.blocks if block.kind == kind)
