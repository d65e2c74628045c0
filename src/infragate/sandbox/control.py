"""Client of the emulator's control address: health, IAM enforcement on or off, snapshot. Loopback only."""

from __future__ import annotations

import hmac
import http.client
import json
from dataclasses import dataclass
from typing import Literal

from infragate.adapters.local import user_keys
from infragate.domain.cloud import Cloud
from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed

HOST = "127.0.0.1"
KEY = "emulator"  # the name of the key that it is started with


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The health report of a running emulator.

    Attributes:
        pid: its process id, to recognise the process that was started.
        version: of the infragate that started it.
        enforcement: True if IAM is enforced.
        unjudged: actions that it denied because it cannot evaluate them.
    """

    pid: int
    port: int
    version: str
    enforcement: bool
    unjudged: tuple[str, ...]

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def cloud(self) -> Cloud:
        """The emulator as a Cloud without caller and variables, for seeding."""
        return Cloud(name="sandbox", endpoint=self.endpoint)


def health(port: int) -> Health | None:
    """The health of the emulator on a port; None if no emulator answers."""
    try:
        status, body = _call(port, "GET", "/emulator/health", timeout=5.0)
        document = json.loads(body) if status == 200 else None
        if not isinstance(document, dict):
            return None
        return Health(
            pid=int(document["pid"]),
            port=port,
            version=str(document.get("label", "")),
            enforcement=document.get("enforcement") in (True, "on"),
            unjudged=tuple(sorted(str(action) for action in document.get("unjudged") or ())),
        )
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None


def set_enforcement(port: int, state: Literal["on", "off"]) -> None:
    """Switch IAM enforcement; raises as `_post`."""
    _post(port, "/emulator/enforcement", state)


def save(port: int) -> None:
    """Write the snapshot now; raises as `_post`."""
    _post(port, "/emulator/snapshot", "")


def _post(port: int, path: str, body: str) -> None:
    """Send an order to the emulator.

    Raises:
        BadInput: the key of the control address cannot be read.
        ToolFailed: it does not answer, or refuses.
    """
    try:
        status, answer = _call(port, "POST", path, body=body, timeout=60.0, token=_token())
    except (OSError, http.client.HTTPException) as error:
        raise ToolFailed(
            f"the emulator does not answer: {error}", where=f"http://{HOST}:{port}{path}", fix=Command("sandbox-status")
        ) from error
    if not 200 <= status < 300:
        raise ToolFailed(
            f"the emulator refused {path}: {status} {answer.decode('utf-8', 'replace').strip()[:200]}",
            where=f"http://{HOST}:{port}{path}",
            fix=(Command("sandbox-down", ("--wipe",)), ", then run it again"),
        )


def _token() -> str:
    """The token of control requests (aws_emulator/application.py)."""
    return hmac.digest(user_keys.read(KEY), b"control", "sha256").hex()


def _call(port: int, method: str, path: str, *, body: str = "", timeout: float, token: str = "") -> tuple[int, bytes]:
    """http.client uses no proxy and follows no redirect: the call cannot leave this machine."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        headers = {"Content-Type": "text/plain", **({"X-Emulator-Token": token} if token else {})}
        connection.request(method, path, body=body.encode(), headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
