"""A price book: what one region's products cost, each price with the place it was read and the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """One price of one product.

    Attributes:
        service, family: names in AWS's price list; `family` is "" for a product without one.
        price: of one unit, a decimal number as text.
        option: purchase option; start: of the tier that the price begins with.
        attributes: what a query can filter by (usagetype, instanceType).
        as_of: the day on which it was looked up.
        computed: it is no quotation, but computed from one.
    """

    id: str
    service: str
    family: str
    unit: str
    price: str
    as_of: date
    attributes: Mapping[str, str]
    option: str = "on_demand"
    start: str = "0"
    description: str = ""
    computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBook:
    """The prices of one region in one currency; `digest` is the sha256 of the file that they are from."""

    region: str
    currency: str
    digest: str
    rows: tuple[PriceRow, ...]


def parse(document: Mapping[str, Any], *, digest: str) -> PriceBook:
    """The book of a document that fits the schema of price books.

    Raises:
        KeyError, ValueError: it does not.
    """
    day = document["as_of"]
    return PriceBook(
        region=document["region"],
        currency=document["currency"],
        digest=digest,
        rows=tuple(_row(entry, day) for entry in document["rows"]),
    )


def _row(entry: Mapping[str, Any], day: str) -> PriceRow:
    return PriceRow(
        id=entry["id"],
        service=entry["service"],
        family=entry.get("family", ""),
        unit=entry["unit"],
        price=entry["price"],
        as_of=date.fromisoformat(entry.get("as_of", day)),
        option=entry.get("option", "on_demand"),
        start=entry.get("start", "0"),
        description=entry.get("description", ""),
        attributes=MappingProxyType(dict(entry.get("attributes", {}))),
        computed="computed" in entry,
    )
