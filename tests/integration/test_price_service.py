"""The price service over its socket, and the price books of this repository."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from infragate.adapters.scanners import price_books
from infragate.domain.errors import BadInput, ToolFailed
from price_server import server
from price_server.server import PriceService

REPOSITORY = Path(__file__).parents[2]
QUERY = "query { products(filter: $productFilter) { prices(filter: $priceFilter) { priceHash USD } } }"


@pytest.fixture(scope="module")
def service() -> Iterator[PriceService]:
    with price_books.serving(price_books.load(REPOSITORY)) as running:
        yield running


def ask(service: PriceService, method: str, page: str, body: bytes | None = None, **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    try:
        connection.request(method, page, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def asked(**attributes: str) -> dict[str, Any]:
    filters = [{"key": key, "value": value} for key, value in attributes.items()]
    product = {"vendorName": "aws", "service": "AmazonRDS", "region": "ap-northeast-2", "attributeFilters": filters}
    return {"query": QUERY, "variables": {"productFilter": product, "priceFilter": None}}


def post(service: PriceService, *queries: Any) -> tuple[int, Any]:
    return ask(service, "POST", "/graphql", json.dumps(queries).encode())


def test_it_answers_in_the_order_of_the_queries(service: PriceService) -> None:
    small = {"instanceType": "db.t4g.small", "databaseEngine": "PostgreSQL"}
    status, answers = post(
        service,
        asked(deploymentOption="Multi-AZ", **small),
        {"query": "", "variables": None},
        asked(deploymentOption="none", **small),
        asked(deploymentOption="Single-AZ", **small),
    )
    prices = [answer["data"].get("products") for answer in answers]
    assert status == 200
    assert prices == [
        [{"prices": [{"priceHash": "rds-pg-t4g-small-multi", "USD": "0.102"}]}],
        None,
        [],
        [{"prices": [{"priceHash": "rds-pg-t4g-small-single", "USD": "0.051"}]}],
    ]


def test_it_says_what_nothing_fitted_and_what_it_handed_out(service: PriceService) -> None:
    post(service, asked(instanceType="db.none"), asked(instanceType="db.none"), asked(usagetype="APN2-RDS:GP2-Storage"))
    status, misses = ask(service, "GET", "/misses")
    wanted = [miss for miss in misses if "db.none" in json.dumps(miss)]
    assert (status, len(wanted)) == (200, 1)
    assert ("ap-northeast-2", "rds-gp2-single") in service.used


def test_its_health_names_the_books(service: PriceService) -> None:
    status, health = ask(service, "GET", "/healthz")
    assert (status, health) == (200, service.health)
    assert health["sha256"].keys() == {"ap-northeast-2", "global", "us-east-1"}
    assert health["rows"] > 100


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"{}", b"[1]", b"\xff", b"[" * 100_000], ids=lambda body: body[:8]
)
def test_what_is_no_list_of_queries_is_a_bad_request(service: PriceService, body: bytes) -> None:
    assert ask(service, "POST", "/graphql", body)[0] == 400


def test_too_many_queries_are_a_bad_request(service: PriceService) -> None:
    assert post(service, *([{"query": ""}] * 1001))[0] == 400
    assert post(service, *([{"query": ""}] * 1000))[0] == 200


@pytest.mark.parametrize(
    ("method", "page", "length", "expected"),
    [
        ("POST", "/graphql", str(server.LARGEST_BODY + 1), 413),
        ("POST", "/graphql", "-1", 411),
        ("POST", "/elsewhere", "0", 404),
        ("GET", "/elsewhere", "0", 404),
    ],
)
def test_other_requests_are_refused(service: PriceService, method: str, page: str, length: str, expected: int) -> None:
    assert ask(service, method, page, None, **{"Content-Length": length})[0] == expected


def test_telemetry_ends_here(service: PriceService) -> None:
    assert ask(service, "POST", "/event", b'{"event": "infracost-run"}') == (200, {})


def test_a_client_that_goes_away_does_not_end_it(service: PriceService) -> None:
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /graphql HTTP/1.1\r\nContent-Length: 100\r\n\r\n[")
    assert ask(service, "GET", "/healthz")[0] == 200


def test_it_listens_on_the_loopback_address_only_and_not_after_the_run() -> None:
    with server.serving(()) as running:
        host, port = server.HOST, running.port
        assert host == "127.0.0.1"
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, port), timeout=5)


def test_a_service_that_answers_differently_at_the_end_is_a_failure() -> None:
    with pytest.raises(ToolFailed, match="price service"), price_books.serving(()) as running:
        running.books = price_books.load(REPOSITORY)


def test_the_books_of_this_repository_fit_their_schema_and_name_their_sources() -> None:
    books = price_books.load(REPOSITORY)
    assert [book.region for book in books] == ["ap-northeast-2", "global", "us-east-1"]
    for row in (row for book in books for row in book.rows):
        assert Decimal(row.price) > 0
        assert date(2026, 1, 1) <= row.as_of <= date(2026, 12, 31)


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("price: 0.50", 'price: "0.50"', "0.5 is not of type 'string'"),
        ('price: "free"', 'price: "0.50"', "is not a price such as"),
        ("source: [nowhere]", "source: [list_1005, page_1009]", "no such source: nowhere"),
        ("region: us-east-1", "region: global", "another region"),
        ('as_of: "yesterday"', 'as_of: "2026-10-05"', "is not a day such as"),
        ("units: HostedZone", "unit: HostedZone", "unknown key 'units'"),
    ],
)
def test_a_mistake_in_a_book_is_named_with_its_line(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    folder = tmp_path / "policy" / "prices"
    folder.mkdir(parents=True)
    text = (REPOSITORY / "policy" / "prices" / "global.yaml").read_text()
    assert right in text
    (folder / "global.yaml").write_text(text.replace(right, wrong, 1))
    with pytest.raises(BadInput, match=message) as refused:
        price_books.load(tmp_path)
    assert (refused.value.where or "").startswith("policy/prices/global.yaml:")


def test_an_id_that_is_used_twice_is_refused(tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "policy" / "prices", tmp_path / "policy" / "prices")
    path = tmp_path / "policy" / "prices" / "global.yaml"
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    with pytest.raises(BadInput, match="the id 'route53-zone' is repeated"):
        price_books.load(tmp_path)


def test_without_books_there_are_no_prices(tmp_path: Path) -> None:
    assert price_books.load(tmp_path) == ()
