"""The price books of the trusted policy, and the pricing service that answers Infracost from them.

The only module that knows the service (src/price_server).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from infragate.adapters.local import files, schemas, strict_yaml
from infragate.domain.errors import BadInput, ToolFailed
from price_server import book, server
from price_server.book import PriceBook
from price_server.server import PriceService

FOLDER = Path("policy") / "prices"
SERVICE, AGAIN = "the price service of this run", "run it again"
Answer = TypeVar("Answer")


def load(policy: Path) -> tuple[PriceBook, ...]:
    """All price books below a policy root; none if there is no folder for them.

    Raises:
        BadInput: a book cannot be read, is no YAML, does not fit its schema, or contradicts itself; with file and line.
    """
    return tuple(_read(policy, path) for path in sorted((policy / FOLDER).glob("*.yaml")))


@contextmanager
def serving(books: tuple[PriceBook, ...]) -> Iterator[PriceService]:
    """A pricing service with these books, as long as the block lasts.

    Raises:
        ToolFailed: it cannot listen, or does not answer at the end of the block as it did at its start.
    """
    with ExitStack() as opened:
        service = _working(lambda: opened.enter_context(server.serving(books)))
        before = _working(lambda: server.probe(service.url))
        yield service
        if _working(lambda: server.probe(service.url)) != before or before != service.health:
            raise ToolFailed("the price service does not answer as it should", where=SERVICE, fix=AGAIN)


def _working(ask: Callable[[], Answer]) -> Answer:
    try:
        return ask()
    except OSError as error:
        raise ToolFailed(f"the price service failed: {error.strerror or error}", where=SERVICE, fix=AGAIN) from error


def _read(policy: Path, path: Path) -> PriceBook:
    name = f"{FOLDER.as_posix()}/{path.name}"
    trusted = files.unlinked(policy, name)
    document, line_of = strict_yaml.read(trusted, name)
    schemas.check(document, "prices", lambda keys: f"{name}:{line_of(keys)}")
    for keys, complaint in _contradictions(document, path.stem):
        raise BadInput(complaint, where=f"{name}:{line_of(keys)}", fix="correct that line")
    return book.parse(document, digest=files.sha256(trusted))


def _contradictions(document: Any, stem: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """What the schema cannot say, with the place."""
    if document["region"] != stem:
        yield ("region",), f"the book of {document['region']} has the name of another region"
    seen: set[str] = set()
    for number, row in enumerate(document["rows"]):
        place = ("rows", str(number))
        if row["id"] in seen:
            yield place, f"the id {row['id']!r} is repeated"
        if missing := sorted(set(row["source"]) - set(document["sources"])):
            yield place, f"{row['id']}: no such source: {', '.join(missing)}"
        seen.add(row["id"])
