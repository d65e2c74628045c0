"""Requests and answers of the API, and lists in pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from github_emulator.model import Account, Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    method: str
    path: str  # without the prefix of the API, with the query
    body: Document
    account: Account
    names: dict[str, str] = field(default_factory=dict)  # what the route's braces matched

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    @property
    def repository(self) -> str:
        return self.names["repository"]

    @property
    def number(self) -> int:
        return int(self.names["number"])


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


NOT_FOUND = Answer(404, {"message": "Not Found"})


def invalid(message: str) -> Answer:
    return Answer(422, {"message": f"Validation Failed: {message}"})


def page(rows: list[Document], request: Request, address: str, *, most: int) -> Answer:
    """One page, with the addresses of others in the header `Link`, as GitHub writes it."""
    query = request.query
    size, number = min(int(query.get("per_page", 30)), most), int(query.get("page", 1))
    last = max((len(rows) - 1) // size + 1, 1)
    places = {"next": number + 1, "last": last} if number < last else {"prev": number - 1, "first": 1}
    at = address + urlsplit(request.path).path
    link = ", ".join(
        f'<{at}?{urlencode({**query, "per_page": size, "page": place})}>; rel="{name}"'
        for name, place in places.items()
        if place
    )
    return Answer(200, rows[(number - 1) * size : number * size], {"Link": link} if link else {})
