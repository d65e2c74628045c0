"""Servers of modules on this machine that refuse or break off, and an `ssh` that says what OpenSSH says."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOST = "fatal: Could not read from remote repository."
SSH = r"""#!/bin/sh
case "$*" in
  *denied.example*) printf 'git@denied.example: Permission denied (publickey).\r\n' >&2 ;;
  *unknown-key.example*) printf 'Host key verification failed.\r\n' >&2 ;;
  *changed-key.example*)
    printf '@  WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!  @\r\nHost key verification failed.\r\n' >&2 ;;
  *gone.example*) printf 'ERROR: Repository not found.\n' >&2 ; exit 1 ;;
  *closed.example*) printf 'kex_exchange_identification: Connection closed by remote host\r\n' >&2 ;;
  *) printf 'ssh: Could not resolve hostname nowhere.example: Name or service not known\r\n' >&2 ;;
esac
exit 255
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Addresses of the servers, and a repository on this disk.

    Attributes:
        http, https: answer with the status that is the first part of the path, or close the connection.
        git: breaks off in mid-transfer.
        closed: nobody listens there.
        programs: a folder for PATH, with the stand-in for `ssh`.
        commit: of the repository's tag v1.0.0.
    """

    http: str
    https: str
    git: str
    closed: str
    programs: Path
    repository: Path
    commit: str


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status = self.path.split("/")[1]
        if status == "closed":
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        self.send_response(int(status))
        if status == "401":
            self.send_header("WWW-Authenticate", 'Basic realm="modules"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own word
        """Say nothing."""


class _Cut(socketserver.BaseRequestHandler):
    """The git protocol up to the first bytes of the pack."""

    repository: Path

    def handle(self) -> None:
        size = int(self.request.recv(4), 16)
        self.request.recv(size - 4)
        server = subprocess.Popen(
            ["git", "upload-pack", str(self.repository)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        assert server.stdin is not None and server.stdout is not None
        self.request.settimeout(10)
        refs = b""
        while not refs.endswith(b"0000"):
            refs += os.read(server.stdout.fileno(), 65536)
        self.request.sendall(refs)
        with suppress(OSError):
            while data := self.request.recv(65536):
                server.stdin.write(data)
                if b"done" in data:
                    break
        server.stdin.close()
        answer = server.stdout.read()
        server.wait()
        self.request.sendall(answer[: len(answer) // 2])


def _port(server: socketserver.TCPServer) -> str:
    return f"127.0.0.1:{server.server_address[1]}"


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield _port(server)
    finally:
        server.shutdown()
        server.server_close()


def _with_unknown_certificate(folder: Path) -> ThreadingHTTPServer:
    words = "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    paths = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    subprocess.run(["openssl", *words.split(), *paths], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def _repository(folder: Path) -> str:
    """A module `infra.git` with the tag v1.0.0; its commit."""

    def git(*words: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        done = subprocess.run(["git", *identity, "-C", str(folder), *words], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    folder.mkdir()
    git("init", "-q", "-b", "main")
    (folder / "main.tf").write_text('output "name" {\n  value = "m"\n}\n')
    (folder / "large").write_bytes(os.urandom(200_000))
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    git("tag", "v1.0.0")
    return git("rev-parse", "HEAD")


@contextmanager
def serving(folder: Path) -> Iterator[Servers]:
    """All servers, until the end."""
    programs, repository = folder / "programs", folder / "infra.git"
    programs.mkdir()
    (programs / "ssh").write_text(SSH)
    (programs / "ssh").chmod(0o755)
    commit = _repository(repository)
    handler = type("_Cut", (_Cut,), {"repository": repository})
    with ExitStack() as stack, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        yield Servers(
            http="http://" + stack.enter_context(_running(ThreadingHTTPServer(("127.0.0.1", 0), _Answers))),
            https="https://" + stack.enter_context(_running(_with_unknown_certificate(folder))),
            git="git://" + stack.enter_context(_running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler))),
            closed=f"http://127.0.0.1:{closed.getsockname()[1]}",
            programs=programs,
            repository=repository,
            commit=commit,
        )


def checkout_of_another(folder: Path) -> None:
    """A checkout that belongs to another user (only root can give one away)."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for path in (folder, folder / ".git"):
        os.chown(path, 65534, 65534)


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Terraform's own lock on a local state, held by this process."""
    info = {"ID": "7c1d0000-0000-0000-0000-000000000001", "Operation": "OperationTypeApply", "Who": "kim@laptop"}
    import json

    text = json.dumps({**info, "Version": "1.11.4", "Created": "2026-11-23T09:12:03Z", "Path": state.name})
    (state.parent / f".{state.name}.lock.info").write_text(text)
    with state.open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield
    shutil.rmtree(state.parent / "never", ignore_errors=True)
