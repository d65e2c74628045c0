"""Answers one GraphQL query of Infracost from the books (its internal/apiclient/pricing.go asks, prices.go chooses)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from price_server.book import PriceBook, PriceRow

_CURRENCY = re.compile(r"priceHash\s+([A-Z]{3})\b")
_WRITTEN = re.compile(r"/(.*)/([a-z]*)", re.DOTALL)
_GROUP_REPEATED = re.compile(r"(?<!\\)\)[*+{]")
_REPEAT = re.compile(r"(?<!\\)[*+{]")
MOST_REPEATS, LONGEST_PATTERN = 3, 300
VENDOR, GLOBAL = "aws", "global"  # a query for a service without regions names none


class Malformed(Exception):
    """A query that Infracost does not write."""


def is_probe(query: Any) -> bool:
    """True for the query that Infracost sends first, to try its key; it needs no price."""
    return isinstance(query, Mapping) and not query.get("query")


def find(books: Iterable[PriceBook], query: Any) -> tuple[str, list[PriceRow]]:
    """The currency that a query asks for, and the prices that fit it.

    Raises:
        Malformed: it is no query for prices.
    """
    text, variables = _part(query, "query", str), _part(query, "variables", Mapping)
    product = _part(variables, "productFilter", Mapping)
    price = variables.get("priceFilter") or {}
    asked = _CURRENCY.search(text)
    if asked is None or not isinstance(price, Mapping):
        raise Malformed("no currency, or no price filter")
    currency = asked[1]
    region = product.get("region") or GLOBAL
    rows = (
        row
        for book in books
        if book.currency == currency and book.region == region and product.get("vendorName") == VENDOR
        for row in book.rows
    )
    return currency, [row for row in rows if _fits(row, product, price)]


def document(currency: str, rows: Iterable[PriceRow]) -> dict[str, Any]:
    """The answer to a query: a product for each price."""
    return {"data": {"products": [{"prices": [{"priceHash": row.id, currency: row.price}]} for row in rows]}}


def _part(holder: Any, name: str, kind: type) -> Any:
    value = holder.get(name) if isinstance(holder, Mapping) else None
    if not isinstance(value, kind):
        raise Malformed(f"{name} is missing")
    return value


def _fits(row: PriceRow, product: Mapping[str, Any], price: Mapping[str, Any]) -> bool:
    return all(_equal(wanted, value) for wanted, value in _filters(row, product, price)) and all(
        _holds(entry, row.attributes) for entry in product.get("attributeFilters") or ()
    )


def _filters(row: PriceRow, product: Mapping[str, Any], price: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """What the query says, and what the row has, for each field; None where the query says nothing."""
    yield product.get("service"), row.service
    yield product.get("productFamily"), row.family
    yield product.get("sku"), ""
    yield price.get("purchaseOption"), row.option
    yield price.get("unit"), row.unit
    yield price.get("startUsageAmount"), row.start
    yield price.get("description"), row.description
    for absent in ("endUsageAmount", "termLength", "termPurchaseOption", "termOfferingClass"):
        yield price.get(absent), ""
    pattern = price.get("description_regex")
    yield None if pattern is None else True, str(matches(pattern, row.description))


def _equal(wanted: Any, value: str) -> bool:
    return wanted is None or str(wanted) == value


def _holds(entry: Any, attributes: Mapping[str, str]) -> bool:
    """True if an attribute fits; one that the row does not have is empty."""
    value = attributes.get(_part(entry, "key", str), "")
    pattern = entry.get("value_regex")
    return _equal(entry.get("value"), value) and (pattern is None or matches(pattern, value))


def matches(pattern: Any, value: str) -> bool:
    """True if a pattern `/body/i` is found in a value. Only `i` is known; an empty body fits everything.

    A body may hold text from a plan: one that repeats a group, or repeats too often, could run for hours, and fits
    nothing. None of Infracost's own does.
    """
    compiled = _compiled(pattern) if isinstance(pattern, str) else None
    return compiled is not None and compiled.search(value) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    written = _WRITTEN.fullmatch(pattern)
    body, flags = written.groups() if written else (pattern, "")
    repeats = len(_REPEAT.findall(body))
    if len(body) > LONGEST_PATTERN or repeats > MOST_REPEATS or _GROUP_REPEATED.search(body):
        return None
    try:
        return re.compile(body, re.IGNORECASE if "i" in flags else 0)
    except (re.error, OverflowError, RecursionError):
        return None
