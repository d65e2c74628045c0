"""Pull requests on an Atlantis server without the server: prepared once for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.verbs.atlantis_project import Prepared, Project, ruled
from tests.verbs.test_gate_verb import order
from tests.verbs.world import World


@pytest.fixture(scope="module")
def tip(applied: World) -> Iterator[str]:
    """The commit at which every test begins."""
    yield from ruled(applied)


@pytest.fixture(scope="module")
def prepared(applied: World, tip: str, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    order(applied, "create")
    return Prepared(applied, tmp_path_factory)


@pytest.fixture
def project(dev: World, prepared: Prepared) -> Iterator[Project]:
    """A pull request of alice's that wants something small of dev, and whose plan the gate allows."""
    with prepared.begun("whole-create", planned=False) as project:
        yield project


@pytest.fixture
def planned(dev: World, prepared: Prepared) -> Iterator[Project]:
    """The same, after the step that plans."""
    with prepared.begun("whole-create", planned=True) as project:
        yield project
