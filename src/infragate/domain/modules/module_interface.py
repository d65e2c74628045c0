"""The interface of a module: inputs, outputs, resource addresses, required versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from infragate.domain.terraform import overrides
from infragate.domain.terraform.hcl_syntax import Attribute, Block, ConfigurationFile

_VERSION = re.compile(r'"?\bversion"?\s*[=:]\s*"([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One variable; expressions are as written, with single spaces.

    Attributes:
        default: None if the input is required.
        description: "" if it has none.
    """

    name: str
    type: str
    default: str | None
    description: str

    @property
    def required(self) -> bool:
        return self.default is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    name: str
    description: str
    sensitive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A `moved` block; addresses are relative to its module."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleInterface:
    """What callers of a module depend on, by name.

    Attributes:
        providers: version constraint by the provider's local name; "" if it has none.
        terraform: version constraint of Terraform itself; "" if it has none.
        resources: addresses of the module's own resources, without those in JSON syntax.
    """

    inputs: Mapping[str, Input]
    outputs: Mapping[str, Output]
    moves: tuple[Move, ...]
    providers: Mapping[str, str]
    terraform: str
    resources: frozenset[str]


ChangeKind = Literal[
    "input added",
    "input removed",
    "input newly required",
    "input's default changed",
    "output added",
    "output removed",
    "address moved",
    "address removed",
    "requirement changed",
    "module added",
    "module removed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceChange:
    """A difference between two releases of a module that its callers can notice.

    Attributes:
        breaking: True if callers may have to change their code.
    """

    module: str
    kind: ChangeKind
    name: str
    detail: str
    breaking: bool = True


def read(files: Iterable[ConfigurationFile]) -> ModuleInterface:
    """The interface of the module in these files.

    Raises:
        BadInput: as `overrides.declared`.
    """
    files = overrides.in_order(files)
    blocks = [block for file in files for block in file.blocks]
    settings = [block for block in blocks if block.kind == "terraform"]
    required = [inner for block in settings for inner in block.blocks if inner.kind == "required_providers"]
    versions = [attribute for block in settings if (attribute := block.attribute("required_version")) is not None]
    return ModuleInterface(
        inputs={variable.name: _input(variable.block) for variable in overrides.declared(files, "variable")},
        outputs={output.name: _output(output.block) for output in overrides.declared(files, "output")},
        moves=tuple(
            Move(source=_address(block, "from"), target=_address(block, "to"))
            for block in blocks
            if block.kind == "moved"
        ),
        providers={entry.name: _constraint(entry) for block in required for entry in block.attributes},
        terraform=", ".join(attribute.literal.value for attribute in versions if attribute.literal),
        resources=frozenset(".".join(block.labels) for block in blocks if block.kind == "resource"),
    )


def breaking_changes(module: str, old: ModuleInterface, new: ModuleInterface) -> tuple[InterfaceChange, ...]:
    """The changes from `old` to `new` that may break a caller, by kind and name."""
    changes: list[_Change] = [
        *_inputs(old, new),
        *(("output removed", name, "callers that read it fail") for name in old.outputs if name not in new.outputs),
        *(("address moved", move.source, f"to {move.target}") for move in new.moves if move not in old.moves),
        *_removed_addresses(old, new),
        *_requirements(old, new),
    ]
    return tuple(
        InterfaceChange(module=module, kind=kind, name=name, detail=detail) for kind, name, detail in sorted(changes)
    )


_Change = tuple[ChangeKind, str, str]  # kind, name, detail


def _removed_addresses(old: ModuleInterface, new: ModuleInterface) -> Iterable[_Change]:
    """Resources removed without a `moved` block: Terraform destroys their objects."""
    moved = {move.source.partition("[")[0] for move in new.moves}
    for address in old.resources - new.resources - moved:
        yield "address removed", address, "its objects are destroyed"


def _requirements(old: ModuleInterface, new: ModuleInterface) -> Iterable[_Change]:
    before, after = {**old.providers, "terraform": old.terraform}, {**new.providers, "terraform": new.terraform}
    for name in before.keys() | after.keys():
        if before.get(name) != after.get(name):
            yield "requirement changed", name, f"{before.get(name) or 'none'} to {after.get(name) or 'none'}"


def _inputs(old: ModuleInterface, new: ModuleInterface) -> Iterable[_Change]:
    for name, before in old.inputs.items():
        after = new.inputs.get(name)
        if after is None:
            yield "input removed", name, "callers that set it fail"
        elif after.required and not before.required:
            yield "input newly required", name, f"its default was {before.default}"
        elif after.default is not None and before.default is not None and after.default != before.default:
            yield "input's default changed", name, f"{before.default} to {after.default}"
    for name, after in new.inputs.items():
        if name not in old.inputs and after.required:
            yield "input newly required", name, "it is new and has no default"


def _input(block: Block) -> Input:
    default = block.expression("default")
    return Input(
        name=block.labels[0],
        type=_spaced(block.expression("type") or "any"),
        default=None if default is None else _spaced(default),
        description=_text(block, "description"),
    )


def _output(block: Block) -> Output:
    return Output(
        name=block.labels[0],
        description=_text(block, "description"),
        sensitive=block.expression("sensitive") == "true",
    )


def _address(block: Block, name: str) -> str:
    attribute = block.attribute(name)
    if attribute is None:
        return ""
    return attribute.literal.value if attribute.literal else _spaced(attribute.expression)


def _text(block: Block, name: str) -> str:
    attribute = block.attribute(name)
    return attribute.literal.value if attribute and attribute.literal else ""


def _constraint(entry: Attribute) -> str:
    if entry.literal:  # the syntax of Terraform 0.12: aws = "~> 2.0"
        return entry.literal.value
    version = _VERSION.search(entry.expression)
    return version.group(1) if version else ""


def _spaced(expression: str) -> str:
    return " ".join(expression.split())
