"""Worlds for verbs, and fixtures of more than one file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests import workers

if TYPE_CHECKING:  # the process that deals the tests out would load all this for nothing: a second and a half
    from tests.verbs.world import World
    from tests.verbs.worlds import Worlds

workers.interruptible()
workers.seldom_collect()


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the worlds' stand-in for Terraform is run."""
    from tests.verbs import world

    with world.terraform_server(tmp_path_factory.mktemp("terraform")) as requests:
        yield requests


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory, terraform: Path) -> Worlds:
    """The one world of this worker."""
    from tests.verbs.worlds import Worlds

    return Worlds(tmp_path_factory.mktemp("world"), terraform)


@pytest.fixture(scope="module")
def backed(worlds: Worlds) -> Iterator[World]:
    """A checkout with a state backend in AWS; dev was never applied."""
    with worlds.backed() as world:
        yield world


@pytest.fixture(scope="module")
def applied(worlds: Worlds, backed: World) -> World:
    """The same, with dev applied on v0.6.1 and healthy."""
    worlds.apply(backed)
    return backed


@pytest.fixture(scope="module")
def tip(backed: World) -> str:
    """The commit at which every test begins."""
    return backed.git("rev-parse", "HEAD")


@pytest.fixture
def unapplied(backed: World, tip: str) -> Iterator[World]:
    """The checkout for tests that need no service and no state; what they change in it is gone afterwards."""
    yield backed
    backed.restore(tip)


@pytest.fixture
def dev(applied: World, tip: str) -> Iterator[World]:
    """dev, applied: what a test changes in files and branches is gone afterwards, and the lock is free."""
    from tests.verbs import fake_aws

    yield applied
    applied.restore(tip)
    fake_aws.free_lock()
    fake_aws.tasks_run(2)


# The files that take longest.
LONG = (
    "test_gate_verb",
    "test_drift_fix_verb",
    "test_rollback_verbs",
    "test_atlantis_verbs",
    "test_drift_verb",
    "test_module_change_verbs",
    "test_judged_code",
    "test_apply_verb",
    "test_drift_accept_verb",
    "test_bootstrap_verb",
    "test_plan_verb",
    "test_atlantis_policy_check",
    "test_diagnostics",
    "test_drift_tell_verb",
    "test_first_week",
    "test_pull_request_links",
    "test_smoke_verb",
    "test_module_verbs",
)


def pytest_sessionfinish() -> None:
    workers.collect_once()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers.begin_with(LONG, items)
