"""State files (format 4): lineage, serial and managed objects. Attributes may hold secrets.

Every function raises Integrity if the text is not a state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infragate.domain.errors import Integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One managed object; `attributes` must not be printed or logged."""

    address: str
    type: str
    attributes: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str:
        """An attribute as text; "" if it is absent."""
        return str(self.attributes.get(name) or "")


def addresses(body: str | bytes | None, *, where: str) -> frozenset[str] | None:
    """The addresses in a state; None if there is no state."""
    if not body or not body.strip():
        return None
    return frozenset(resource.address for resource in resources(body, where=where))


def identity(body: str | bytes, *, where: str) -> tuple[str, int]:
    """Lineage and serial."""
    document = _document(body, where)
    try:
        return str(document["lineage"]), int(document["serial"])
    except (KeyError, TypeError, ValueError, OverflowError) as broken:
        raise _broken(len(body), where) from broken


def resources(body: str | bytes, *, where: str) -> tuple[Resource, ...]:
    """All managed objects of the state."""
    document = _document(body, where)
    objects = []
    try:
        for entry in document.get("resources", []):
            if entry["mode"] != "managed":
                continue
            base = ".".join(part for part in (entry.get("module"), entry["type"], entry["name"]) if part)
            for instance in entry["instances"]:
                address = base + (f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else "")
                attributes = dict(instance.get("attributes") or {})
                objects.append(Resource(address=address, type=entry["type"], attributes=attributes))
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise _broken(len(body), where) from broken
    return tuple(objects)


def _document(body: str | bytes, where: str) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise _broken(len(body), where) from broken
    if not isinstance(document, dict) or document.get("version") != 4:
        raise _broken(len(body), where)
    return document


def _broken(size: int, where: str) -> Integrity:
    return Integrity(
        f"not a Terraform state ({size} bytes)",
        where=where,
        fix="docs/state-backend.md, 'Restore a state'",
    )
