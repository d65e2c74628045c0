"""``python -m aws_emulator --port N --snapshot FILE --key FILE [--label TEXT] [--no-enforcement]``

Binds 127.0.0.1 only. SIGTERM and SIGINT save the snapshot and end with 0. Exit 4: the snapshot cannot be used, or the
port is taken.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from aws_emulator import snapshot_file

if TYPE_CHECKING:
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    from aws_emulator.application import Application

# moto reads these while it is imported.
_SETTINGS = {
    "MOTO_ACM_VALIDATION_WAIT": "0",  # else a certificate is pending for a minute, and data sources wait for it
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # else arn:aws:iam::aws:policy/... does not exist
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",  # else each account has 1,300 images, most of a snapshot
    "AWS_DEFAULT_REGION": "us-east-1",
    # moto uses botocore in places, which must never find real credentials.
    "AWS_ACCESS_KEY_ID": "emulator",
    "AWS_SECRET_ACCESS_KEY": "emulator",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_HOST = "127.0.0.1"
_UNUSABLE = 4
_KEY_SIZE = 32
_POLL_SECONDS = 0.1  # between checks for a stop signal


def main(arguments: list[str] | None = None) -> int:
    """Serve until a stop signal; returns the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.update(_SETTINGS)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        # Both before moto is imported, which takes seconds.
        content = snapshot_file.read(options.snapshot, key=options.key)
        listener = _bound(options.port)
        return _serve(listener, content, options)
    except snapshot_file.Unusable as error:
        sys.stderr.write(f"error: {error}\nwhere: {options.snapshot}\nfix: delete the file and start again\n")
    except OSError as error:
        sys.stderr.write(f"error: cannot serve on {_HOST}:{options.port}: {error}\n")
    return _UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aws_emulator", description="AWS emulator with IAM enforced")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--snapshot", type=Path, required=True, help="loaded at start if it exists, saved at the end")
    parser.add_argument(
        "--key",
        type=_key,
        required=True,
        help="file with a secret: it seals the snapshot and opens the control address",
    )
    parser.add_argument("--label", default="", help="returned by /emulator/health")
    parser.add_argument(
        "--no-enforcement", action="store_true", help="allow every request until enforcement is switched on"
    )
    return parser


def _key(name: str) -> bytes:
    content = Path(name).read_bytes()
    if len(content) < _KEY_SIZE:
        raise ValueError("too short")
    return content


def _bound(port: int) -> socket.socket:
    """A socket that is bound but does not listen yet: clients are refused and try again."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((_HOST, port))
    return listener


def _serve(listener: socket.socket, content: bytes | None, options: argparse.Namespace) -> int:
    from werkzeug.serving import make_server

    application, handler = _loaded(content, options)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    listener.listen(128)
    port = listener.getsockname()[1]
    server = make_server(_HOST, port, application, threaded=True, request_handler=handler, fd=listener.fileno())
    threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True).start()
    logging.getLogger("aws_emulator").info("serving on %s:%d", _HOST, port)
    stop.wait()
    server.shutdown()
    application.save()
    return 0


def _loaded(content: bytes | None, options: argparse.Namespace) -> tuple[Application, type[MotoRequestHandler]]:
    """The application with the snapshot's resources. Loading takes half the time without garbage collection."""
    from aws_emulator import instance_types, service_models

    gc.disable()
    service_models.install()
    instance_types.install()
    from aws_emulator import corrections, shortcuts, snapshot
    from aws_emulator.application import Application
    from aws_emulator.handler import Handler

    corrections.install()
    shortcuts.install()
    if content is not None:
        snapshot.restore(content)
    application = Application(
        options.snapshot, enforcement=not options.no_enforcement, label=options.label, key=options.key
    )
    gc.freeze()
    gc.enable()
    return application, Handler


if __name__ == "__main__":
    sys.exit(main())
