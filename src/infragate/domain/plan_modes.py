"""Whether an entry of a plan's JSON is a resource that Terraform makes, or one that it only reads.

`mode` says it. Programs that copy plans, and some older ones, leave it out; the address says it too. Engines pass over
an entry without a mode, so it is filled in before anything judges the plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_KIND = re.compile(r'(?:module\.[^.\[]+(?:\[(?:[0-9]+|"(?:[^"\\]|\\.)*")\])?\.)*(data|ephemeral)\.')


def fill(document: Mapping[str, Any]) -> bool:
    """Add the modes that are missing; True if there were any."""
    bare = [entry for entry in _entries(document) if isinstance(entry, dict) and entry.get("mode") is None]
    for entry in bare:
        kind = _KIND.match(str(entry.get("address") or ""))
        entry["mode"] = kind[1] if kind else "managed"
    return bool(bare)


def _entries(document: Mapping[str, Any]) -> Iterator[Any]:
    for name in ("resource_changes", "resource_drift"):
        yield from _of(document, name, list)
    yield from _resources(_of(document, "planned_values", dict).get("root_module"))
    yield from _resources(_of(_of(document, "prior_state", dict), "values", dict).get("root_module"))
    yield from _resources(_of(document, "configuration", dict).get("root_module"))


def _resources(root: Any) -> Iterator[Any]:
    """Those of a module and of all inside it, of values and of configuration alike."""
    modules = [root]
    while modules:
        module = modules.pop()
        yield from _of(module, "resources", list)
        modules += _of(module, "child_modules", list)
        modules += [_of(call, "module", dict) for call in _of(module, "module_calls", dict).values()]


def _of(holder: Any, name: str, kind: type) -> Any:
    """`holder[name]`; empty if it is missing, or of another type: that is for the reader of plans to refuse."""
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, kind) else kind()
