"""The wrapper `./inv`: its first calls and what can go wrong in them, then each later one. Real venv, real pip, real files."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.wrapper_checkout import (
    OFFLINE,
    PYTHON,
    SIGNALS,
    Beginning,
    Done,
    Small,
    at_work,
    bare_path,
    begin,
    call,
    interrupted,
    locked,
    said,
    small,
    wrong,
)

PREPARING = "preparing .venv with"
WAITING = "waiting for it"


@pytest.fixture(scope="module")
def beginning(tmp_path_factory: pytest.TempPathFactory) -> Beginning:
    """How the checkout got its environment; beside it lies a copy, as an environment works in its own place only."""
    made = begin(tmp_path_factory.mktemp("made"))
    shutil.copytree(made.checkout.root, made.checkout.root.with_name("kept"), symlinks=True)
    return made


@pytest.fixture
def made(beginning: Beginning) -> Small:
    """A checkout with its environment; tests only read it."""
    assert [done.returncode for done in beginning.both] == [0, 0], beginning.both
    return beginning.checkout


@pytest.fixture
def ready(made: Small) -> Iterator[Small]:
    """Lent: as after the first call again afterwards."""
    yield Small(made.root, python=PYTHON)
    shutil.rmtree(made.root, ignore_errors=True)
    shutil.copytree(made.root.with_name("kept"), made.root, symlinks=True)


@pytest.fixture(scope="module")
def outlived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Small, Done]:
    """A checkout whose first call was killed, but not what it had started; and the next call, of nox."""
    checkout = small(tmp_path_factory.mktemp("outlived"), "iniconfig", python=PYTHON)
    first = at_work(checkout)
    first.kill()  # the wrapper alone: what it started goes on writing into .venv.new
    second = checkout.run("-s", "unit", name="nox")
    first.communicate(timeout=60)
    return checkout, second


@pytest.mark.parametrize("number", SIGNALS)
def test_an_interrupted_first_call_blocks_nothing(beginning: Beginning, number: signal.Signals) -> None:
    assert beginning.interrupted[number].returncode != 0
    after = beginning.after(number).stderr
    assert (PREPARING in after, WAITING in after) == (True, False)
    assert [done.returncode for done in beginning.both] == [0, 0], beginning.both


def test_wrong_bytes_are_not_installed_and_the_right_ones_are_afterwards(beginning: Beginning) -> None:
    refused = beginning.refused
    assert (refused.returncode, refused.stderr.splitlines()[-3:][0][:6]) == (4, "error:")
    assert [said(done)["module"] for done in beginning.both] == ["infragate", "infragate"]


def test_two_first_calls_at_once_prepare_once_and_both_end_well(beginning: Beginning) -> None:
    assert [said(done)["arguments"] for done in beginning.both] == [["one"], ["two"]]
    told = sorted(WAITING in done.stderr for done in beginning.both)
    assert (told, sum(done.stderr.count(PREPARING) for done in beginning.both)) == ([False, True], 1)


def test_what_outlives_a_first_call_that_was_killed_is_waited_for(outlived: tuple[Small, Done]) -> None:
    checkout, second = outlived
    assert WAITING in second.stderr
    assert said(second)["arguments"][-2:] == ["-s", "unit"]
    assert "iniconfig" in checkout.packages


def test_nox_brings_the_packages_for_development_and_inv_keeps_them(outlived: tuple[Small, Done]) -> None:
    checkout, done = outlived
    assert said(done)["module"] == "nox"
    assert "packaging" in checkout.packages
    assert PREPARING not in checkout.run().stderr


def test_the_first_call_installs_exactly_what_the_lock_names(made: Small) -> None:
    assert made.packages - {"pip", "setuptools"} == {"iniconfig"}


def test_nothing_is_left_beside_the_environment_of_calls_that_were_killed(made: Small) -> None:
    kept = made.root.with_name("kept")
    assert sorted(path.name for path in kept.glob(".venv*")) == [".venv", ".venv.lock"]


def test_a_changed_lock_makes_the_environment_anew(ready: Small) -> None:
    ready.lock(locked("pluggy"))
    assert PREPARING in ready.run().stderr
    assert ready.packages - {"pip", "setuptools"} == {"pluggy"}


def test_a_changed_lock_is_followed_from_inside_the_old_environment(ready: Small) -> None:
    ready.lock(locked("pluggy"))
    active = {"PATH": f"{ready.venv}/bin:{os.environ['PATH']}", "VIRTUAL_ENV": str(ready.venv), "INFRAGATE_PYTHON": ""}
    assert said(ready.run("inside", **active))["arguments"] == ["inside"]
    assert "pluggy" in ready.packages


def test_a_checkout_that_was_moved_makes_its_environment_anew(ready: Small, tmp_path: Path) -> None:
    moved = Small(ready.root.rename(tmp_path / "moved here"), python=PYTHON)
    assert said(moved.run())["root"] == str(moved.root)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_rebuild_leaves_the_old_environment_as_it_was(ready: Small, number: signal.Signals) -> None:
    ready.lock(locked("pluggy"))
    interrupted(ready, number)
    assert said(call(ready.venv / "bin" / "infragate", "old"))["arguments"] == ["old"]
    assert ready.packages - {"pip", "setuptools"} == {"iniconfig"}


def test_a_rebuild_that_fails_leaves_the_old_environment_as_it_was(ready: Small) -> None:
    ready.lock(wrong("iniconfig"))
    assert ready.run().returncode == 4
    assert said(call(ready.venv / "bin" / "infragate", "old"))["arguments"] == ["old"]


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


def test_a_later_call_prepares_nothing(made: Small) -> None:
    assert made.run("again").stderr == ""


def test_a_later_call_needs_no_network(made: Small) -> None:
    assert said(made.run("offline", **OFFLINE))["arguments"] == ["offline"]


def test_it_works_from_any_folder_and_says_which_checkout_it_is(made: Small, tmp_path: Path) -> None:
    found = said(call(made.root / "inv", folder=tmp_path))
    assert (found["root"], found["folder"]) == (str(made.root), str(tmp_path))


def test_a_root_that_was_chosen_is_kept(made: Small) -> None:
    assert said(made.run(INFRAGATE_ROOT="/elsewhere"))["root"] == "/elsewhere"


def test_a_link_from_elsewhere_means_the_checkout_in_which_the_file_lies(made: Small, tmp_path: Path) -> None:
    link = tmp_path / "inv"
    link.symlink_to(made.root / "inv")
    assert said(call(link))["root"] == str(made.root)


def test_a_link_to_a_link_works_too(made: Small, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "nox").symlink_to(Path("..") / "second")
    (tmp_path / "second").symlink_to(os.path.relpath(made.root / "inv", tmp_path))
    (tmp_path / "first").symlink_to("second")
    assert said(call(tmp_path / "first"))["root"] == str(made.root)


def test_arguments_arrive_as_they_were_given(made: Small) -> None:
    words = ["plan", "a b", "", '--target=module.x["y"]', "$HOME *"]
    assert said(made.run(*words))["arguments"] == words


@pytest.mark.parametrize("code", [1, 2, 3, 8, 130])
def test_the_exit_code_is_passed_through(made: Small, code: int) -> None:
    assert made.run(END_WITH=str(code)).returncode == code
