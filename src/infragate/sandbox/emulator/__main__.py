"""``python -m infragate.sandbox.emulator --port N --snapshot FILE [--no-enforcement]``

Binds 127.0.0.1 only. SIGTERM and SIGINT save the snapshot and end with 0. Exit 4: the snapshot cannot be used, or the
port is taken.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

# moto reads these while it is imported.
_SETTINGS = {
    "MOTO_ACM_VALIDATION_WAIT": "0",  # else a certificate is pending for a minute, and data sources wait for it
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",  # else arn:aws:iam::aws:policy/... does not exist
    "AWS_DEFAULT_REGION": "us-east-1",
    # moto calls AWS SDK parts itself in places: they must never find real credentials.
    "AWS_ACCESS_KEY_ID": "emulator",
    "AWS_SECRET_ACCESS_KEY": "emulator",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_UNUSABLE = 4


def main(arguments: list[str] | None = None) -> int:
    """Serves until told to stop; the exit code."""
    options = _parser().parse_args(arguments)
    os.environ.update(_SETTINGS)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    from infragate.sandbox.emulator import snapshot

    try:
        return _serve(options.port, options.snapshot, enforcement=not options.no_enforcement)
    except snapshot.Unusable as error:
        sys.stderr.write(f"error: {error}\nwhere: {options.snapshot}\nfix: delete the file and start again\n")
    except (OSError, SystemExit) as error:  # werkzeug exits by itself when the port is taken
        sys.stderr.write(f"error: cannot serve on 127.0.0.1:{options.port}: {error}\n")
    return _UNUSABLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="infragate.sandbox.emulator", description="AWS emulator with IAM enforced")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--snapshot", type=Path, required=True, help="loaded at start when it is there, saved at the end"
    )
    parser.add_argument("--no-enforcement", action="store_true", help="let every request through until switched on")
    return parser


def _serve(port: int, snapshot_file: Path, *, enforcement: bool) -> int:
    from werkzeug.serving import make_server

    from infragate.sandbox.emulator import corrections, snapshot
    from infragate.sandbox.emulator.application import Application
    from infragate.sandbox.emulator.handler import Handler

    corrections.install()
    snapshot.load(snapshot_file)
    application = Application(snapshot_file, enforcement=enforcement)
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=Handler)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    logging.getLogger("infragate.emulator").info("serving on 127.0.0.1:%d", port)
    stop.wait()
    server.shutdown()
    application.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
