"""Override files (`override.tf`, `*_override.tf`, JSON too): their blocks change the block of the same name.

Terraform reads them after all other files, by name; an argument in a later block replaces the same argument of an earlier
one (https://developer.hashicorp.com/terraform/language/files/override).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infragate.domain.errors import BadInput
from infragate.domain.terraform.hcl_syntax import Attribute, Block, ConfigurationFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A named block, with the blocks of override files that change it.

    Attributes:
        parts: the block and its file, then those that override it; the last one with an argument counts.
    """

    parts: tuple[tuple[ConfigurationFile, Block], ...]

    @property
    def name(self) -> str:
        return _name(self.parts[0][1])

    def holder(self, argument: str) -> tuple[ConfigurationFile, Block]:
        """The file and the block whose argument counts; the first ones if none has it."""
        return next((part for part in reversed(self.parts) if part[1].attribute(argument)), self.parts[0])

    @property
    def block(self) -> Block:
        """The block with the arguments that count."""
        first, attributes = self.parts[0][1], dict[str, Attribute]()
        for _, block in self.parts:
            attributes |= {attribute.name: attribute for attribute in block.attributes}
        return Block(
            kind=first.kind,
            labels=first.labels,
            attributes=tuple(attributes.values()),
            blocks=tuple(inner for _, block in self.parts for inner in block.blocks),
            span=first.span,
        )


def is_override(path: str) -> bool:
    """True for the name of an override file."""
    base = path.rpartition("/")[2].removesuffix(".json").removesuffix(".tf")
    return base == "override" or base.endswith("_override")


def in_order(files: Iterable[ConfigurationFile]) -> tuple[ConfigurationFile, ...]:
    """The files of a folder in the order in which Terraform reads them."""
    return tuple(sorted(files, key=lambda file: (is_override(file.path), file.path)))


def declared(files: Iterable[ConfigurationFile], kind: str) -> tuple[Declaration, ...]:
    """The declarations of a kind of block with a name (module, variable, output), in the order of the files.

    Raises:
        BadInput: two blocks have the same name, or an override file changes a block that does not exist.
    """
    declarations: dict[str, Declaration] = {}
    for file in in_order(files):
        for block in file.of_kind(kind):
            name, part = _name(block), (file, block)
            known = declarations.get(name)
            if is_override(file.path) != (known is not None):
                raise _refused(kind, name, part, known)
            declarations[name] = Declaration(parts=(*(known.parts if known else ()), part))
    return tuple(declarations.values())


def _refused(kind: str, name: str, part: tuple[ConfigurationFile, Block], known: Declaration | None) -> BadInput:
    where = _where(part)
    if known is None:
        return BadInput(f"there is no {kind} {name} to override", where=where, fix="terraform validate")
    both = f"{_where(known.parts[0])} and {where}"
    return BadInput(f"two {kind} blocks are named {name}", where=both, fix="rename one of them")


def _name(block: Block) -> str:
    return block.labels[0] if block.labels else ""


def _where(part: tuple[ConfigurationFile, Block]) -> str:
    return f"{part[0].path}:{part[1].span.line}"
