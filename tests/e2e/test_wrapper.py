"""The wrapper `./inv`, once .venv is there: from anywhere, through links, offline, with the same verbs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.e2e.wrapper_checkout import OFFLINE, Small, call, said, small


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """A prepared checkout; tests only read it."""
    checkout = small(tmp_path_factory.mktemp("made"), "iniconfig")
    done = checkout.run("first", "call")
    assert done.returncode == 0, done.stderr
    return checkout


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
