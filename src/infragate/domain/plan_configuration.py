"""Which attributes of a resource the configuration sets: the `configuration` part of a plan's JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_INDEX = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")


def configured(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The attributes and blocks in the code of each resource, by address without indices; `dynamic` blocks are missing.

    Unknown shapes are left out: they only decide what a summary shows first.
    """
    root = document.get("configuration")
    found: dict[str, frozenset[str]] = {}
    modules = [(root.get("root_module"), "")] if isinstance(root, dict) else []
    while modules:
        module, prefix = modules.pop()
        if not isinstance(module, dict):
            continue
        resources, calls = module.get("resources"), module.get("module_calls")
        for resource in resources if isinstance(resources, list) else ():
            expressions = resource.get("expressions") if isinstance(resource, dict) else None
            if isinstance(expressions, dict):
                found[f"{prefix}{resource.get('address')}"] = frozenset(expressions)
        for name, call in calls.items() if isinstance(calls, dict) else ():
            if isinstance(call, dict):
                modules.append((call.get("module"), f"{prefix}module.{name}."))
    return found


def without_indices(address: str) -> str:
    """`module.a["x"].aws_sqs_queue.q[0]` as `module.a.aws_sqs_queue.q`."""
    return _INDEX.sub("", address)
