"""The WSGI application: the emulator's own addresses, then the guard, then moto.

One lock is held from the authorization to moto's answer. moto checks and writes without a lock (two clients could both
get a state lock), and a request must be executed in the state in which it was authorized. Python runs one thread at a
time anyway.

``GET /emulator/health``, ``GET /emulator/calls?since=N``, ``POST /emulator/enforcement`` (body ``on`` or ``off``),
``POST /emulator/snapshot``. All but ``health`` need the header ``X-Emulator-Token`` with ``control_token`` of the key: a
program that only knows the port cannot switch enforcement off.
"""

from __future__ import annotations

import hmac
import io
import json
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from aws_emulator import guard, snapshot, snapshot_file
from aws_emulator.denials import Answer
from aws_emulator.records import Records
from aws_emulator.retries import Retries

_PREFIX = "/emulator/"
_JSON = (("Content-Type", "application/json"),)
# moto's own back doors: state reset, recorder, and credentials of an instance that nobody runs.
_CLOSED = ("/moto-api", "/latest/")


def control_token(key: bytes) -> str:
    """What the header of a control request must hold."""
    return hmac.digest(key, b"control", "sha256").hex()


class Application:
    """``enforcement`` False allows every request, in the account of its access key if that is known.

    ``label`` is returned by ``health``: the starting program recognises its own release by it.
    """

    def __init__(self, snapshot_path: Path, *, enforcement: bool, label: str, key: bytes) -> None:
        self.enforcement = enforcement
        self._label = label
        self.records = Records()
        self._retries = Retries()
        self._snapshot_path, self._key = snapshot_path, key
        self._lock = threading.RLock()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._own: dict[tuple[str, str], Callable[[dict[str, Any], bytes], Answer]] = {
            ("GET", _PREFIX + "health"): self._health,
            ("GET", _PREFIX + "calls"): self._calls,
            ("POST", _PREFIX + "enforcement"): self._switch,
            ("POST", _PREFIX + "snapshot"): self._save,
        }

    def save(self) -> None:
        with self._lock:
            snapshot_file.write(self._snapshot_path, snapshot.collect(), key=self._key)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = _take_body(environ)
        answer = self._answer(environ, body)
        if answer is not None:
            return _respond(answer, environ, start_response)
        with self._lock:
            refused = guard.check(environ, body, self.records) if self.enforcement else None
            if refused is not None:
                return _respond(refused, environ, start_response)
            return self._retries.once(self._moto, environ, start_response)

    def _answer(self, environ: dict[str, Any], body: bytes) -> Answer | None:
        """The emulator's own answer; None for a request to AWS."""
        path = environ.get("PATH_INFO", "")
        if path.startswith(_CLOSED) or path == "/favicon.ico":
            return _json(404, {"error": "not served"})
        if environ.get("HTTP_AUTHORIZATION") or not path.startswith(_PREFIX):
            return None
        own = self._own.get((environ["REQUEST_METHOD"], path))
        if own is None:
            return _json(404, {"error": f"no such address: {path}"})
        if own != self._health and not self._has_token(environ):
            return _json(403, {"error": "this address needs the emulator's token"})
        return own(environ, body)

    def _has_token(self, environ: dict[str, Any]) -> bool:
        given = environ.get("HTTP_X_EMULATOR_TOKEN", "").encode("utf-8", "replace")
        return hmac.compare_digest(given, control_token(self._key).encode())

    def _health(self, _: dict[str, Any], __: bytes) -> Answer:
        return _json(
            200,
            {
                "status": "ok",
                "pid": os.getpid(),
                "label": self._label,
                "enforcement": "on" if self.enforcement else "off",
                "unjudged": self.records.unjudged(),
            },
        )

    def _calls(self, environ: dict[str, Any], _: bytes) -> Answer:
        since = parse_qs(environ.get("QUERY_STRING", "")).get("since", ["0"])[-1]
        if not since.isdecimal():
            return _json(400, {"error": "since must be a number"})
        return _json(200, self.records.since(int(since)))

    def _switch(self, environ: dict[str, Any], body: bytes) -> Answer:
        state = body.decode("utf-8", "replace").strip()
        if state not in ("on", "off"):
            return _json(400, {"error": "the body must be on or off"})
        with self._lock:
            self.enforcement = state == "on"
        return self._health(environ, b"")

    def _save(self, _: dict[str, Any], __: bytes) -> Answer:
        self.save()
        return _json(200, {"snapshot": str(self._snapshot_path), "bytes": self._snapshot_path.stat().st_size})


def _take_body(environ: dict[str, Any]) -> bytes:
    """Read the whole body, and replace the stream for moto with its real length."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if length:
        body: bytes = stream.read(int(length))
    else:
        body = stream.read() if environ.get("wsgi.input_terminated") else b""
        environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input"] = io.BytesIO(body)
    if body or length:
        environ["CONTENT_LENGTH"] = str(len(body))
    return body


def _json(status: int, document: dict[str, Any]) -> Answer:
    return Answer(status=status, headers=_JSON, body=json.dumps(document).encode())


def _respond(answer: Answer, environ: dict[str, Any], start_response: Any) -> list[bytes]:
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    start_response(f"{answer.status} {'OK' if answer.status == 200 else 'Refused'}", headers)
    return [b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body]
