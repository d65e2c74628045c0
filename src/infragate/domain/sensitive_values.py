"""The values that a plan or a state marks as sensitive, so that they are hidden wherever a program repeats them.

Documents of any shape are read: what does not look like Terraform's has no marked values. Nothing here recurses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infragate.domain.secret_forms import SHORTEST

# A sensitive object holds ordinary values too, which stand everywhere: words, numbers, dates, networks, regions.
_ORDINARY = re.compile(
    r"[a-z]{1,12}|[A-Z]{1,12}|[A-Z][a-z]{1,11}|[-+0-9.,:/eETZ]+"
    r"|[a-z]{2}(?:-gov|-iso[a-z]?)?-(?:north|south|east|west|central){1,2}-[0-9][a-z]?"
)
_BETWEEN = re.compile(r'[\]\["./]+')


def of_plan(document: Any) -> Iterator[str]:
    """The sensitive values of `terraform show -json`, but those that are in an address: these are never sensitive."""
    root = _object(document)
    entries = [*_objects(root.get("resource_changes")), *_objects(root.get("resource_drift"))]
    named = {part for entry in entries for part in _BETWEEN.split(str(entry.get("address")))}
    changes = [_object(entry.get("change")) for entry in entries]
    for change in [*changes, *_objects(_object(root.get("output_changes")))]:
        for side in ("before", "after"):
            yield from worth_hiding(_marked(change.get(side), change.get(f"{side}_sensitive")), named)
    yield from worth_hiding(_of_values(root), named)
    yield from worth_hiding(_of_variables(root), named)


def of_state(document: Any) -> Iterator[str]:
    """The sensitive values of a state file (format 4)."""
    root = _object(document)
    for output in _objects(_object(root.get("outputs"))):
        if output.get("sensitive"):
            yield from worth_hiding(leaves(output.get("value")))
    for resource in _objects(root.get("resources")):
        for instance in _objects(resource.get("instances")):
            for path in _list(instance.get("sensitive_attributes")):
                yield from worth_hiding(leaves(_at(instance.get("attributes"), path)))


def of_outputs(outputs: Any) -> Iterator[str]:
    """The values of outputs as `terraform apply -json` reports them, but those that are said not to be sensitive."""
    for output in _objects(_object(outputs)):
        if output.get("sensitive") is not False:
            yield from worth_hiding(leaves(output.get("value")))


def leaves(value: Any) -> Iterator[str]:
    """All strings in a value, keys too."""
    values = [value]
    while values:
        value = values.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            values.extend([*value, *value.values()])
        elif isinstance(value, list):
            values.extend(value)


def worth_hiding(values: Iterable[str], named: set[str] | frozenset[str] = frozenset()) -> Iterator[str]:
    """Those that may be hidden everywhere without hiding ordinary text."""
    return (text for text in values if len(text) >= SHORTEST and text not in named and not _ORDINARY.fullmatch(text))


def _of_values(root: Mapping[str, Any]) -> Iterator[str]:
    """Of the prior state and the planned one."""
    for values in (_object(_object(root.get("prior_state")).get("values")), _object(root.get("planned_values"))):
        for output in _objects(_object(values.get("outputs"))):
            if output.get("sensitive"):
                yield from leaves(output.get("value"))
        modules = [_object(values.get("root_module"))]
        while modules:
            module = modules.pop()
            modules.extend(_objects(module.get("child_modules")))
            for resource in _objects(module.get("resources")):
                yield from _marked(resource.get("values"), resource.get("sensitive_values"))


def _of_variables(root: Mapping[str, Any]) -> Iterator[str]:
    declared = _object(_object(_object(root.get("configuration")).get("root_module")).get("variables"))
    for name, given in _object(root.get("variables")).items():
        if _object(declared.get(name)).get("sensitive"):
            yield from leaves(_object(given).get("value"))


def _marked(value: Any, mask: Any) -> Iterator[str]:
    """The strings that Terraform's mask marks; a mask of another shape marks all."""
    pairs = [(value, mask)]
    while pairs:
        value, mask = pairs.pop()
        if mask is None or mask is False or (isinstance(mask, (dict, list)) and not mask):
            continue
        if isinstance(mask, dict) and isinstance(value, dict):
            pairs.extend((value[key], marks) for key, marks in mask.items() if key in value)
        elif isinstance(mask, list) and isinstance(value, list) and len(mask) <= len(value):
            pairs.extend(zip(value, mask, strict=False))
        else:
            yield from leaves(value)


def _at(value: Any, path: Any) -> Any:
    """The part of a value at a path of a state file."""
    for step in _list(path):
        key = _object(step).get("value")
        key = key.get("value") if isinstance(key, dict) else key
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            break  # of a set, Terraform marks the whole
    return value


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects in a list, or among the values of an object."""
    entries = value.values() if isinstance(value, dict) else _list(value)
    return (entry for entry in entries if isinstance(entry, dict))
