"""Fixtures of more than one file."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the process that deals the tests out would load all this for nothing: a second and a half
    from tests.integration.vendor_server import Installer, Vendor
    from tests.integration.world import World

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell lets its background jobs ignore Ctrl-C, and their children inherit that: no verb could be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Python would look through all that moto keeps for garbage, again and again: an eighth of the tests' time.
gc.set_threshold(500_000, 20, 20)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    from tests.integration.vendor_server import serving

    with serving() as vendor:
        yield vendor


@pytest.fixture
def install(tmp_path: Path, vendor: Vendor) -> Installer:
    from tests.integration.vendor_server import Installer

    return Installer(tmp_path, vendor)


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the worlds' stand-in for Terraform is run."""
    from tests.integration import world

    with world.terraform_server(tmp_path_factory.mktemp("terraform")) as requests:
        yield requests


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory, terraform: Path) -> Iterator[World]:
    """A checkout with a state backend in AWS; dev was never applied."""
    from tests.integration import fake_aws, world

    with world.standing(tmp_path_factory.mktemp("world"), terraform) as made:
        fake_aws.make_backend()
        yield made


@pytest.fixture(scope="module")
def applied(backed: World) -> World:
    """The same, with dev applied on v0.6.1 and healthy."""
    from tests.integration import fake_aws

    backed.name_in_recordings(fake_aws.make_service())
    backed.ok("plan", "--env", "dev")
    backed.ok("apply", "--env", "dev")
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
    from tests.integration import fake_aws

    yield applied
    applied.restore(tip)
    fake_aws.free_lock()
    fake_aws.tasks_run(2)


def pytest_sessionfinish() -> None:
    """pytest looks for garbage five times before it ends: once through what is new, not through all that moto keeps."""
    gc.collect(1)
    gc.freeze()


# The files that take longest, begun first: begun late, one of them would keep a worker busy alone at the end.
LONG = (
    "test_gate_verb",
    "test_apply_verb",
    "test_atlantis_verbs",
    "test_judged_code",
    "test_rollback_verbs",
    "test_reviews",
    "test_drift_telling",
    "test_module_change_verbs",
    "test_plan_verb",
    "test_bootstrap_verb",
    "test_atlantis_policy_check",
    "test_release_check",
    "test_changed",
    "test_diagnostics",
    "test_process",
    "test_module_verbs",
    "test_github",
    "test_first_week",
    "test_module_agreement",
    "test_smoke_verb",
    "test_doctor_verb",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are handed out in this order (noxfile.py keeps xdist from sorting them by number of tests)."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONG)))
