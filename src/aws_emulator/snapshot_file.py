"""The file of a snapshot: a line of JSON (schema, versions, size and HMAC-SHA-256 of the rest), then compressed bytes.

The bytes are a pickle, and loading one can run code: a file that was not sealed with the same key is refused unread. The
file is written atomically, mode 0600. A file of another version of moto or Python is refused, as its objects may differ.
This module does not import moto, so that an unusable file is refused before the long start.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import tempfile
import zlib
from importlib import metadata
from pathlib import Path
from typing import Any

from aws_emulator import SCHEMA

_FORMAT = "aws_emulator"


class Unusable(Exception):
    """The snapshot file is damaged, or was written by other versions."""


def _versions() -> dict[str, Any]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"format": _FORMAT, "schema": SCHEMA, "moto": metadata.version("moto"), "python": python}


def write(path: Path, content: bytes, *, key: bytes) -> None:
    """Write ``content`` to ``path``, sealed with ``key``, all or nothing."""
    data = zlib.compress(content, 1)
    header = {**_versions(), "size": len(data), "seal": _seal(data, key)}
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(header).encode() + b"\n" + data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read(path: Path, *, key: bytes) -> bytes | None:
    """The content of the file; None if it does not exist. Raises Unusable, also if another key sealed it."""
    if not path.exists():
        return None
    header, _, data = path.read_bytes().partition(b"\n")
    _check(header, data, key)
    return zlib.decompress(data)


def _seal(data: bytes, key: bytes) -> str:
    return hmac.digest(key, b"snapshot\0" + data, "sha256").hex()


def _check(header: bytes, data: bytes, key: bytes) -> None:
    try:
        document = json.loads(header)
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise Unusable("the file is not a snapshot of this emulator")
    for name, current in _versions().items():
        if document.get(name) != current:
            raise Unusable(f"the snapshot was written with {name} {document.get(name)}, this is {name} {current}")
    seal = str(document.get("seal")).encode("utf-8", "replace")
    if document.get("size") != len(data) or not hmac.compare_digest(seal, _seal(data, key).encode()):
        raise Unusable("the snapshot is damaged, or was sealed with another key")
