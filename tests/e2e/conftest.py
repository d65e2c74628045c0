"""Fixtures of more than one file."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest
from tests import workers
from tests.e2e import applied, product
from tests.integration.conftest import install, vendor

from infragate.adapters.local import settings
from infragate.domain.programs import PROGRAMS

__all__ = ["install", "vendor"]  # fixtures of the tests of downloads, used by those of builds

workers.interruptible()


# Files whose set-up or steps take minutes, the longest first: begun early, they do not leave one worker alone at the end.
# The first of those that start from what applied.py makes is begun early, the others when it is made.
LONG = (
    "test_practice",
    "test_rehearse",
    "test_runbooks_back",
    "test_parity",
    "test_bootstrap_differences",
    "test_runbooks_new",
    "test_rollback_small",
    "test_bootstrap",
    "test_main_job",
    "test_runbooks",
    "test_atlantis",
    "test_drift",
    "test_life",
    "test_rehearse_pull_request",
    "test_rollback",
    "test_apply",
    "test_module_change",
    "test_state_recipes",
    "test_rehearse_protected",
    "test_modules",
    "test_module_refusals",
    "test_apply_bound",
    "test_modules_verify",
    "test_wrapper",
    "test_killed_change",
    "test_bad_input",
)

# noxfile.py installs them.
INSTALLED = ["atlantis", *(name for name, program in PROGRAMS.items() if program.used_by == "gate")]


@pytest.fixture(scope="session", autouse=True)
def _garbage_stays() -> None:
    """Programs in Go end before their garbage is in the way."""
    os.environ.update(product.GO)


@pytest.fixture(scope="session", autouse=True)
def _one_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Checkouts of this run share a cache folder, as those of one user do; the programs in it are the user's own."""
    cache = applied.shared(tmp_path_factory) / "cache"
    os.environ[product.CACHE] = str(cache)
    (cache / "tools").mkdir(parents=True, exist_ok=True)
    for name in INSTALLED:
        with suppress(FileExistsError):  # another worker has been here
            (cache / "tools" / name).symlink_to(settings.cache_folder() / "tools" / name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers.begin_with(LONG, items)
