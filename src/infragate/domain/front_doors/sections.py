"""The optional sections of `infra/environments.yaml`: which front doors the project uses, and who owns its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlantis:
    """The Atlantis server of the project.

    Attributes:
        url: where people and GitHub reach it.
        workflow: the name of its custom workflow.
        branch: pull requests into this branch are planned and applied.
    """

    url: str
    workflow: str = "infragate"
    branch: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Whose approval a change of these files needs: infra/ and modules/, and what judges a change."""

    platform: tuple[str, ...]
    security: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoors:
    """The sections; None for one that the file does not have."""

    atlantis: Atlantis | None = None
    owners: Owners | None = None


NONE = FrontDoors()


def read(document: Mapping[str, Any]) -> FrontDoors:
    """The sections of a document that matches its JSON Schema."""
    owners = document.get("owners")
    return FrontDoors(
        atlantis=Atlantis(**document["atlantis"]) if "atlantis" in document else None,
        owners=Owners(**{role: tuple(names) for role, names in owners.items()}) if owners else None,
    )
