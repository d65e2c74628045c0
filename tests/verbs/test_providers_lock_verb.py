"""`providers-lock`: which files it completes, and from where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.verbs.world import World


@pytest.fixture
def dev(unapplied: World) -> World:
    return unapplied


HASHES = re.compile(r"^  hashes = \[\n.*?^  \]\n", re.MULTILINE | re.DOTALL)


@pytest.fixture
def bare(dev: World) -> Iterator[World]:
    """A checkout whose lock files hold no checksum."""
    for path in lock_files(dev):
        path.write_text(HASHES.sub("", path.read_text()))
    yield dev
    dev.git("checkout", "-q", ".")


def lock_files(world: World) -> list[Path]:
    return sorted((world.root / "infra" / "envs").glob("*/.terraform.lock.hcl"))


def test_every_lock_file_gets_a_checksum_for_every_platform(bare: World) -> None:
    result = bare.result("providers-lock")
    assert [lock["added"] for lock in result["locks"]] == [len(result["platforms"])] * len(lock_files(bare))
    for path in lock_files(bare):
        assert [platform for platform in result["platforms"] if f'"h1:{platform}="' not in path.read_text()] == []


def test_a_second_run_changes_nothing(bare: World) -> None:
    bare.ok("providers-lock")
    before = [path.read_bytes() for path in lock_files(bare)]
    assert "complete" in bare.ok("providers-lock").out
    assert [path.read_bytes() for path in lock_files(bare)] == before


def test_one_environment_is_completed_alone(bare: World) -> None:
    bare.ok("providers-lock", "--env", "dev")
    assert [path.parent.name for path in lock_files(bare) if "h1:" in path.read_text()] == ["dev"]


@pytest.mark.parametrize(
    ("mirror", "says"),
    [
        ("http://mirror.example.com/", "https only"),
        ("/nowhere/at/all", "there is no such folder"),
        (".", "the mirror lacks hashicorp/aws 5.100.0 for"),
    ],
)
def test_a_mirror_that_cannot_serve_all_is_refused(bare: World, mirror: str, says: str) -> None:
    done = bare.run("providers-lock", "--mirror", mirror)
    assert done.code == 3, done.err
    assert says in done.error[0]
