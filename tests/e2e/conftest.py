"""Fixtures of more than one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.vendor_server import Installer, Vendor, serving


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving() as vendor:
        yield vendor


@pytest.fixture
def install(tmp_path: Path, vendor: Vendor) -> Installer:
    return Installer(tmp_path, vendor)
