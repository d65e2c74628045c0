"""Lets a server of the standard library speak https on loopback, in a thread."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from github_emulator import certificates


@contextmanager
def serving(server: http.server.HTTPServer) -> Iterator[str]:
    """The server's address while the block runs; clients trust it by `certificates.loopback().authority`."""
    files = certificates.loopback()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    with server:
        # Each connection shakes hands in its own thread: one that never does must not hold up the others.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
