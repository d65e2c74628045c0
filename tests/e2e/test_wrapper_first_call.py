"""The first call of the wrapper `./inv`, and what can go wrong in it: real venv, real pip, real files."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.wrapper_checkout import Small, bare_path, call, locked, said, small

PREPARING = "preparing .venv with"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A checkout after its first call; beside it lies a copy, as an environment works in its own place only."""
    checkout = small(tmp_path_factory.mktemp("prepared"), "iniconfig")
    for left in (".venv.old", ".venv.new"):  # by a run that was killed
        (checkout.root / left / "lib").mkdir(parents=True)
    assert checkout.run().returncode == 0
    shutil.copytree(checkout.root, checkout.root.with_name("kept"), symlinks=True)
    return checkout


@pytest.fixture
def ready(prepared: Small) -> Iterator[Small]:
    """Lent: as after the first call again afterwards."""
    yield prepared
    shutil.rmtree(prepared.root, ignore_errors=True)
    shutil.copytree(prepared.root.with_name("kept"), prepared.root, symlinks=True)


def test_two_first_calls_at_once_prepare_once_and_both_end_well(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    both = [checkout.start("one"), checkout.start("two")]
    ends = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], ends
    told = sorted("waiting for it" in err for _, err in ends)
    assert (told, sum(err.count(PREPARING) for _, err in ends)) == ([False, True], 1)


def test_a_changed_lock_makes_the_environment_anew(ready: Small) -> None:
    ready.lock(locked("pluggy"))
    assert PREPARING in ready.run().stderr
    assert ready.packages - {"pip", "setuptools"} == {"pluggy"}


def test_a_changed_lock_is_followed_from_inside_the_old_environment(ready: Small) -> None:
    ready.lock(locked("pluggy"))
    active = {"PATH": f"{ready.venv}/bin:{os.environ['PATH']}", "VIRTUAL_ENV": str(ready.venv)}
    assert said(ready.run("inside", **active))["arguments"] == ["inside"]
    assert "pluggy" in ready.packages


def test_a_checkout_that_was_moved_makes_its_environment_anew(ready: Small, tmp_path: Path) -> None:
    moved = Small(ready.root.rename(tmp_path / "moved here"))
    assert said(moved.run())["root"] == str(moved.root)


def test_nox_brings_the_packages_for_development_and_inv_keeps_them(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    assert said(checkout.run("-s", "unit", name="nox"))["arguments"][-2:] == ["-s", "unit"]
    assert "packaging" in checkout.packages
    assert PREPARING not in checkout.run().stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_first_call_blocks_nothing(tmp_path: Path, number: signal.Signals) -> None:
    checkout = small(tmp_path, "iniconfig")
    first = checkout.start("first")
    while not (checkout.new / "bin" / "python").exists():
        time.sleep(0.02)
    os.killpg(first.pid, number)
    first.communicate(timeout=60)
    assert first.returncode != 0
    assert said(checkout.run("second"))["arguments"] == ["second"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_rebuild_leaves_the_old_environment_as_it_was(ready: Small, number: signal.Signals) -> None:
    ready.lock(locked("pluggy"))
    second = ready.start("second")
    while not (ready.new / "bin" / "python").exists():
        time.sleep(0.02)
    os.killpg(second.pid, number)
    second.communicate(timeout=60)
    assert said(call(ready.venv / "bin" / "infragate", "old"))["arguments"] == ["old"]
    assert ready.packages - {"pip", "setuptools"} == {"iniconfig"}


def test_a_rebuild_that_fails_leaves_the_old_environment_as_it_was(ready: Small) -> None:
    ready.lock("iniconfig==2.0.0 --hash=sha256:" + "0" * 64 + "\n")
    assert ready.run().returncode == 4
    assert said(call(ready.venv / "bin" / "infragate", "old"))["arguments"] == ["old"]


def test_nothing_is_left_beside_a_rebuilt_environment(prepared: Small) -> None:
    kept = prepared.root.with_name("kept")
    assert sorted(path.name for path in kept.glob(".venv*")) == [".venv", ".venv.lock"]


def test_what_outlives_a_first_call_that_was_killed_is_waited_for(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    first = checkout.start("first")
    while not (checkout.new / "bin" / "python").exists():
        time.sleep(0.02)
    first.kill()  # the wrapper alone: what it started goes on writing into .venv.new
    second = checkout.run("second")
    first.communicate(timeout=60)
    assert said(second)["arguments"] == ["second"]
    assert "iniconfig" in checkout.packages


def test_wrong_bytes_are_not_installed_and_the_right_ones_are_afterwards(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    good = (checkout.root / "requirements.lock").read_text(encoding="utf-8")
    checkout.lock(good.partition("==")[0] + "==2.0.0 --hash=sha256:" + "0" * 64 + "\n")
    refused = checkout.run()
    assert (refused.returncode, refused.stderr.splitlines()[-3:][0][:6]) == (4, "error:")
    checkout.lock(good)
    assert said(checkout.run())["module"] == "infragate"


def test_without_a_python_it_ends_with_4_and_three_lines(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    done = checkout.run(PATH=bare_path(tmp_path / "bin"))
    assert done.returncode == 4
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "fix"]
    assert not checkout.venv.exists()


def test_a_python_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    path = bare_path(tmp_path / "bin")
    for name in ("python3", "python3.11"):
        old = tmp_path / "bin" / name
        old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")  # as the question for 3.11 ends there
        old.chmod(0o755)
    assert checkout.run(PATH=path).returncode == 4


def test_a_folder_that_cannot_be_written_ends_with_4_and_three_lines(tmp_path: Path) -> None:
    checkout = small(tmp_path, "iniconfig")
    (checkout.root / ".venv.lock").mkdir()  # for root every mode is writable
    done = checkout.run()
    assert done.returncode == 4
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "fix"]
