"""The holder of a state lock, as Terraform's lock info names it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infragate.domain.command import Command
from infragate.domain.errors import Locked


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """The holder of a state lock, from Terraform's lock info."""

    id: str
    who: str
    created: str
    operation: str = ""
    version: str = ""


def lock_holder(text: str) -> LockHolder | None:
    """The lock info of Terraform's lock error (lines `ID:`, `Who:`, `Created:`)."""

    def entry(name: str) -> str:
        match = re.search(rf"^\s*{name}:[ \t]+(.+?)\s*$", text, re.MULTILINE)
        return match[1] if match else ""

    identity = entry("ID")
    if not identity:
        return None
    return LockHolder(
        id=identity, who=entry("Who"), created=entry("Created"), operation=entry("Operation"), version=entry("Version")
    )


def locked(holder: LockHolder | None, *, where: str, age: str = "") -> Locked:
    """The error that names who holds the state lock."""
    if holder is None:
        return Locked(
            "the state is locked by an unknown holder", where=where, fix=(Command("doctor"), " shows the lock")
        )
    since = f" since {holder.created}" if holder.created else ""
    ago = f" ({age} ago)" if age else ""
    doing = f" for {holder.operation}" if holder.operation else ""
    return Locked(
        f"the state is locked by {holder.who or 'somebody'}{since}{ago}{doing}; lock id {holder.id}",
        where=where,
        fix=f"wait for it to end; if that run is dead: terraform force-unlock {holder.id} (docs/state-backend.md)",
    )
