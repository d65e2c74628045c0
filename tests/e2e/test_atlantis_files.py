"""The rendered rules of the server, read by the real one: a bad file ends it at the start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infragate.adapters.tools import tool_store
from infragate.domain.front_doors.atlantis_files import SERVER_FILE
from infragate.usecases import tools_install

ROOT = Path(__file__).parents[2]
SECONDS = 60.0


@pytest.fixture(scope="module")
def program() -> Path:
    """The server, built at its first use: about two minutes."""
    tools_install.ensure(("atlantis", "terraform"), ROOT, say=lambda _line: None)
    return tool_store.program("atlantis", ROOT).path


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


@contextmanager
def started(program: Path, rules: Path, folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    terraform = tool_store.program("terraform", ROOT).path.parent
    environment = {
        "PATH": f"{terraform}{os.pathsep}{os.defpath}",
        "HOME": str(folder),
        "CHECKPOINT_DISABLE": "1",
        "ATLANTIS_GH_TOKEN": "token",
        "ATLANTIS_GH_WEBHOOK_SECRET": "s3cr3t",
    }
    flags = (
        f"server --port {port} --data-dir {folder / 'data'} --atlantis-url http://127.0.0.1:{port} --gh-hostname "
        f"127.0.0.1:9 --gh-user bot --repo-allowlist github.com/acme/fileflow --repo-config {rules} --tf-download=false "
        "--checkout-strategy merge"
    ).split()
    command = [str(program), *flags]
    output = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, text=True
    ) as server:
        try:
            yield server
        finally:
            if server.poll() is None:
                server.kill()


def is_healthy(server: subprocess.Popen[str], port: int) -> bool:
    deadline = time.monotonic() + SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.05)
    return False


def test_the_server_takes_the_rendered_rules(program: Path, tmp_path: Path) -> None:
    port = free_port()
    with started(program, ROOT / SERVER_FILE, tmp_path, port) as server:
        assert is_healthy(server, port)
        server.send_signal(signal.SIGTERM)
        assert server.wait(SECONDS) == 0


def test_a_mistyped_requirement_ends_the_server_at_its_start(program: Path, tmp_path: Path) -> None:
    rules = tmp_path / "repos.yaml"
    rules.write_text((ROOT / SERVER_FILE).read_text().replace("apply_requirements", "aply_requirements"))
    with started(program, rules, tmp_path, port := free_port()) as server:
        assert not is_healthy(server, port)
        assert (server.wait(SECONDS), "aply_requirements not found" in server.communicate()[0]) == (1, True)
