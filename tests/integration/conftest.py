"""Fixtures of more than one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests import workers

if TYPE_CHECKING:  # the process that deals the tests out would load all this for nothing
    from tests.integration.vendor_server import Installer, Vendor

workers.interruptible()
workers.seldom_collect()


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    from tests.integration.vendor_server import serving

    with serving() as vendor:
        yield vendor


@pytest.fixture
def install(tmp_path: Path, vendor: Vendor) -> Installer:
    from tests.integration.vendor_server import Installer

    return Installer(tmp_path, vendor)


# The files that take longest.
LONG = (
    "test_drift_telling",
    "test_reviews",
    "test_release_check",
    "test_tools_from_pip",
    "test_changed",
    "test_comment_verb",
    "test_documented_commands",
    "test_process_signals",
    "test_slack",
    "test_process",
    "test_github",
)


def pytest_sessionfinish() -> None:
    workers.collect_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers.begin_with(LONG, items)
