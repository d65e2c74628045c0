"""The wrapper `./inv`, once .venv is there: from anywhere, through links, offline, with the same verbs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.wrapper_checkout import OFFLINE, ROOT, Small, call, said, small


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A prepared checkout; tests only read it."""
    checkout = small(tmp_path_factory.mktemp("made"), "iniconfig")
    done = checkout.run("first", "call")
    assert done.returncode == 0, done.stderr
    return checkout


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """This repository itself in another folder, prepared from its real lock."""
    root = tmp_path_factory.mktemp("real") / "a clone"
    root.mkdir()
    for name in ("inv", "tasks.py", "requirements.lock", "requirements-dev.lock"):
        shutil.copy2(ROOT / name, root / name)
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
    done = call(root / "inv", "--version")
    assert done.returncode == 0, done.stderr
    yield root
    shutil.rmtree(root / ".venv")


def test_the_first_call_installs_exactly_what_the_lock_names(made: Small) -> None:
    assert made.packages - {"pip", "setuptools"} == {"iniconfig"}


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


def verbs(listing: str) -> list[str]:
    """The names at the beginnings of the lines."""
    found = [line.split()[0] for line in listing.splitlines() if line.startswith("  ") and line[2] != " "]
    assert "plan" in found
    return found


@pytest.mark.parametrize("command", ["inv", "infragate"])
def test_in_the_active_environment_the_plain_commands_list_the_same_verbs(real: Path, command: str) -> None:
    plain = call(real / ".venv" / "bin" / command, "--list", folder=real)
    wrapped = call(real / "inv", "--list")
    assert (plain.returncode, verbs(plain.stdout)) == (0, verbs(wrapped.stdout))


@pytest.mark.parametrize("command", ["inv", "infragate"])
def test_in_the_active_environment_a_mistyped_word_is_told_as_by_the_wrapper(real: Path, command: str) -> None:
    plain = call(real / ".venv" / "bin" / command, "plan", "--sandbx", folder=real)
    wrapped = call(real / "inv", "plan", "--sandbx")
    assert wrapped.stderr.startswith("error: unknown flag: --sandbx\n")
    assert (plain.returncode, plain.stderr.splitlines()[:2]) == (1, wrapped.stderr.splitlines()[:2])
    assert plain.stderr.splitlines()[2] == f"fix: did you mean --sandbox? {command} --help plan lists its flags"
    assert wrapped.stderr.splitlines()[2].endswith("/inv' --help plan lists its flags")


def test_a_command_that_a_package_brought_runs_in_the_environment(real: Path) -> None:
    """It was made beside, and names the folder in which it lies now."""
    done = call(real / ".venv" / "bin" / "pip", "--version")
    assert (done.returncode, f"from {real}/.venv/lib" in done.stdout) == (0, True), done.stderr


def test_the_real_checkout_works_without_network_once_it_was_prepared(real: Path) -> None:
    done = call(real / "inv", "--help", "plan", more=OFFLINE)
    assert (done.returncode, done.stderr) == (0, "")
