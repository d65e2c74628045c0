"""The HTTP side: a thread of this process that listens on the loopback address for as long as one run needs it."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from price_server import answers
from price_server.book import PriceBook, PriceRow

HOST = "127.0.0.1"
LARGEST_BODY = 16 * 2**20  # bytes; a thousand queries, the most that Infracost sends at once, are about one MiB
MOST_QUERIES = 1000
PATIENCE = 30.0  # seconds for a client that stops in the middle of a request


@dataclass(kw_only=True)
class PriceService:
    """What a running service has answered.

    Attributes:
        misses: the queries that no price fits, each once.
        used: the prices that were handed out, by id and region.
    """

    books: tuple[PriceBook, ...]
    port: int = 0
    misses: list[dict[str, Any]] = field(default_factory=list)
    used: dict[tuple[str, str], PriceRow] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.port}"

    @property
    def health(self) -> dict[str, Any]:
        """The number of prices, and where they are from."""
        return {
            "rows": sum(len(book.rows) for book in self.books),
            "sha256": {book.region: book.digest for book in self.books},
        }

    def answer(self, queries: Any) -> list[dict[str, Any]]:
        """The answers to a list of queries, in its order.

        Raises:
            Malformed: it is no such list.
        """
        if not isinstance(queries, list) or len(queries) > MOST_QUERIES:
            raise answers.Malformed(f"not a list of at most {MOST_QUERIES} queries")
        return [self._one(query) for query in queries]

    def _one(self, query: Any) -> dict[str, Any]:
        if answers.is_probe(query):
            return {"data": {}}
        currency, rows = answers.find(self.books, query)
        region = query["variables"]["productFilter"].get("region", "")
        with self.lock:
            self.used.update({(region, row.id): row for row in rows})
            asked = {**query["variables"], "currency": currency}
            if not rows and asked not in self.misses:
                self.misses.append(asked)
        return answers.document(currency, rows)


def probe(url: str) -> Any:
    """What a running service says of its health.

    Raises:
        OSError: there is no answer, or none that it gives.
    """
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)
    try:
        connection.request("GET", "/healthz")
        return json.loads(connection.getresponse().read(LARGEST_BODY))
    except (http.client.HTTPException, ValueError) as wrong:
        raise OSError(str(wrong)) from wrong
    finally:
        connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    server: _Server

    def do_GET(self) -> None:
        service = self.server.service
        pages = {"/healthz": service.health, "/misses": service.misses}
        if self.path in pages:
            self._send(200, pages[self.path])
        else:
            self._send(404, {"error": "no such page"})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal():
            self._refuse(411, "no Content-Length")
        elif int(length) > LARGEST_BODY:
            self._refuse(413, f"more than {LARGEST_BODY} bytes")
        elif self.path == "/event":  # Infracost's usage report to its vendor: it is dropped
            self.rfile.read(int(length))
            self._send(200, {})
        elif self.path != "/graphql":
            self._refuse(404, "no such page")
        else:
            self._prices(self.rfile.read(int(length)))

    def _prices(self, body: bytes) -> None:
        try:
            self._send(200, self.server.service.answer(json.loads(body)))
        except (ValueError, RecursionError, answers.Malformed) as wrong:
            self._send(400, {"error": str(wrong)[:200]})

    def _refuse(self, status: int, why: str) -> None:
        """Answer without having read the body: the connection cannot be used again."""
        self.close_connection = True
        self._send(status, {"error": why})

    def _send(self, status: int, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Say nothing: the screen belongs to the caller."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, service: PriceService) -> None:
        super().__init__((HOST, 0), _Handler)
        self.service = service

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that went away."""


@contextmanager
def serving(books: Sequence[PriceBook]) -> Iterator[PriceService]:
    """A service for as long as the block lasts, on a free port of the loopback address.

    Raises:
        OSError: there is no free port.
    """
    service = PriceService(books=tuple(books))
    server = _Server(service)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
