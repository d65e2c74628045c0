"""`modules-lock` and `modules-verify`: real git, and what Terraform would have fetched from it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.verbs.world import World

from infragate.adapters.local import own_folder

LOCK, VERIFY = ("modules-lock",), ("modules-verify", "--env", "dev")


def modules_git(world: World, *words: str) -> str:
    """git in the repository of the modules."""
    people = {f"GIT_{who}_{what}": "kim" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    argv = ["git", "-C", str(world.home / "modules.git"), *words]
    return subprocess.run(argv, env={**os.environ, **people}, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def moved(dev: World) -> Iterator[World]:
    """The tag v0.6.1 stands elsewhere than it was locked."""
    right = modules_git(dev, "rev-parse", "v0.6.1^{commit}")
    wrong = modules_git(dev, "commit-tree", f"{right}^{{tree}}", "-p", right, "-m", "moved")
    modules_git(dev, "tag", "-f", "v0.6.1", wrong)
    yield dev
    modules_git(dev, "tag", "-f", "v0.6.1", right)
    dev.ok(*LOCK, "--accept-moved")


def states(world: World, *words: str) -> tuple[int, set[str]]:
    done = world.run(*VERIFY, "--json", *words)
    return done.code, {pin["state"] for pin in done.document["result"]["pins"]}


def fetched(world: World) -> Path:
    """The rds module that the last plan has fetched."""
    return own_folder.path(world.root) / "aws" / "dev" / "plan" / "terraform" / "modules" / "rds"


def test_the_lock_of_this_repository_is_what_its_code_says(dev: World) -> None:
    assert "7 pins, unchanged" in dev.ok(*LOCK, "--check").out


def test_a_new_pin_is_written_into_the_lock_and_told(dev: World) -> None:
    dev.edit(dev.stack / "main.tf", "modules/rds?ref=v0.6.1", "modules/rds?ref=v0.7.0")
    assert dev.run(*LOCK, "--check").code == 7
    result = dev.result(*LOCK)
    assert result["written"]
    assert any("rds v0.7.0" in line and line.startswith("+") for line in result["differences"])
    assert "unchanged" in dev.ok(*LOCK).out


def test_what_was_fetched_is_verified_without_the_network(dev: World) -> None:
    assert states(dev) == (0, {"ok"})
    (dev.home / "modules.git").rename(dev.home / "away.git")
    found = states(dev)
    (dev.home / "away.git").rename(dev.home / "modules.git")
    assert found == (0, {"ok"})


def test_content_that_was_changed_after_it_was_fetched_is_tampered(dev: World) -> None:
    path = fetched(dev) / "modules" / "rds" / "main.tf"
    kept = path.rename(dev.home / "main.tf")  # a file that the other calls' copies are linked to
    path.write_text(kept.read_text() + "# more\n")
    found = states(dev)
    kept.replace(path)
    assert found == (7, {"ok", "tampered"})


def test_a_moved_tag_is_seen_where_the_repository_is_asked(moved: World) -> None:
    assert states(moved) == (0, {"ok"})
    assert states(moved, "--remote") == (7, {"moved"})


def test_a_moved_tag_is_not_locked_unless_it_is_accepted(moved: World) -> None:
    done = moved.run(*LOCK)
    assert (done.code, "the tag v0.6.1 was moved" in done.error[0]) == (7, True)
    assert moved.result(*LOCK, "--accept-moved")["written"]


def test_a_tag_that_is_gone_from_its_repository_is_moved(dev: World) -> None:
    commit = modules_git(dev, "rev-parse", "v0.6.1^{commit}")
    modules_git(dev, "tag", "-d", "v0.6.1")
    done = dev.run(*VERIFY, "--remote")
    modules_git(dev, "tag", "v0.6.1", commit)
    assert (done.code, "is gone in its repository" in done.out) == (7, True)


def test_a_call_that_nobody_locked_is_unlocked(dev: World) -> None:
    path = dev.root / "infra" / "modules.lock"
    lock = json.loads(path.read_text())
    pins = [pin for pin in lock["pins"] if not str(pin["source"]).endswith("/rds")]
    path.write_text(json.dumps({**lock, "pins": pins}))
    assert states(dev) == (7, {"ok", "unlocked"})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("git::https://github.com/org/infra.git//modules/rds?ref=main", "is a branch"),
        ("git::https://github.com/org/infra.git//modules/rds?ref=v9.9.9", "v9.9.9"),
    ],
)
def test_what_nobody_can_pin_is_not_locked(dev: World, source: str, said: str) -> None:
    dev.edit(dev.stack / "main.tf", "git::https://github.com/org/infra.git//modules/rds?ref=v0.6.1", source)
    done = dev.run(*LOCK)
    assert done.code in (3, 4, 5)
    assert said in "\n".join(done.error)


def test_a_damaged_lock_is_an_integrity_error(dev: World) -> None:
    (dev.root / "infra" / "modules.lock").write_text("{")
    assert dev.run(*VERIFY).code == 7


def test_every_stack_is_verified_without_an_environment(dev: World) -> None:
    stacks = {pin["stack"] for pin in dev.result("modules-verify")["pins"]}
    assert stacks == {"infra/envs/dev", "infra/envs/stg", "infra/envs/prod"}


def test_a_lock_of_the_old_format_is_raised_by_one_command(dev: World) -> None:
    path = dev.root / "infra" / "modules.lock"
    text = path.read_text()
    path.write_text(text.replace('"schema_version": 2', '"schema_version": 1'))
    for verb in (("plan", "--env", "dev"), VERIFY):
        done = dev.run(*verb)
        assert (done.code, "old format 1" in done.error[0]) == (7, True), done.err
        assert "modules-lock" in done.error[2]
    assert dev.run(*LOCK, "--check").code == 7
    assert "format 1 to 2" in dev.ok(*LOCK).out
    assert path.read_text() == text
    assert states(dev) == (0, {"ok"})


def test_a_tag_that_was_moved_is_not_raised_to_the_new_format(moved: World) -> None:
    path = moved.root / "infra" / "modules.lock"
    path.write_text(path.read_text().replace('"schema_version": 2', '"schema_version": 1'))
    done = moved.run(*LOCK)
    assert (done.code, "v0.6.1 was moved" in done.error[0]) == (7, True)


def test_a_git_that_converts_line_ends_writes_and_verifies_the_same_lock(dev: World) -> None:
    config = dev.home / ".gitconfig"
    text = config.read_text()
    config.write_text(text + "[core]\n\tautocrlf = true\n\teol = crlf\n")
    shutil.rmtree(dev.programs / "clones", ignore_errors=True)  # which the stand-in for Terraform keeps
    try:
        assert "7 pins, unchanged" in dev.ok(*LOCK).out
        assert "7 pins, unchanged" in dev.ok(*LOCK, "--check").out
        assert states(dev, "--remote") == (0, {"ok"})
        dev.ok("plan", "--env", "dev")
    finally:
        config.write_text(text)


def test_the_file_that_differs_from_its_commit_is_named(dev: World) -> None:
    dev.ok("plan", "--env", "dev")
    path = fetched(dev) / "modules" / "rds" / "main.tf"
    kept = path.rename(dev.home / "main.tf")
    path.write_text(kept.read_text() + "# more\n")
    done = dev.run("plan", "--env", "dev")
    kept.replace(path)
    assert done.code == 7
    assert "module rds" in done.error[0]
    assert done.error[0].endswith(": modules/rds/main.tf")
