"""The runner's address for tokens of a job, by which GitHub vouches for it to a cloud (https, with the same CA)."""

from __future__ import annotations

import http.server
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from github_emulator import certificates, https

KEY = "key-of-the-runner-0123456789"


@dataclass(kw_only=True)
class JobTokens:
    """What the running server answers, and what it was asked.

    Attributes:
        answers: (status, body) of the next requests; the last one stays.
        audiences: of the requests with the right key.
    """

    answers: list[tuple[int, str]]
    url: str = ""
    audiences: list[str] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """Those of a job with `permissions: id-token: write`."""
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": self.url,
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": KEY,
            "REQUESTS_CA_BUNDLE": str(certificates.loopback().authority),
        }


@contextmanager
def serving(*answers: tuple[int, str]) -> Iterator[JobTokens]:
    """A server on loopback while the block runs."""
    tokens = JobTokens(answers=list(answers))
    with https.serving(http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(tokens))) as address:
        tokens.url = f"{address}/idtoken/1/2?api-version=2.0"
        yield tokens


def granted(token: str) -> tuple[int, str]:
    """The answer of GitHub."""
    return 200, json.dumps({"count": 1, "value": token})


def _handler(tokens: JobTokens) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            status, body = tokens.answers.pop(0) if len(tokens.answers) > 1 else tokens.answers[0]
            if self.headers.get("Authorization") != f"Bearer {KEY}":
                status, body = 401, "{}"
            else:
                tokens.audiences += parse_qs(urlsplit(self.path).query).get("audience", [])
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            if status in (301, 302):
                self.send_header("Location", "https://127.0.0.1:1/elsewhere")
            self.end_headers()
            self.wfile.write(data)

    return Handler
