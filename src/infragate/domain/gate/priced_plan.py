"""A plan cut down to what can cost money, for Infracost.

Its time grows with the square of the plan: for each resource it reads the configuration again. What it calls free, and
what no priced resource refers to, is left out, and of the rest it gets only what it reads. The totals stay the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.gate.infracost_types import DECISIVE, FOLLOWED, FREE
from infragate.domain.plan_configuration import without_indices

_REFERENCE = re.compile(r"(data\.)?([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)")
_RESOURCE_KEYS = ("address", "mode", "type", "name", "index", "provider_name", "values")
_SIDES = ("planned_values", "prior_state")
PlannedResource = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPlan:
    """The plan for Infracost.

    Attributes:
        document: in the form of `terraform show -json`.
        seen: the managed resources in it, by address, after the plan.
        free: the number of managed resources that were left out.
        gone: the managed resources in it that the plan leaves no more, by address.
        undecided: address -> the attribute that decides its price and is known only after the apply.
        homeless: keys of provider configurations of priced resources whose region the plan does not say: Infracost
            would take its default.
    """

    document: dict[str, Any]
    seen: Mapping[str, PlannedResource]
    gone: Mapping[str, PlannedResource]
    free: int
    undecided: Mapping[str, str]
    homeless: tuple[str, ...]


def cut(document: Mapping[str, Any]) -> PricedPlan:
    """Leave out what costs nothing.

    Args:
        document: a valid plan document (`domain/plan.py`).
    """
    entries = [entry for side in _SIDES for entry in _entries(_root(document, side))]
    planned = [entry for entry in _entries(_root(document, "planned_values")) if _is_managed(entry)]
    configuration = document.get("configuration") or {}
    code = dict(_code(configuration.get("root_module") or {}, ""))
    kept = _kept(entries, code)
    seen = {entry["address"]: entry for entry in planned if entry["address"] in kept}
    left = [entry for entry in entries if entry["address"] in kept]
    return PricedPlan(
        document=_document(document, left, configuration),
        seen=seen,
        gone={entry["address"]: entry for entry in left if entry["address"] not in seen and _is_managed(entry)},
        free=len(planned) - len(seen),
        undecided={address: name for address, name in _undecided(document, code) if address in seen},
        homeless=tuple(_homeless(document, left, code)),
    )


def _document(
    document: Mapping[str, Any], left: Iterable[PlannedResource], configuration: Mapping[str, Any]
) -> dict[str, Any]:
    kept = {entry["address"] for entry in left}
    providers = configuration.get("provider_config") or {}
    return {
        **{name: document[name] for name in ("format_version", "terraform_version") if name in document},
        **_values(document, kept),
        "resource_changes": [
            {"address": change["address"]}
            for change in document.get("resource_changes") or ()
            if change["address"] in kept
        ],
        "variables": _variables(document, providers),
        "configuration": {
            "provider_config": {key: _only_region(entry) for key, entry in providers.items()},
            "root_module": _module_code(
                configuration.get("root_module") or {}, "", kept_code={without_indices(address) for address in kept}
            ),
        },
    }


def _homeless(
    document: Mapping[str, Any], left: Iterable[PlannedResource], code: Mapping[str, PlannedResource]
) -> list[str]:
    providers = (document.get("configuration") or {}).get("provider_config") or {}
    variables = document.get("variables") or {}
    used = {_provider(entry, code) for entry in left if _may_cost(entry)}
    return sorted(key for key in used if not _has_region(key, providers, variables))


def _root(document: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    holder = document.get(side) or {}
    holder = holder.get("values") or {} if side == "prior_state" else holder
    return holder.get("root_module") or {}


def _entries(module: Mapping[str, Any]) -> Iterator[PlannedResource]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _entries(child)


def _code(module: Mapping[str, Any], path: str) -> Iterator[tuple[str, PlannedResource]]:
    """The configuration of each resource, by its address without indices."""
    for entry in module.get("resources") or ():
        yield f"{path}{entry['address']}", entry
    for name, call in (module.get("module_calls") or {}).items():
        yield from _code(call.get("module") or {}, f"{path}module.{name}.")


def _is_managed(entry: PlannedResource) -> bool:
    return entry.get("mode") == "managed"


def _may_cost(entry: PlannedResource) -> bool:
    return _is_managed(entry) and entry["type"] not in FREE


def _undecided(document: Mapping[str, Any], code: Mapping[str, PlannedResource]) -> Iterator[tuple[str, str]]:
    """What the code sets to a value that is not known yet; for what it does not set, AWS and Infracost have defaults."""
    for change in document.get("resource_changes") or ():
        unknown = change["change"].get("after_unknown")
        names = DECISIVE.get(change["type"], ()) if isinstance(unknown, Mapping) else ()
        if any(_is_unknown(unknown.get(name)) for name in names):
            written = (code.get(without_indices(change["address"])) or {}).get("expressions") or {}
            yield from (
                (change["address"], name) for name in names if name in written and _is_unknown(unknown.get(name))
            )


def _is_unknown(mask: Any) -> bool:
    """True if a part of it is."""
    parts = mask.values() if isinstance(mask, Mapping) else mask if isinstance(mask, list) else ()
    return mask is True or any(map(_is_unknown, parts))


def _kept(entries: Iterable[PlannedResource], code: Mapping[str, PlannedResource]) -> set[str]:
    """The addresses of all that may cost something, and of what they refer to."""
    by_place, by_value = defaultdict(list), defaultdict(list)
    for entry in entries:
        by_place[without_indices(entry["address"])].append(entry)
        values = entry.get("values") or {}
        for name in ("id", "name", "arn", "family"):
            if isinstance(values.get(name), str):
                by_value[values[name]].append(entry)
    # A data source is never priced; one that refers to a priced resource can change what Infracost takes that for.
    waiting = [entry for entry in entries if _may_cost(entry) or entry["type"] in FOLLOWED]
    kept = {entry["address"] for entry in waiting}
    while waiting:
        entry = waiting.pop()
        for attribute in FOLLOWED.get(entry["type"], ()):
            for referred in _referred(entry, attribute, code, by_place, by_value):
                if referred["address"] not in kept:
                    kept.add(referred["address"])
                    waiting.append(referred)
    return kept


def _referred(
    entry: PlannedResource,
    attribute: str,
    code: Mapping[str, PlannedResource],
    by_place: Mapping[str, list[PlannedResource]],
    by_value: Mapping[str, list[PlannedResource]],
) -> Iterator[PlannedResource]:
    """What an attribute refers to, by its expression or by its value."""
    place = without_indices(entry["address"])
    module = place.removesuffix(f"{'data.' if entry.get('mode') == 'data' else ''}{entry['type']}.{entry['name']}")
    expressions = (code.get(place) or {}).get("expressions") or {}
    for reference in _strings(expressions.get(attribute), below="references"):
        match = _REFERENCE.match(reference)
        yield from by_place.get(f"{module}{match[0]}", ()) if match else ()
    for value in _strings((entry.get("values") or {}).get(attribute)):
        yield from by_value.get(value, ())


def _strings(value: Any, *, below: str = "") -> Iterator[str]:
    """All strings in a value; with `below`, only those in a key of that name."""
    if isinstance(value, str):
        if not below:
            yield value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _strings(part, below="" if key == below else below)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, below=below)


def _values(document: Mapping[str, Any], kept: set[str]) -> dict[str, Any]:
    cut_sides: dict[str, Any] = {
        "planned_values": {"root_module": _module_values(_root(document, "planned_values"), kept)}
    }
    if document.get("prior_state"):
        cut_sides["prior_state"] = {"values": {"root_module": _module_values(_root(document, "prior_state"), kept)}}
    return cut_sides


def _module_values(module: Mapping[str, Any], kept: set[str]) -> dict[str, Any]:
    resources = [
        {key: entry[key] for key in _RESOURCE_KEYS if key in entry}
        for entry in module.get("resources") or ()
        if entry["address"] in kept
    ]
    children = [cut_child for child in module.get("child_modules") or () if (cut_child := _module_values(child, kept))]
    parts = {"resources": resources, "child_modules": children}
    filled = {key: part for key, part in parts.items() if part}
    return {**({"address": module["address"]} if filled and "address" in module else {}), **filled}


def _module_code(module: Mapping[str, Any], path: str, *, kept_code: set[str]) -> dict[str, Any]:
    resources = [
        needed
        for entry in module.get("resources") or ()
        if f"{path}{entry['address']}" in kept_code and (needed := _resource_code(entry))
    ]
    calls = {}
    for name, call in (module.get("module_calls") or {}).items():
        inner = _module_code(call.get("module") or {}, f"{path}module.{name}.", kept_code=kept_code)
        calls[name] = {
            **({"source": call["source"]} if "source" in call else {}),
            **({"module": inner} if inner else {}),
        }
    parts = {"resources": resources, "module_calls": {name: call for name, call in calls.items() if call}}
    return {key: part for key, part in parts.items() if part}


def _resource_code(entry: PlannedResource) -> dict[str, Any] | None:
    """What Infracost reads of a resource's configuration; None if that is nothing."""
    expressions = entry.get("expressions") or {}
    followed = {name: expressions[name] for name in FOLLOWED.get(entry["type"], ()) if name in expressions}
    provider = entry.get("provider_config_key", "")
    if not followed and provider in ("", _default_provider(entry)):
        return None
    return {"address": entry["address"], "provider_config_key": provider, "expressions": followed}


