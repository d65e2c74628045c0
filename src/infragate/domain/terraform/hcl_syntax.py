"""The syntax of Terraform configuration: blocks and attributes with their positions in the bytes of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# The kinds of blocks that are read with their content; Terraform reports syntax errors in all others.
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
        span: the text between the quotes.
        plain: True if the bytes of the span are the value itself (no escapes), so that a part of them can be replaced.
    """

    value: str
    span: Span
    plain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """`name = expression`.

    Attributes:
        expression: the right side as written.
        literal: None if the expression is not a plain string.
        span: the whole attribute; in JSON syntax, the value.
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
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def expression(self, name: str) -> str | None:
        """The expression of an attribute as written; None if it is not set."""
        attribute = self.attribute(name)
        return attribute.expression if attribute else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationFile:
    """One `.tf` or `.tf.json` file.

    Attributes:
        path: the name for messages.
        blocks: the top-level blocks; those of other kinds than KINDS have only their labels.
    """

    path: str
    content: bytes
    blocks: tuple[Block, ...]

    def of_kind(self, kind: str) -> Iterator[Block]:
        return (block for block in self.blocks if block.kind == kind)
