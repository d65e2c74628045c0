"""The local module repository, with real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from infragate.domain.errors import BadInput
from infragate.sandbox import isolation, module_repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    checkout = tmp_path / "a checkout with spaces"
    module = checkout / "modules" / "topic"
    module.mkdir(parents=True)
    (module / "main.tf").write_text('resource "aws_sns_topic" "this" {}\n')
    return checkout


def git(*arguments: str, **extra: str) -> str:
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", **extra}
    return subprocess.run(["git", *arguments], env=environment, capture_output=True, text=True, check=True).stdout


def made(root: Path) -> Path:
    repository = root / "modules.git"
    module_repository.refresh(root, repository)
    return repository


def commit_of(repository: Path, ref: str) -> str:
    return git("-C", str(repository), "rev-parse", f"{ref}^{{commit}}").strip()


def test_the_present_modules_are_the_release_and_main(root: Path) -> None:
    repository = made(root)
    assert commit_of(repository, module_repository.RELEASE) == commit_of(repository, "main")
    shown = git("-C", str(repository), "show", "v0.6.1:modules/topic/main.tf")
    assert shown == 'resource "aws_sns_topic" "this" {}\n'


def test_the_same_modules_have_the_same_commit_everywhere(root: Path) -> None:
    # The id is written down: another machine, user, clock or git must come to the same.
    assert commit_of(made(root), "v0.6.1") == "d98a31f521379f66a166a51369eca9029a188e66"


def test_the_caller_s_git_variables_and_settings_change_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GIT_DIR": "/nowhere",
        "GIT_AUTHOR_NAME": "somebody else",
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.autocrlf",
        "GIT_CONFIG_VALUE_0": "true",
        "XDG_CONFIG_HOME": str(root),
    }.items():
        monkeypatch.setenv(name, value)
    (root / "git").mkdir()
    (root / "git" / "ignore").write_text("*.tf\n")
    assert commit_of(made(root), "v0.6.1") == "d98a31f521379f66a166a51369eca9029a188e66"


def test_unchanged_modules_are_left_alone(root: Path) -> None:
    repository = made(root)
    assert module_repository.is_current(root, repository)
    assert not module_repository.refresh(root, repository)


def test_changed_modules_move_the_release(root: Path) -> None:
    repository = made(root)
    before = commit_of(repository, "v0.6.1")
    (root / "modules" / "topic" / "outputs.tf").write_text("\n")
    assert not module_repository.is_current(root, repository)
    assert module_repository.refresh(root, repository)
    assert commit_of(repository, "v0.6.1") != before


def test_what_terraform_leaves_in_a_module_is_not_published(root: Path) -> None:
    (root / ".gitignore").write_text(".terraform/\n")
    left = root / "modules" / "topic" / ".terraform"
    left.mkdir()
    (left / "huge").write_text("x")
    assert ".terraform" not in git("-C", str(made(root)), "ls-tree", "-r", "--name-only", "v0.6.1")


def test_a_clone_of_the_published_address_comes_from_here(root: Path, tmp_path: Path) -> None:
    variables = isolation.variables("http://127.0.0.1:1", region="x", module_repository=made(root))
    for number, address in enumerate((isolation.MODULES_URL, *isolation.MODULES_ALIASES)):
        target = tmp_path / f"clone {number}"
        git("clone", "--quiet", "--branch", "v0.6.1", address, str(target), **variables)
        assert (target / "modules" / "topic" / "main.tf").is_file()


def test_a_half_made_repository_is_completed(root: Path) -> None:
    repository = made(root)
    (repository.with_suffix(".digest")).unlink()
    assert module_repository.refresh(root, repository)


def test_a_checkout_without_modules_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        module_repository.refresh(tmp_path, tmp_path / "modules.git")