def _default_provider(entry: PlannedResource) -> str:
    return str(entry["type"]).partition("_")[0]


def _provider(entry: PlannedResource, code: Mapping[str, PlannedResource]) -> str:
    configured = code.get(without_indices(entry["address"])) or {}
    return str(configured.get("provider_config_key") or _default_provider(entry))


def _only_region(provider: PlannedResource) -> dict[str, Any]:
    region = (provider.get("expressions") or {}).get("region")
    return {"name": provider.get("name"), "expressions": {"region": region} if region else {}}


def _region_variable(provider: PlannedResource) -> str | None:
    region = (provider.get("expressions") or {}).get("region") or {}
    references = region.get("references") or () if isinstance(region, Mapping) else ()
    first = str(references[0]) if references else ""
    return first.removeprefix("var.") if first.startswith("var.") else None


def _variables(document: Mapping[str, Any], providers: Mapping[str, PlannedResource]) -> dict[str, Any]:
    """Only what provider regions refer to: the others may be secret."""
    names = {_region_variable(provider) for provider in providers.values()}
    return {name: entry for name, entry in (document.get("variables") or {}).items() if name in names}


def _has_region(key: str, providers: Mapping[str, PlannedResource], variables: Mapping[str, Any]) -> bool:
    """True if Infracost finds the region of a provider configuration as it is written in the plan."""
    prefix = key.rpartition(":")[2].partition(".")[0].partition("_")[0]
    return prefix != "aws" or any(_region(providers.get(name) or {}, variables) for name in (key, prefix))


def _region(provider: PlannedResource, variables: Mapping[str, Any]) -> str:
    expression = (provider.get("expressions") or {}).get("region") or {}
    constant = expression.get("constant_value") if isinstance(expression, Mapping) else None
    value = constant or (variables.get(_region_variable(provider) or "") or {}).get("value")
    return value if isinstance(value, str) else ""
