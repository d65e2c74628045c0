"""Saves the state of moto's backends to bytes and loads it."""

from __future__ import annotations

import sys
from typing import Any

from moto import backend_index
from moto.backends import get_backend

from aws_emulator import pickling
from aws_emulator.snapshot_file import Unusable

_NOT_KEPT = {"moto_api", "moto_api._internal", "instance_metadata"}


def collect() -> bytes:
    """The state of all services in use. No request may run meanwhile."""
    return pickling.dumps({name: _kept(name) for name in _used()})


def restore(content: bytes) -> None:
    """Load a result of ``collect``. Raises Unusable if moto's objects cannot be built from it."""
    try:
        state = pickling.loads(content)
    except Exception as error:
        raise Unusable(f"the snapshot cannot be read: {type(error).__name__}: {error}") from error
    for name, kept in state.items():
        backends: Any = get_backend(name)
        for (account, region), backend in kept.items():
            dict.__setitem__(backends[account], region, backend)
    _restore_bucket_owners()


def _used() -> list[Any]:
    """Names of the services that moto has loaded."""
    names = {service for service, _ in backend_index.backend_url_patterns} - _NOT_KEPT
    return sorted(name for name in names if f"moto.{name}.models" in sys.modules)


def _kept(name: Any) -> dict[tuple[str, str], Any]:
    """(account, region) -> backend of one service."""
    backends: Any = get_backend(name)
    return {
        (account, region): backends[account][region] for account in list(backends) for region in list(backends[account])
    }


def _restore_bucket_owners() -> None:
    """moto keeps the owner of each bucket name outside the backends."""
    buckets: Any = get_backend("s3")
    for account in list(buckets):
        for region in list(buckets[account]):
            for bucket in buckets[account][region].buckets:
                buckets.bucket_accounts[bucket] = (region, account)
