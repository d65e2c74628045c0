"""Which attributes of a resource the configuration sets: the `configuration` part of a plan's JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_INDEX = re.compile(r"\[(?:\"(?:[^\"\\]|\\.)*\"|[^\]]*)\]")


def configured(document: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The attributes and blocks in the code of each resource, by address without indices; `dynamic` blocks are missing.

    Unknown shapes are left out: they only decide what a summary shows first.
    """
    root = document.get("configuration")
    return dict(_of_module(root.get("root_module"), "")) if isinstance(root, dict) else {}


def _of_module(module: Any, prefix: str) -> Iterator[tuple[str, frozenset[str]]]:
    if not isinstance(module, dict):
        return
    for resource in module.get("resources") or ():
        expressions = resource.get("expressions") if isinstance(resource, dict) else None
        if isinstance(expressions, dict):
            yield f"{prefix}{resource.get('address')}", frozenset(expressions)
    calls = module.get("module_calls")
    for name, call in calls.items() if isinstance(calls, dict) else ():
        if isinstance(call, dict):
            yield from _of_module(call.get("module"), f"{prefix}module.{name}.")


def without_indices(address: str) -> str:
    """`module.a["x"].aws_sqs_queue.q[0]` as `module.a.aws_sqs_queue.q`."""
    return _INDEX.sub("", address)
