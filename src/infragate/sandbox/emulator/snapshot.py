"""Everything the emulator knows, in one file.

A line of JSON (schema, versions, size and SHA-256 of the rest), then compressed pickle. The digest finds damage, not
forgery: the file is of our own making, mode 0600, and is not to be taken from anybody. It is written whole or not at
all. Another version of moto or Python may keep other objects, so such a file is refused instead of half understood.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import moto
from moto import backend_index
from moto.backends import get_backend

from infragate.sandbox.emulator import SCHEMA, pickling

_FORMAT = "infragate-emulator"
_NOT_KEPT = {"moto_api", "moto_api._internal", "instance_metadata"}


class Unusable(Exception):
    """The snapshot file is damaged, or was written by other versions."""


def _versions() -> dict[str, Any]:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    return {"format": _FORMAT, "schema": SCHEMA, "moto": moto.__version__, "python": python}


def save(path: Path) -> None:
    """Writes the state of all services to ``path``. No request may run meanwhile."""
    data = zlib.compress(pickling.dumps(_collect()), 1)
    header = {**_versions(), "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
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


def load(path: Path) -> None:
    """Restores the state in ``path``, if that exists. Raises Unusable."""
    if not path.exists():
        return
    header, _, data = path.read_bytes().partition(b"\n")
    _check(header, data)
    try:
        state = pickling.loads(zlib.decompress(data))
    except Exception as error:
        raise Unusable(f"the snapshot cannot be read: {type(error).__name__}: {error}") from error
    _restore(state)


def _check(header: bytes, data: bytes) -> None:
    try:
        found = json.loads(header)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise Unusable("the file is not a snapshot of this emulator")
    for name, ours in _versions().items():
        if found.get(name) != ours:
            raise Unusable(f"the snapshot was written with {name} {found.get(name)}, this is {name} {ours}")
    if found.get("size") != len(data) or found.get("sha256") != hashlib.sha256(data).hexdigest():
        raise Unusable("the snapshot is damaged: its content does not match its digest")


def _collect() -> dict[str, dict[tuple[str, str], Any]]:
    """Service -> (account, region) -> backend, of the services that were used."""
    state = {}
    for name in sorted({service for service, _ in backend_index.backend_url_patterns} - _NOT_KEPT):
        if f"moto.{name}.models" not in sys.modules:
            continue
        backends: Any = get_backend(name)  # type: ignore[call-overload]
        kept = {
            (account, region): backends[account][region]
            for account in list(backends)
            for region in list(backends[account])
        }
        if kept:
            state[name] = kept
    return state


def _restore(state: dict[str, dict[tuple[str, str], Any]]) -> None:
    for name, kept in state.items():
        backends: Any = get_backend(name)  # type: ignore[call-overload]
        for (account, region), backend in kept.items():
            dict.__setitem__(backends[account], region, backend)
    _restore_bucket_owners()


def _restore_bucket_owners() -> None:
    """moto keeps the owner of each bucket name outside the backends."""
    buckets: Any = get_backend("s3")
    for account in list(buckets):
        for region in list(buckets[account]):
            for bucket in buckets[account][region].buckets:
                buckets.bucket_accounts[bucket] = (region, account)
