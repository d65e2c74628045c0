"""The https server: who asks, which fault hits, what is answered."""

from __future__ import annotations

import base64
import http.server
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import jwt

from github_emulator import certificates, https, routes
from github_emulator.answers import Answer, Request
from github_emulator.faults import Fault
from github_emulator.github import TOKEN, GitHub
from github_emulator.model import Account, App, Seen

_PREFIXES = ("/api/v3", "/api")  # of a GitHub Enterprise Server; the second before /graphql


@contextmanager
def serving(*, port: int = 0) -> Iterator[GitHub]:
    """A server on loopback while the block runs; clients trust it by `certificates.loopback().authority`."""
    github = GitHub()
    with https.serving(_Server(("127.0.0.1", port), _handler(github))) as address:
        github.url = address
        yield github


def client_environment(github: GitHub) -> dict[str, str]:
    """The variables by which a program is a client of it."""
    authority = str(certificates.loopback().authority)
    return {
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": TOKEN,
        "REQUESTS_CA_BUNDLE": authority,
        "SSL_CERT_FILE": authority,
    }


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # connections that clients keep open would never end
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, or does not trust us, is part of the tests."""


def _handler(github: GitHub) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def serve(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with github.changed:
                fault = github.fault(self.command, self.path, _secret(self)) or Fault()
            time.sleep(fault.delay)
            answer = _answer(github, self, content, fault)
            github.seen.append(Seen(method=self.command, path=self.path, status=answer.status if answer else None))
            if answer is None:
                self.close_connection = True
                return
            data = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if answer.status != 204:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.serve)
    return Handler


def _answer(github: GitHub, handler: http.server.BaseHTTPRequestHandler, content: bytes, fault: Fault) -> Answer | None:
    """None: the connection is cut."""
    account = _account(github, _secret(handler))
    if account is None:
        return Answer(401, {"message": "Bad credentials"})
    answer: Answer | None = None
    if fault.took_effect or not fault.replaces_answer:
        path = next((handler.path.removeprefix(one) for one in _PREFIXES if handler.path.startswith(one)), handler.path)
        body = json.loads(content) if content else {}
        with github.changed:
            answer = routes.answer(github, Request(method=handler.command, path=path, body=body, account=account))
    if fault.cut:
        return None
    if fault.status is not None:
        return Answer(fault.status, {"message": fault.message} if fault.body is None else fault.body, fault.headers)
    return answer


def _secret(handler: http.server.BaseHTTPRequestHandler) -> str:
    """The token of a request: after `token` or `Bearer`, or the password of `Basic`."""
    kind, _, secret = (handler.headers.get("Authorization") or "").partition(" ")
    return base64.b64decode(secret).decode().partition(":")[2] if kind.lower() == "basic" else secret


def _account(github: GitHub, secret: str) -> Account | None:
    if secret.count(".") == 2 and github.app is not None:
        return _of_app(github.app, secret)
    return github.accounts.get(secret)


def _of_app(app: App, signed: str) -> Account | None:
    try:
        claims = jwt.decode(signed, app.public_key, algorithms=["RS256"])
    except jwt.InvalidTokenError:
        return None
    is_own = str(claims["iss"]) == str(app.id) and claims["exp"] - time.time() <= 600
    return Account(login=f"app {app.id}", permissions={}) if is_own else None
