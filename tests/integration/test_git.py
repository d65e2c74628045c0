"""Real git, in folders whose paths have spaces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infragate.adapters import git
from infragate.domain.errors import ToolFailed

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git reads no configuration of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "my check out"
    folder.mkdir()
    git.run(folder, "init", "--quiet", "--initial-branch=main")
    return folder


def commit(checkout: Path, name: str = "main.tf") -> str:
    (checkout / name).write_text("x")
    git.run(checkout, "add", "--", name)
    git.run(checkout, *IDENTITY, "commit", "--quiet", "--message=x")
    return git.run(checkout, "rev-parse", "HEAD").strip()


def test_a_clean_checkout_stands_at_its_commit(checkout: Path) -> None:
    at = commit(checkout)
    assert git.head_commit(checkout) == at


def test_a_folder_inside_has_the_commit_of_its_checkout(checkout: Path) -> None:
    at = commit(checkout)
    (checkout / "infra" / "envs").mkdir(parents=True)
    assert git.head_commit(checkout / "infra" / "envs") == at


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "main.tf").write_text("y"),
        lambda root: (root / "main.tf").unlink(),
        lambda root: (root / "new file.tf").touch(),
        lambda root: (root / "main.tf").rename(root / "# branch.oid 0000"),
        lambda root: git.run(root, "mv", "main.tf", "other.tf"),
    ],
    ids=["changed", "gone", "new", "hostile-name", "renamed"],
)
def test_a_checkout_with_changes_is_still_at_its_commit(checkout: Path, change: Callable[[Path], object]) -> None:
    at = commit(checkout)
    change(checkout)
    assert git.head_commit(checkout) == at


def test_a_checkout_without_a_commit_has_none(checkout: Path) -> None:
    assert git.head_commit(checkout) is None


def test_a_detached_head_is_a_commit(checkout: Path) -> None:
    at = commit(checkout)
    git.run(checkout, "checkout", "--quiet", "--detach")
    assert git.head_commit(checkout) == at


def test_a_folder_without_git_has_no_commit(tmp_path: Path) -> None:
    assert git.head_commit(tmp_path) is None


def test_a_damaged_repository_is_an_error_and_not_a_missing_one(checkout: Path) -> None:
    commit(checkout)
    (checkout / ".git" / "index").write_bytes(b"broken")
    with pytest.raises(ToolFailed, match="index"):
        git.head_commit(checkout)


def test_variables_of_another_repository_do_not_lead_away(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = commit(checkout)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    assert git.head_commit(checkout) == at


def test_a_repository_cannot_run_programs_of_its_own(checkout: Path, tmp_path: Path) -> None:
    commit(checkout)
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager"):
        git.run(checkout, "config", name, str(trap))
    hook = checkout / ".git" / "hooks" / "post-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.symlink_to(trap)
    git.head_commit(checkout)
    commit(checkout, "other.tf")
    assert not (tmp_path / "sprung").exists()


def test_a_command_that_git_refuses_is_a_failed_tool_in_english(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    with pytest.raises(ToolFailed, match=r"ended with exit code 128: .*fatal"):
        git.run(checkout, "rev-parse", "--verify", "no-such-ref")


def test_a_machine_without_git_is_a_failed_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolFailed, match="git was not found"):
        git.head_commit(tmp_path)


def test_git_says_its_version() -> None:
    assert git.version().startswith("git version 2.")


def test_a_mounted_folder_without_git_is_no_failure() -> None:
    mounted = Path("/dev")  # a mount of its own on Linux and macOS
    assert mounted.is_mount()
    assert git.head_commit(mounted) is None
