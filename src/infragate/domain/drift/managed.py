"""What Terraform manages in a Stack, as the readers of what a plan cannot see need it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infragate.domain.plan_configuration import without_indices
from infragate.domain.terraform.code_module import CodeModule
from infragate.domain.terraform.state_file import Resource

_VARIABLE = re.compile(r"var\.(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoredTags:
    """The tags that the provider is told to leave alone (`ignore_tags`)."""

    keys: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def covers(self, key: str) -> bool:
        """True also for AWS's own tags, which nobody can change."""
        return key in self.keys or key.startswith(("aws:", *self.prefixes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """The resources of a Stack as its plan has read them, and its code.

    Attributes:
        planned: as they will be after an apply, with those that somebody has deleted.
        written: the attributes and blocks that the code of each resource sets, by address without indices.
        ignored_tags: None if the code does not tell them.
    """

    resources: tuple[Resource, ...]
    planned: tuple[Resource, ...] = ()
    written: Mapping[str, frozenset[str]] = field(default_factory=dict)
    ignored_tags: IgnoredTags | None = IgnoredTags()

    def of(self, *types: str) -> tuple[Resource, ...]:
        """The resources of some types that exist."""
        return tuple(resource for resource in self.resources if resource.type in types)

    def owners(self, *types: str) -> tuple[Resource, ...]:
        """The resources of some types that own parts of others, also if they are gone: the plan tells that."""
        return tuple(resource for resource in (*self.resources, *self.planned) if resource.type in types)

    def sets(self, resource: Resource, *names: str) -> bool:
        """True if the code of a resource sets one of these: then the plan shows every other value."""
        written = self.written.get(without_indices(resource.address), frozenset())
        return not written.isdisjoint(names)


def of_plan(document: Mapping[str, Any], modules: Sequence[CodeModule]) -> Managed:
    """What a plan's JSON says after its refresh, with the code that it was made of.

    The code and not the plan says what is set: a plan's JSON leaves `dynamic` blocks out.
    """
    return Managed(
        resources=tuple(_resources(_dict(_dict(document.get("prior_state")).get("values")).get("root_module"))),
        planned=tuple(_resources(_dict(document.get("planned_values")).get("root_module"))),
        written=written(modules),
        ignored_tags=_ignored_tags(document),
    )


def _resources(value: Any) -> Iterator[Resource]:
    module = _dict(value)
    for entry in _list(module.get("resources")):
        if entry.get("mode") == "managed":
            yield Resource(
                address=str(entry["address"]), type=str(entry["type"]), attributes=_dict(entry.get("values"))
            )
    for child in _list(module.get("child_modules")):
        yield from _resources(child)


def written(modules: Sequence[CodeModule]) -> dict[str, frozenset[str]]:
    """The attributes and blocks that the code of each resource sets, by address without indices."""
    arguments: dict[str, frozenset[str]] = {}
    for module in modules:
        for _, block in module.blocks:
            if block.kind == "resource" and len(block.labels) == 2:
                address, known = (
                    module.address(*block.labels),
                    arguments.get(module.address(*block.labels), frozenset()),
                )
                names = {argument.name for argument in block.arguments}
                inner = {
                    part.labels[0] if part.kind == "dynamic" and part.labels else part.kind for part in block.blocks
                }
                known = arguments.get(address, frozenset())
                arguments[address] = known | names | inner  # an override file writes a part of it
    return arguments


def _ignored_tags(document: Mapping[str, Any]) -> IgnoredTags | None:
    """Of all providers together. A value that is neither written out nor a variable's is not known."""
    keys: set[str] = set()
    prefixes: set[str] = set()
    for provider in _dict(_dict(document.get("configuration")).get("provider_config")).values():
        for block in _list(_dict(_dict(provider).get("expressions")).get("ignore_tags")):
            for name, into in (("keys", keys), ("key_prefixes", prefixes)):
                texts = _texts(block.get(name), document) if name in block else ()
                if texts is None:
                    return None
                into.update(texts)
    return IgnoredTags(keys=frozenset(keys), prefixes=tuple(sorted(prefixes)))


def _texts(expression: Any, document: Mapping[str, Any]) -> list[str] | None:
    value = _dict(expression).get("constant_value")
    references = _dict(expression).get("references")
    if value is None and isinstance(references, list) and len(references) == 1:
        variable = _VARIABLE.fullmatch(str(references[0]))
        value = _dict(_dict(document.get("variables")).get(variable[1])).get("value") if variable else None
    return [str(entry) for entry in value] if isinstance(value, list) else None


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
