"""The local module repository, with real git."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infragate.domain.errors import BadInput, Integrity
from infragate.sandbox import isolation, module_repository

PUBLISHED = Path(__file__).parents[3] / "modules" / "releases"
# Ids are written down: another machine, user, clock or git must come to the same.
COMMITS = {
    "v0.6.0": "2023c59c53fd5ed63d1216e3d209f146b7ac276b",
    "v0.6.1": "02684147258daf3c83db425f2bcc104d8540bd6c",
}
MAIN = "2da6fa207b811583e872508d2705890031593872"


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


@pytest.fixture
def released(root: Path) -> Path:
    series = root / "modules" / "releases"
    series.mkdir()
    for tag in COMMITS:
        shutil.copy(PUBLISHED / f"{tag}.patch", series)
    return root


def test_a_release_is_the_same_commit_everywhere(released: Path) -> None:
    repository = made(released)
    assert {tag: commit_of(repository, tag) for tag in COMMITS} == COMMITS


def test_what_lies_in_the_checkout_is_one_commit_more_on_main(released: Path) -> None:
    repository = made(released)
    assert commit_of(repository, "main^") == COMMITS["v0.6.1"]
    listed = git("-C", str(repository), "ls-tree", "-r", "--name-only", "main").split()
    assert listed == ["modules/topic/main.tf"]


def test_modules_as_they_were_released_are_no_commit_more(released: Path) -> None:
    shutil.rmtree(released / "modules" / "topic")
    git("clone", "--quiet", "--branch", "v0.6.1", str(made(released)), str(released / "clone"))
    shutil.copytree(released / "clone" / "modules", released / "modules", dirs_exist_ok=True)
    assert commit_of(made(released), "main") == COMMITS["v0.6.1"]


def test_tags_of_both_kinds_are_published(released: Path) -> None:
    repository = made(released)
    kinds = {tag: git("-C", str(repository), "cat-file", "-t", tag).strip() for tag in COMMITS}
    assert kinds == {"v0.6.0": "commit", "v0.6.1": "tag"}


def test_an_edited_release_is_refused(released: Path) -> None:
    path = released / "modules" / "releases" / "v0.6.1.patch"
    path.write_text(path.read_text().replace("without errors", "without failures"))
    with pytest.raises(Integrity) as refused:
        made(released)
    assert refused.value.where == str(path)


def test_a_release_that_does_not_fit_the_one_before_is_refused(released: Path) -> None:
    (released / "modules" / "releases" / "v0.6.0.patch").unlink()
    with pytest.raises(Integrity):
        made(released)


@pytest.mark.parametrize("name", ["v0.6.patch", "v0.6.2.patch"])
def test_a_file_that_is_no_release_is_bad_input(released: Path, name: str) -> None:
    (released / "modules" / "releases" / name).write_text("a note\n")
    with pytest.raises(BadInput):
        made(released)


def test_a_release_that_is_taken_back_leaves_no_tag(released: Path) -> None:
    made(released)
    (released / "modules" / "releases" / "v0.6.1.patch").unlink()
    assert git("-C", str(made(released)), "tag", "--list").split() == ["v0.6.0"]


def test_without_releases_there_is_only_main(root: Path) -> None:
    repository = made(root)
    assert commit_of(repository, "main") == MAIN
    assert git("-C", str(repository), "tag", "--list") == ""


def test_the_caller_s_git_variables_and_settings_change_nothing(
    released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "GIT_DIR": "/nowhere",
        "GIT_AUTHOR_NAME": "somebody else",
        "GIT_INDEX_FILE": "/nowhere/index",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.autocrlf",
        "GIT_CONFIG_VALUE_0": "true",
        "XDG_CONFIG_HOME": str(released),
    }.items():
        monkeypatch.setenv(name, value)
    (released / "git").mkdir()
    (released / "git" / "ignore").write_text("*.tf\n")
    repository = made(released)
    assert {tag: commit_of(repository, tag) for tag in COMMITS} == COMMITS
    assert git("-C", str(repository), "show", "main:modules/topic/main.tf") == 'resource "aws_sns_topic" "this" {}\n'


def test_unchanged_modules_are_left_alone(root: Path) -> None:
    repository = made(root)
    assert module_repository.is_current(root, repository)
    assert not module_repository.refresh(root, repository)


def test_changed_modules_move_main_and_no_release(released: Path) -> None:
    repository = made(released)
    before = commit_of(repository, "main")
    (released / "modules" / "topic" / "outputs.tf").write_text("\n")
    assert not module_repository.is_current(released, repository)
    assert module_repository.refresh(released, repository)
    assert commit_of(repository, "main") != before
    assert commit_of(repository, "v0.6.1") == COMMITS["v0.6.1"]


def test_what_terraform_leaves_in_a_module_is_not_published(root: Path) -> None:
    (root / ".gitignore").write_text(".terraform/\n")
    left = root / "modules" / "topic" / ".terraform"
    left.mkdir()
    (left / "huge").write_text("x")
    assert ".terraform" not in git("-C", str(made(root)), "ls-tree", "-r", "--name-only", "main")


def test_a_clone_of_the_published_address_comes_from_here(root: Path, tmp_path: Path) -> None:
    variables = isolation.variables("http://127.0.0.1:1", region="x", module_repository=made(root))
    for number, address in enumerate((isolation.MODULES_URL, *isolation.MODULES_ALIASES)):
        target = tmp_path / f"clone {number}"
        git("clone", "--quiet", "--branch", "main", address, str(target), **variables)
        assert (target / "modules" / "topic" / "main.tf").is_file()


def test_a_half_made_repository_is_completed(root: Path) -> None:
    repository = made(root)
    (repository.with_suffix(".digest")).unlink()
    assert module_repository.refresh(root, repository)


def test_a_checkout_without_modules_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        module_repository.refresh(tmp_path, tmp_path / "modules.git")
