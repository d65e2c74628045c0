"""What is taken for our emulator, and what is not; no emulator is started here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from infragate.domain.errors import BadInput, ToolFailed
from infragate.sandbox import control, emulator_process
from infragate.sandbox.state_folder import StateFolder


class Answers(BaseHTTPRequestHandler):
    """A web server that says whatever the test wants."""

    body: bytes = b""
    status: int = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    do_POST = do_GET  # noqa: N815 - http.server's name

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    found = HTTPServer(("127.0.0.1", 0), type("Handler", (Answers,), {}))
    thread = threading.Thread(target=found.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def say(server: HTTPServer, body: bytes, status: int = 200) -> int:
    server.RequestHandlerClass.body, server.RequestHandlerClass.status = body, status  # type: ignore[attr-defined]
    return int(server.server_address[1])


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    made = StateFolder.of(tmp_path)
    made.prepare()
    return made


def test_the_health_is_read(server: HTTPServer) -> None:
    document = {"status": "ok", "pid": 7, "label": "1.0", "enforcement": "on", "unjudged": ["b:C", "a:B"]}
    port = say(server, json.dumps(document).encode())
    assert control.health(port) == control.Health(
        pid=7, port=port, version="1.0", enforcement=True, unjudged=("a:B", "b:C")
    )


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"pid": "x"}', b'{"pid": null}', b"\xff"])
def test_another_web_server_is_not_healthy(server: HTTPServer, body: bytes) -> None:
    assert control.health(say(server, body)) is None


def test_an_order_that_is_refused_is_an_error(server: HTTPServer) -> None:
    with pytest.raises(ToolFailed) as failed:
        control.save(say(server, b"no space", 507))
    assert "507 no space" in failed.value.message


def test_an_order_that_nobody_hears_is_an_error() -> None:
    with pytest.raises(ToolFailed):
        control.set_enforcement(1, "on")


def test_a_process_that_merely_has_the_number_is_not_ours(folder: StateFolder, server: HTTPServer) -> None:
    # Our own pid stands in the record, and an emulator of somebody else answers on the port.
    port = say(server, json.dumps({"pid": 1, "label": "1", "enforcement": "on"}).encode())
    folder.record_process(os.getpid(), port)
    assert emulator_process.running(folder) is None
    assert not emulator_process.is_ours(os.getpid(), folder)


def test_a_process_that_merely_has_the_number_is_left_alone(folder: StateFolder) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        folder.record_process(other.pid, 1)
        assert not emulator_process.stop(folder)
        assert other.poll() is None
        assert folder.pid is None
    finally:
        other.kill()
        other.wait()


def test_an_emulator_of_another_checkout_is_not_ours(folder: StateFolder) -> None:
    code = "print('up', flush=True); import time; time.sleep(60)"
    other, mine = (
        subprocess.Popen(
            [sys.executable, "-c", code, emulator_process.PROGRAM, "--snapshot", snapshot], stdout=subprocess.PIPE
        )
        for snapshot in ("/elsewhere/snapshot", str(folder.snapshot))
    )
    try:
        for one in (other, mine):
            assert one.stdout is not None
            one.stdout.readline()  # a process has no command line for a moment
        assert not emulator_process.is_ours(other.pid, folder)
        assert emulator_process.is_ours(mine.pid, folder)
    finally:
        for one in (other, mine):
            one.kill()
            one.communicate()


def test_missing_packages_are_named_with_the_command_that_installs_them() -> None:
    with pytest.raises(BadInput) as refused:
        emulator_process.require_packages(("json", "no_such_package"))
    assert "no_such_package" in refused.value.message
    assert "json" not in refused.value.message
    assert refused.value.fix == "pip install 'infragate[sandbox]'"
