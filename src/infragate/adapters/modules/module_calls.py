"""The `module` blocks of a Stack: sources, arguments, and the files that use their outputs."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import module_source
from infragate.domain.modules.module_source import ModuleSource
from infragate.domain.terraform import constraints, overrides
from infragate.domain.terraform.hcl_syntax import Block, ConfigurationFile
from infragate.domain.terraform.overrides import Declaration

# The arguments that Terraform itself defines; all others are inputs of the module.
META = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCall:
    """One module block, merged with those of override files.

    Attributes:
        folder: the folder with the call.
        file, line: of the block whose `source` counts.
        source: None if it is not a plain string.
    """

    name: str
    folder: Path
    file: ConfigurationFile
    line: int
    block: Block
    source: ModuleSource | None

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.line}"

    @property
    def version(self) -> str:
        """The version constraint; "" if there is none, as written if it is not a plain string."""
        attribute = self.block.attribute("version")
        if attribute is None:
            return ""
        return attribute.literal.value if attribute.literal else attribute.expression

    @property
    def pin(self) -> tuple[str, str | None] | None:
        """The key of its pin in the module lock; None for a local module, or a source that cannot be read."""
        if self.source is None or self.source.kind == "local":
            return None
        is_registry = self.source.kind == "registry"
        return self.source.address, constraints.exact(self.version) if is_registry else self.source.ref

    @property
    def arguments(self) -> dict[str, str]:
        """The inputs that the call sets, as written."""
        return {argument.name: argument.expression for argument in self.block.attributes if argument.name not in META}


def read(folder: Path, *, relative_to: Path | None) -> tuple[ModuleCall, ...]:
    """The calls in a folder, merged with its override files, in the order of its files.

    Raises:
        BadInput: a file cannot be read, or two blocks have the same name.
    """
    declarations = overrides.declared(hcl.read_folder(folder, relative_to=relative_to), "module")
    return tuple(_call(declaration, folder) for declaration in declarations)


def read_all(stack: Path, *, relative_to: Path) -> dict[str, ModuleCall]:
    """The calls of a Stack and of the local modules below it, by key: the names of nested calls, joined by dots.

    Raises:
        BadInput: as `read`; or a local module does not exist, or calls itself.
    """
    return dict(_below(stack, "", (), relative_to))


def _below(folder: Path, prefix: str, above: tuple[Path, ...], root: Path) -> Iterator[tuple[str, ModuleCall]]:
    for call in read(folder, relative_to=root):
        yield prefix + call.name, call
        if call.source is not None and call.source.kind == "local":
            inner = local_folder(folder, call.source.address, root)
            if inner in (*above, local_folder(folder, ".", root)):
                raise BadInput(
                    f"the local module {call.name} calls itself", where=call.where, fix="call another folder"
                )
            if not inner.is_dir():
                raise BadInput(f"there is no folder {call.source.address}", where=call.where, fix="correct the source")
            yield from _below(inner, f"{prefix}{call.name}.", (*above, inner), root)


def local_folder(folder: Path, address: str, root: Path) -> Path:
    """The folder of a local module; Terraform follows links, so that its own calls start from where they lead to."""
    path, base = (Path(os.path.realpath(os.path.normpath(place))) for place in (folder / address, root))
    return root / path.relative_to(base) if path.is_relative_to(base) else path


def _call(declaration: Declaration, folder: Path) -> ModuleCall:
    file, block = declaration.holder("source")
    return ModuleCall(
        name=declaration.name,
        folder=folder,
        file=file,
        line=block.span.line,
        block=declaration.block,
        source=_source(declaration.block),
    )


def _source(block: Block) -> ModuleSource | None:
    attribute = block.attribute("source")
    if attribute is None or attribute.literal is None:
        return None
    return module_source.parse(unicodedata.normalize("NFC", attribute.literal.value))  # as Terraform does


def readers(stack: Path, module: str, output: str, *, relative_to: Path) -> tuple[str, ...]:
    """The files of a Stack that use `module.NAME.OUTPUT`."""
    return tuple(
        file.path
        for file in hcl.read_folder(stack, relative_to=relative_to)
        if any(reference[:3] == ("module", module, output) for reference in hcl.references(file))
    )
