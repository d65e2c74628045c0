"""Fixtures of more than one file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.vendor_server import Installer, Vendor, serving

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets its background jobs ignore Ctrl-C, and their children inherit that: no verb could be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving() as vendor:
        yield vendor


@pytest.fixture
def install(tmp_path: Path, vendor: Vendor) -> Installer:
    return Installer(tmp_path, vendor)


# The files that take longest, begun first: begun late, one of them would keep a worker busy alone at the end.
LONG = (
    "test_generated_configuration",
    "test_killed_change",
    "test_fetched_modules",
    "test_release_check",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are handed out in this order (noxfile.py keeps xdist from sorting them by number of tests)."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))
