"""A vendor's release site that can misbehave, and installs of its one program `demo` (300 kB)."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import re
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infragate.adapters.tools import downloads
from infragate.adapters.tools.tool_store import Located, Places
from infragate.domain.programs import Program
from infragate.domain.tools_lock import platform_of
from infragate.usecases import tools_install
from infragate.usecases.tools_install import ToolsInstallRequest

ROOT = Path(__file__).parents[2]
BASIC = {"PATH": os.defpath, "HOME": os.environ.get("HOME", "/")}
DEMO = Program(
    version_command=("version",),
    version_pattern=re.compile("demo v([0-9.]+)"),
    sites=("http://127.0.0.1:", "https://releases.example.com/"),
    go_package=".",
)
OWN = Program(
    version_pattern=re.compile(r"demo v([0-9.]+)"),
    python_package="demo-tool",
    own_python=True,
    used_by="gate",
    minutes=2,
)
QUICK = downloads.Patience(attempts=3, first_wait=0.01, longest_wait=0.02, connect=2, read=2)


def program(version: str = "1.2.3") -> bytes:
    """A program of about 300 kB, so that a transfer can break in the middle."""
    padding = hashlib.shake_256(b"padding").hexdigest(150_000)
    return f"#!/bin/sh\necho demo v{version}\nexit 0\n{padding}\n".encode()


def zipped(content: bytes, member: str = "demo") -> bytes:
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as archive:
        archive.writestr("../evil", b"not wanted")
        archive.writestr(member, content)
    return box.getvalue()


@dataclass
class Vendor:
    """What the server does with each request, in turn; the last step stays."""

    body: bytes
    steps: list[Callable[[http.server.BaseHTTPRequestHandler, Vendor], None]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        step = (self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]) if self.steps else whole
        step(handler, self)


Handler = http.server.BaseHTTPRequestHandler


def send(handler: Handler, status: int, body: bytes, *, claim: int | None = None, **headers: str) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if claim is None else claim))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def whole(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body)


def dies_half_way(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body[: len(vendor.body) // 2], claim=len(vendor.body))
    handler.close_connection = True


def claims_two_gigabytes(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body, claim=2 << 30)
    handler.close_connection = True


def stalls(handler: Handler, vendor: Vendor) -> None:
    """Half of the file, then nothing until the client has gone."""
    send(handler, 200, vendor.body[: len(vendor.body) // 2], claim=len(vendor.body))
    handler.wfile.flush()
    handler.rfile.read()
    handler.close_connection = True


def truncated(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body[:-100])


def tampered(handler: Handler, vendor: Vendor) -> None:
    send(handler, 200, vendor.body[:-1] + b"!")


def broken(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 500, b"oops")


def missing(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 404, b"no such file")


def redirect(handler: Handler, _vendor: Vendor) -> None:
    send(handler, 302, b"", Location="/elsewhere/demo.zip")


@contextmanager
def serving() -> Iterator[Vendor]:
    """A vendor's site on the loopback that holds one release of `demo`."""
    vendor = Vendor(body=zipped(program()))

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            vendor.answer(self)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lock_text(vendor: Vendor, *, extra: str = "", archive: str = "zip", sha256: str | None = None) -> str:
    digest = sha256 or hashlib.sha256(vendor.body).hexdigest()
    return f"""\
schema_version = 1

[tools.demo]
version = "1.2.3"
accepts = ">=1.2,<2"
url = "{vendor.url}/demo/{{version}}/demo_{{version}}_{{os}}_{{arch}}.{archive}"
archive = "{archive}"
{extra}
[tools.demo.sha256]
linux_amd64 = "{digest}"

[tools.demo.confirmed_by]
linux_amd64 = ["one", "two"]
"""


def lock_file(folder: Path, text: str) -> Path:
    path = folder / "policy" / "tools.lock"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


@dataclass(frozen=True)
class Installer:
    """Installs `demo` into a folder of a test; keywords change the request or the lock."""

    folder: Path
    vendor: Vendor
    demo: Program = DEMO
    environment: Mapping[str, str] = field(default_factory=lambda: BASIC)

    def request(
        self,
        *,
        path: str = "",
        mirror: str | None = None,
        machine: str = "x86_64",
        text: str | None = None,
        check: bool = False,
        platform: str | None = None,
    ) -> ToolsInstallRequest:
        pins = lock_file(self.folder, text or lock_text(self.vendor))
        places = Places(
            cache=self.folder / "cache",
            search_path=path,
            platform=platform_of("Linux", machine),
            mirror=mirror,
            sources=pins.parent,
            environment=self.environment,
        )
        programs = {"demo": self.demo}
        return ToolsInstallRequest(lock_file=pins, places=places, platform=platform, check=check, programs=programs)

    def __call__(self, *, said: list[str] | None = None, **words: Any) -> Located:
        lines = said if said is not None else []
        request = self.request(**words)
        return tools_install.run(request, progress=lambda line: lines.append(str(line)), patience=QUICK).tools[0]


def leftovers(tmp_path: Path) -> list[str]:
    """What an install left besides programs and lock files."""
    found = (tmp_path / "cache").rglob("*")
    return sorted(
        path.name
        for path in found
        if path.is_file() and path.name not in {"demo", "manifest.json"} and path.suffix != ".lock"
    )


def executable(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path
