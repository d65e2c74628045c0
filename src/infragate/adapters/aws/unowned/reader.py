"""A reader: the types it looks at, and the question it asks AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.domain.drift import unowned
from infragate.domain.drift.managed import Managed
from infragate.domain.drift.report import DriftItem
from infragate.domain.terraform.state_file import Resource

# A client of one service in one region.
RegionalClient = Callable[[str, str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a reader is asked to look at.

    Attributes:
        subjects: the resources of the reader's types, all of one region.
        managed: everything of the Stack.
    """

    subjects: Sequence[Resource]
    managed: Managed
    region: str
    open_client: RegionalClient

    def client(self, service: str) -> Any:
        return self.open_client(service, self.region)

    def pages(self, service: str, operation: str, key: str, **request: Any) -> Iterator[Any]:
        """The elements under `key` of all pages."""
        for page in self.client(service).get_paginator(operation).paginate(**request):
            yield from page.get(key) or ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One question.

    Attributes:
        name: in items and errors: `security-group-rules`.
        about: completes "could not check ...".
        types: of the resources that it looks at; None for all with an ARN.
        read: asks AWS; raises botocore's errors.
    """

    name: str
    about: str
    types: tuple[str, ...] | None
    read: Callable[[Look], Iterator[DriftItem | None]]

    def items(self, managed: Managed, *, region: str, client: RegionalClient) -> tuple[DriftItem, ...]:
        """What was added to the resources of its types; no call without one.

        Args:
            region: of resources whose ARN names none.

        Raises:
            RemoteFailed: AWS refused the call or cannot be reached.
        """
        subjects = managed.resources if self.types is None else managed.of(*self.types)
        look = Look(subjects=(), managed=managed, region=region, open_client=client)
        regions: dict[str, list[Resource]] = {}
        for resource in subjects:
            regions.setdefault(region_of(resource) or region, []).append(resource)
        with aws_api.reported(f"check {self.about}"):
            looks = [replace(look, subjects=part, region=place) for place, part in sorted(regions.items())]
            return tuple(
                item if each.region == region else unowned.elsewhere(item, each.region)
                for each in looks
                for item in self.read(each)
                if item is not None
            )


def region_of(resource: Resource) -> str:
    """The region in a resource's ARN; "" if there is none."""
    parts = resource.text("arn").split(":")
    return parts[3] if len(parts) > 5 else ""
