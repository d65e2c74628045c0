"""Which prices fit a query of Infracost. The queries are those that Infracost 0.10.45 sends."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from price_server import answers
from price_server.answers import Malformed, find, matches
from price_server.book import PriceBook, PriceRow

QUERY = (
    "query($productFilter: ProductFilter!, $priceFilter: PriceFilter) "
    "{ products(filter: $productFilter) { prices(filter: $priceFilter) { priceHash USD } } }"
)


def row(name: str = "alb-hour", **more: Any) -> PriceRow:
    values: dict[str, Any] = {
        "service": "AWSELB",
        "family": "Load Balancer-Application",
        "unit": "Hrs",
        "price": "0.0225",
        "as_of": date(2026, 10, 5),
        "attributes": {"usagetype": "APN2-LoadBalancerUsage", "locationType": "AWS Region"},
    }
    return PriceRow(id=name, **{**values, **more})


def book(*rows: PriceRow, region: str = "ap-northeast-2") -> PriceBook:
    return PriceBook(region=region, currency="USD", digest="0" * 64, rows=rows)


def query(currency: str = "USD", price: Any = None, **product: Any) -> dict[str, Any]:
    filters = [
        {"key": "locationType", "value": "AWS Region"},
        {"key": "usagetype", "value_regex": "/^([A-Z]{3}\\d-|Global-|EU-)?LoadBalancerUsage$/i"},
    ]
    asked = {
        "vendorName": "aws",
        "service": "AWSELB",
        "productFamily": "Load Balancer-Application",
        "region": "ap-northeast-2",
        "attributeFilters": filters,
        **product,
    }
    return {"query": QUERY.replace("USD", currency), "variables": {"productFilter": asked, "priceFilter": price}}


def ids(asked: dict[str, Any], *books: PriceBook) -> list[str]:
    return [found.id for found in find(books or (book(row()),), asked)[1]]


def test_a_row_that_fits_every_filter_is_the_answer() -> None:
    assert ids(query()) == ["alb-hour"]


@pytest.mark.parametrize(
    "differing",
    [
        {"service": "AmazonEC2"},
        {"productFamily": "Load Balancer-Network"},
        {"region": "us-east-1"},
        {"vendorName": "gcp"},
        {"sku": "ABC"},
        {"attributeFilters": [{"key": "locationType", "value": "AWS Outposts"}]},
        {"attributeFilters": [{"key": "group", "value": "ELB"}]},
        {"price": {"purchaseOption": "reserved"}},
        {"price": {"startUsageAmount": "1000"}},
        {"price": {"termLength": "1yr"}},
        {"price": {"description_regex": "/free tier/"}},
        {"currency": "EUR"},
    ],
    ids=str,
)
def test_a_filter_that_does_not_fit_leaves_no_answer(differing: dict[str, Any]) -> None:
    assert ids(query(**differing)) == []


def test_a_filter_for_nothing_fits_an_attribute_that_is_not_there() -> None:
    assert ids(query(attributeFilters=[{"key": "operation", "value": ""}])) == ["alb-hour"]


def test_a_query_without_a_region_is_answered_from_the_book_of_services_without_one() -> None:
    asked = query()
    del asked["variables"]["productFilter"]["region"]
    assert ids(asked, book(row()), book(row("anywhere"), region="global")) == ["anywhere"]


def test_the_answer_holds_the_price_in_the_currency_of_the_query() -> None:
    currency, rows = find((book(row()),), query())
    assert answers.document(currency, rows) == {
        "data": {"products": [{"prices": [{"priceHash": "alb-hour", "USD": "0.0225"}]}]}
    }


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("/LoadBalancerUsage/", "APN2-LoadBalancerUsage", True),
        ("/loadbalancerusage/", "APN2-LoadBalancerUsage", False),
        ("/loadbalancerusage/i", "APN2-LoadBalancerUsage", True),
        ("//i", "anything", True),
        ("/(?<!IA-)TimedStorage-ByteHrs$/i", "APN2-IA-TimedStorage-ByteHrs", False),
        ("/^(?!.*\\(free tier\\)).*$/i", "per unit (free tier)", False),
        ("/\\-RDS\\:Multi\\-AZ\\-GP3\\-Storage$/", "APN2-RDS:Multi-AZ-GP3-Storage", True),
        ("/^[A-Z0-9]*-(?!ShieldProtected-)RuleV2$/i", "APN2-RuleV2", True),
        ("/(/", "(", False),
        ("/" + "a" * 301 + "/", "a" * 301, False),
        (7, "7", False),
    ],
)
def test_patterns_are_those_of_infracost(pattern: Any, value: str, expected: bool) -> None:
    assert matches(pattern, value) is expected


@pytest.mark.parametrize("pattern", ["/(a+)+$/", "/(a|a)*$/", "/(a{1,9}){9}/", "/a*a*a*a*a*a*b/"])
def test_a_pattern_that_could_run_for_hours_fits_nothing_at_once(pattern: str) -> None:
    begin = time.monotonic()
    assert not matches(pattern, "a" * 60 + "!")
    assert time.monotonic() - begin < 1


@pytest.mark.parametrize(
    "broken",
    [
        {"query": "x"},
        {"query": QUERY, "variables": None},
        {"query": QUERY, "variables": {"productFilter": []}},
        {"query": QUERY, "variables": {"productFilter": {}, "priceFilter": ["x"]}},
        {"query": "no currency", "variables": {"productFilter": {}}},
        query(attributeFilters=[{"value": "x"}]),
        query(attributeFilters=["x"]),
        "text",
    ],
    ids=str,
)
def test_what_infracost_does_not_write_is_refused(broken: Any) -> None:
    with pytest.raises(Malformed):
        find((book(row()),), broken)


@pytest.mark.parametrize(
    ("asked", "expected"), [({"query": "", "variables": None}, True), (query(), False), ([], False)]
)
def test_the_query_that_tries_the_key_is_known(asked: Any, expected: bool) -> None:
    assert answers.is_probe(asked) is expected
