"""The `module` blocks of a Stack: sources, arguments, and the files that use their outputs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infragate.adapters.terraform import hcl
from infragate.domain.errors import BadInput
from infragate.domain.modules import module_source
from infragate.domain.modules.module_source import ModuleSource
from infragate.domain.terraform.hcl_syntax import Block, ConfigurationFile

# The arguments that Terraform itself defines; all others are inputs of the module.
META = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCall:
    """One module block; `source` is None if it is not a plain string."""

    name: str
    file: ConfigurationFile
    block: Block
    source: ModuleSource | None

    @property
    def where(self) -> str:
        return f"{self.file.path}:{self.block.span.line}"

    @property
    def arguments(self) -> dict[str, str]:
        """The inputs that the call sets, as written."""
        return {argument.name: argument.expression for argument in self.block.attributes if argument.name not in META}

    @property
    def line_comment(self) -> str:
        """The rest of the line after the source."""
        attribute = self.block.attribute("source")
        if attribute is None or attribute.literal is None:
            return ""
        return self.file.content[attribute.literal.span.end + 1 :].partition(b"\n")[0].decode()


def read(stack: Path, *, relative_to: Path) -> tuple[ModuleCall, ...]:
    """The calls of a Stack, in the order of its files.

    Raises:
        BadInput: a file cannot be read, or two blocks have the same name.
    """
    calls: dict[str, ModuleCall] = {}
    for file in hcl.read_folder(stack, relative_to=relative_to):
        for block in file.of_kind("module"):
            call = _call(file, block)
            if (first := calls.setdefault(call.name, call)) is not call:
                where = f"{first.where} and {call.where}"
                raise BadInput(f"two module blocks are named {call.name}", where=where, fix="rename one of them")
    return tuple(calls.values())


def _call(file: ConfigurationFile, block: Block) -> ModuleCall:
    attribute = block.attribute("source")
    literal = attribute.literal if attribute else None
    return ModuleCall(
        name=block.labels[0] if block.labels else "",
        file=file,
        block=block,
        source=module_source.parse(literal.value) if literal else None,
    )


def readers(stack: Path, module: str, output: str, *, relative_to: Path) -> tuple[str, ...]:
    """The files of a Stack that use `module.NAME.OUTPUT`."""
    return tuple(
        file.path
        for file in hcl.read_folder(stack, relative_to=relative_to)
        if any(reference[:3] == ("module", module, output) for reference in hcl.references(file))
    )
