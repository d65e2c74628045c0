"""The price books of the trusted policy, and the pricing service that answers Infracost from them.

The only module that knows the service (src/price_server).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infragate.adapters.local import files, schemas, strict_yaml
from infragate.domain.errors import BadInput, ToolFailed
from price_server import book, server
from price_server.book import PriceBook
from price_server.server import PriceService

FOLDER = Path("policy") / "prices"


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
    where = "the price service of this run"
    try:
        with server.serving(books) as service:
            before = server.probe(service.url)
            yield service
            if before != service.health or server.probe(service.url) != before:
                raise ToolFailed("the price service does not answer as it should", where=where, fix="run it again")
    except OSError as error:
        raise ToolFailed(
            f"the price service failed: {error.strerror or error}", where=where, fix="run it again"
        ) from error


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
