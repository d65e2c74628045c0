"""What somebody added outside of the code, and the two ways to settle it: make it a resource of the code, or remove it."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infragate.domain.terraform import hcl_text
from infragate.domain.terraform.hcl_text import Expression

_LONGEST = 40  # characters of what was added in the name of its resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """A resource that is in the cloud already, as the code has it.

    Attributes:
        id: as Terraform's provider imports the type.
        about: a part of its name, for people.
        arguments: the values of today, as `hcl_text.block` takes them.
    """

    type: str
    id: str
    about: str
    arguments: Mapping[str, Any]

    @property
    def address(self) -> str:
        """At the top of the Stack; readable, the same on each run, and nobody else's."""
        return f"{self.type}.{self._name}"

    @property
    def code(self) -> str:
        """Its `import` block and its resource."""
        imported = {"to": Expression(self.address), "id": self.id}
        resource = hcl_text.block("resource", [self.type, self._name], self.arguments)
        return f"{hcl_text.block('import', [], imported)}\n{resource}"

    @property
    def _name(self) -> str:
        digest = hashlib.sha256(f"{self.type} {self.id}".encode()).hexdigest()[:6]
        words = re.sub(r"[^A-Za-z0-9]+", "_", self.about)[:_LONGEST].strip("_")
        return f"{words}_{digest}" if words[:1].isalpha() else f"added_{words}_{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One thing that was added to a resource.

    Attributes:
        path: of the item's field that shows it.
        adoption: what would own it; None if nothing can.
        obstacle: why nothing can, and what to do instead.
        removal: the words of the AWS CLI's command that removes it.
    """

    path: str
    adoption: Adoption | None = None
    obstacle: str = ""
    removal: tuple[str, ...]

    @property
    def command(self) -> str:
        """The removal as a person types it."""
        return shlex.join(self.removal)
