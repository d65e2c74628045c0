"""What somebody has added to a managed resource and Terraform does not own: no plan shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from infragate.domain.drift.addition import Addition, Adoption
from infragate.domain.drift.report import DriftItem, Mark
from infragate.domain.finding import Severity
from infragate.domain.plan_fields import Field
from infragate.domain.terraform.state_file import Resource

SECURITY: frozenset[Mark] = frozenset({"security"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """One thing that the code does not have.

    Attributes:
        path: `ingress["tcp 22 from 10.0.0.0/8"]`; its first part is what a Waiver names.
        value: as it is in the cloud.
        removal, adoption, obstacle: as in Addition.
    """

    path: str
    value: Any
    severity: Severity
    marks: frozenset[Mark] = frozenset()
    removal: tuple[str, ...]
    adoption: Adoption | None = None
    obstacle: str = ""

    @property
    def addition(self) -> Addition:
        """How it can be settled."""
        return Addition(path=self.path, removal=self.removal, adoption=self.adoption, obstacle=self.obstacle)


def elsewhere(item: DriftItem, region: str) -> DriftItem:
    """An item of a resource in another region: what was added there needs another provider than the Stack's own."""
    why = f"it is in {region}: write it by hand, with an import block and the provider of that region"
    return replace(
        item,
        additions=tuple(
            replace(addition, adoption=None, obstacle=addition.obstacle or why) for addition in item.additions
        ),
    )


def item(resource: Resource, extras: Iterable[Extra], *, reader: str, evidence: str) -> DriftItem | None:
    """The item of a resource; None if nothing was added to it."""
    added = sorted(extras, key=lambda extra: extra.path)
    if not added:
        return None
    return DriftItem(
        address=resource.address,
        type=resource.type,
        cause="unowned",
        marks=frozenset().union(*(extra.marks for extra in added)),
        severity=max(extra.severity for extra in added),
        fields=tuple(Field(path=extra.path, before=extra.value, after=None) for extra in added),
        evidence=evidence,
        reader=reader,
        additions=tuple(extra.addition for extra in added),
    )
