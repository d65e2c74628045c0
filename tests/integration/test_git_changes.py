"""The parts of git that changes of pins stand on: remote tags, drafts, branches, pushes."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from infragate.adapters import git, git_history, git_remote
from infragate.domain.errors import RemoteFailed, ToolFailed

IDENTITY = ("-c", "user.name=test", "-c", "user.email=test")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git reads no configuration of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`origin.git`, and a clone that names it by a relative path, so that copies of both fit together."""
    folder = tmp_path_factory.mktemp("prepared")
    git.run(folder, "init", "--quiet", "--bare", "--initial-branch=main", "origin.git")
    git.run(folder, "clone", "--quiet", "origin.git", "my check out")
    root = folder / "my check out"
    git.run(root, "remote", "set-url", "origin", "../origin.git")
    git.run(root, "checkout", "--quiet", "-B", "main")
    (root / "infra").mkdir()
    (root / "infra" / "main.tf").write_bytes(b"a\r\n")
    (root / "infra" / "dev.tfvars").write_bytes(b"x = 1")
    commit(root)
    git.run(root, "push", "--quiet", "origin", "main")
    return folder


@pytest.fixture
def checkout(tmp_path: Path, prepared: Path) -> Path:
    """A clone of `origin.git`, at a commit with two files."""
    for name in ("origin.git", "my check out"):
        shutil.copytree(prepared / name, tmp_path / name, symlinks=True)
    return tmp_path / "my check out"


def commit(root: Path, name: str | None = None, content: bytes = b"") -> str:
    if name:
        (root / name).write_bytes(content)
    git.run(root, "add", "--all")
    git.run(root, *IDENTITY, "commit", "--quiet", "--allow-empty", "--message=x")
    return git.run(root, "rev-parse", "HEAD").strip()


def origin(root: Path) -> Path:
    return root.parent / "origin.git"


def test_remote_tags_name_commits_whether_annotated_or_not(checkout: Path) -> None:
    at = git.head_commit(checkout)
    git.run(checkout, "tag", "light")
    git.run(checkout, *IDENTITY, "tag", "--annotate", "-m", "x", "modules/v1.0.0")
    assert git_remote.remote_tags(str(checkout), {}) == {"light": at, "modules/v1.0.0": at}


def test_the_commit_of_a_branch_is_that_of_the_address_whatever_repository_the_folder_is_in(checkout: Path) -> None:
    """The name of the address may be a remote of a repository above."""
    at, other = git.head_commit(checkout), checkout.parent / "other"
    git.run(checkout.parent, "init", "--quiet", "--initial-branch=main", "other")
    commit(other)
    git.run(checkout, "remote", "add", "base", f"file://{other}")
    inside = checkout / "inside"
    inside.mkdir()
    named = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "remote.base.url",
        "GIT_CONFIG_VALUE_0": str(origin(checkout)),
    }
    assert git_remote.remote_commit("base", "refs/heads/main", named, outside=inside) == at
    assert git_remote.remote_commit("base", "refs/heads/none", named, outside=inside) is None


def test_a_submodule_is_a_change_whatever_gitmodules_says(checkout: Path) -> None:
    other = checkout.parent / "other"
    git.run(checkout.parent, "init", "--quiet", "other")
    commit(other)
    git.run(checkout, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    git.run(checkout, "config", "--file", ".gitmodules", "submodule.sub.ignore", "all")
    before = commit(checkout)
    commit(checkout / "sub")
    assert git.uncommitted(checkout) == ("sub",)
    git.run(checkout, "add", "--force", "sub")
    after = commit(checkout)
    assert [file.name for file in git.changed_files(checkout, before, after)] == ["sub"]


def test_a_repository_that_is_not_there_is_a_remote_failure(tmp_path: Path) -> None:
    with pytest.raises(RemoteFailed) as failed:
        git_remote.remote_tags(f"file://{tmp_path}/none.git", {})
    assert failed.value.where == f"file://{tmp_path}/none.git"


@pytest.mark.parametrize("form", ["ext::sh -c 'touch {}'", "--upload-pack=touch {}", "-otouch {}"])
def test_an_address_starts_no_program_of_its_own(tmp_path: Path, form: str) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(RemoteFailed):
        git_remote.remote_tags(form.format(marker), {})
    assert not marker.exists()


def test_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RemoteFailed):
        git_remote.remote_tags("ssh://git@127.0.0.1:1/x.git", {})
    assert time.monotonic() - began < 20


def test_a_draft_is_a_checkout_of_its_own_and_gone_afterwards(checkout: Path, tmp_path: Path) -> None:
    with git.draft(checkout, tmp_path / "draft") as place:
        (place / "infra" / "main.tf").write_bytes(b"b\r\n")
        made = git.commit_all(place, "change", author="kim")
        (changed,) = git.changed_files(place, git.head_commit(checkout) or "", made)
        assert changed.name == "infra/main.tf"
        git.write_blob(place, changed.name, changed.after or "", tmp_path / "content")
        assert (tmp_path / "content").read_bytes() == b"b\r\n"
        assert "b" in git.difference(place, "HEAD")
    assert not (tmp_path / "draft").exists()
    assert (checkout / "infra" / "main.tf").read_bytes() == b"a\r\n"
    assert git.head_commit(checkout) != made
    assert git.run(checkout, "worktree", "list").count("\n") == 1


def test_what_a_killed_run_left_of_a_draft_is_removed(checkout: Path, tmp_path: Path) -> None:
    place = tmp_path / "draft"
    git.run(checkout, "worktree", "add", "--quiet", "--detach", str(place))
    (place / "half").write_text("x")
    with git.draft(checkout, place) as anew:
        assert not (anew / "half").exists()


def test_a_commit_has_the_name_of_who_asked_where_git_knows_none(checkout: Path, tmp_path: Path) -> None:
    with git.draft(checkout, tmp_path / "draft") as place:
        (place / "new").touch()
        git.commit_all(place, "why\n\nbecause", author="kim")
        assert git.run(place, "log", "-1", "--format=%an <%ae>: %s").strip() == "kim <kim@localhost>: why"


def test_hooks_of_the_repository_do_not_run(checkout: Path, tmp_path: Path) -> None:
    for name in ("post-checkout", "pre-commit", "pre-push", "reference-transaction"):
        hook = checkout / ".git" / "hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/marker'\n")
        hook.chmod(0o755)
    with git.draft(checkout, tmp_path / "draft") as place:
        (place / "new").touch()
        git.set_branch(checkout, "b", git.commit_all(place, "x", author="kim"))
    git.push(checkout, "b")
    assert not (tmp_path / "marker").exists()


def test_a_file_of_an_older_commit_is_taken_byte_for_byte(checkout: Path) -> None:
    old = git.head_commit(checkout) or ""
    commit(checkout, "infra/main.tf", b"new")
    git.run(checkout, "checkout", "--quiet", old, "--", "infra/main.tf")
    assert (checkout / "infra" / "main.tf").read_bytes() == b"a\r\n"


@pytest.mark.parametrize("name", ["nothing", "--help", "-1", "HEAD~99", ":x", ""])
def test_a_revision_that_is_none_is_none(checkout: Path, name: str) -> None:
    assert git.revision(checkout, name) is None


def test_history_is_that_of_one_file_from_the_newest(checkout: Path) -> None:
    first = git.head_commit(checkout)
    second = commit(checkout, "infra/main.tf", b"2")
    commit(checkout, "other", b"")
    assert git.history(checkout, "infra/main.tf", limit=9) == (second, first)
    assert git.history(checkout, "infra/main.tf", limit=1) == (second,)
    assert (git.file_at(checkout, second, "infra/main.tf"), git.file_at(checkout, second, "none")) == ("2", None)


def test_what_is_not_committed_is_named(checkout: Path) -> None:
    (checkout / "infra" / "main.tf").write_text("edited")
    (checkout / "infra" / "né w.tf").touch()
    (checkout / "notes.txt").touch()
    assert git.uncommitted(checkout) == ("infra/main.tf", "infra/né w.tf")


def test_a_moved_file_is_named_as_it_was_and_as_it_is(checkout: Path) -> None:
    at = git.head_commit(checkout)
    git.run(checkout, "mv", "infra/main.tf", "infra/as it is.tf")
    assert git.head_and_changes(checkout) == (at, ("infra/as it is.tf", "infra/main.tf"))


def test_a_file_that_two_branches_changed_is_not_committed(checkout: Path) -> None:
    git.run(checkout, "switch", "--quiet", "--create", "other")
    commit(checkout, "infra/main.tf", b"theirs")
    git.run(checkout, "switch", "--quiet", "main")
    at = commit(checkout, "infra/main.tf", b"ours")
    with pytest.raises(ToolFailed):
        git.run(checkout, *IDENTITY, "merge", "--quiet", "other")
    assert git.head_and_changes(checkout) == (at, ("infra/main.tf",))


def test_a_checkout_without_a_commit_has_new_files_only(tmp_path: Path) -> None:
    git.run(tmp_path, "init", "--quiet")
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "new.tf").touch()
    (tmp_path / "staged file").touch()
    git.run(tmp_path, "add", "staged file")
    assert git.head_and_changes(tmp_path) == (None, ("staged file", "modules/new.tf"))


def test_a_branch_is_made_moved_and_removed(checkout: Path) -> None:
    first, second = git.head_commit(checkout) or "", commit(checkout)
    git.set_branch(checkout, "rollback/prod-v1", first)
    assert git.revision(checkout, "rollback/prod-v1") == first
    git.set_branch(checkout, "rollback/prod-v1", second)
    assert git.revision(checkout, "rollback/prod-v1") == second
    git.delete_branch(checkout, "rollback/prod-v1")
    assert git.revision(checkout, "rollback/prod-v1") is None


def test_the_branch_that_is_checked_out_is_not_moved(checkout: Path) -> None:
    with pytest.raises(ToolFailed):
        git.set_branch(checkout, "main", commit(checkout))


def test_a_second_push_replaces_what_the_first_one_sent(checkout: Path) -> None:
    for content in (b"1", b"2"):
        git.run(checkout, "checkout", "--quiet", "--detach", "main")
        at = commit(checkout, "infra/main.tf", content)
        git.set_branch(checkout, "b", at)
        git.push(checkout, "b")
        assert git.run(origin(checkout), "rev-parse", "b").strip() == at


def test_a_push_works_from_a_clone_of_one_branch(checkout: Path) -> None:
    git.run(checkout, "config", "remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main")
    test_a_second_push_replaces_what_the_first_one_sent(checkout)


def test_what_somebody_else_has_pushed_is_not_replaced(checkout: Path, tmp_path: Path) -> None:
    git.set_branch(checkout, "b", commit(checkout, "infra/main.tf", b"1"))
    git.push(checkout, "b")
    git.run(tmp_path, "clone", "--quiet", "--branch=b", "origin.git", "other")
    theirs = commit(tmp_path / "other", "infra/main.tf", b"theirs")
    git.run(tmp_path / "other", "push", "--quiet", "origin", "b")
    git.run(checkout, "checkout", "--quiet", "--detach", "main")
    git.set_branch(checkout, "b", commit(checkout, "infra/main.tf", b"2"))
    with pytest.raises(RemoteFailed, match="could not be pushed"):
        git.push(checkout, "b")
    assert git.run(origin(checkout), "rev-parse", "b").strip() == theirs


def test_without_an_origin_nothing_is_pushed(checkout: Path) -> None:
    git.run(checkout, "remote", "remove", "origin")
    git.set_branch(checkout, "b", git.head_commit(checkout) or "")
    with pytest.raises(RemoteFailed, match="could not be pushed"):
        git.push(checkout, "b")


def test_a_detached_head_is_on_no_branch(checkout: Path) -> None:
    assert git.current_branch(checkout) == "main"
    git.run(checkout, "checkout", "--quiet", "--detach")
    assert git.current_branch(checkout) is None


def test_a_file_that_git_cannot_read_is_not_one_that_does_not_exist(checkout: Path) -> None:
    at = git.head_commit(checkout)
    assert at is not None
    name, (_, blob) = next(iter(git.files_of(checkout, at).items()))
    assert git.file_at(checkout, "0" * 40, name) is None
    (checkout / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(ToolFailed):
        git.file_at(checkout, at, name)


def test_a_folder_is_neither_a_file_nor_nothing(checkout: Path) -> None:
    with pytest.raises(ToolFailed):
        git.file_at(checkout, "HEAD", "infra")


def test_git_says_which_names_a_commit_has(checkout: Path) -> None:
    commit(checkout, "né w")
    names = ["infra/main.tf", "né w", "none", "né w/none"]
    assert git.present(checkout, "HEAD", names) == {"infra/main.tf", "né w"}
    with pytest.raises(ToolFailed):
        git.present(checkout, "0" * 40, ["infra"])


def test_a_commit_is_in_the_history_or_beside_it_or_unknown(checkout: Path) -> None:
    first, second = git.head_commit(checkout) or "", commit(checkout)
    assert git_history.has(checkout, first) is True
    assert git_history.has(checkout, second) is True
    assert git_history.has(checkout, second, within=first) is False
    assert git_history.has(checkout, "0" * 40) is None
    assert git_history.has(checkout, "--all") is None
    with pytest.raises(ToolFailed):
        git_history.has(checkout, first, within="none")


def test_nobody_knows_the_history_where_git_is_missing(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at = git.head_commit(checkout) or ""
    monkeypatch.setenv("PATH", "")
    assert git_history.has(checkout, at) is None


def test_a_commit_has_the_name_that_git_knows(checkout: Path) -> None:
    for name, value in (
        ("user.name", "kim of it"),
        ("user.email", "old@example.com"),
        ("user.email", "kim@example.com"),
    ):
        git.run(checkout, "config", name, value)
    (checkout / "new").touch()
    git.commit_all(checkout, "x", author="other")
    assert git.run(checkout, "log", "-1", "--format=%an <%ae>").strip() == "kim of it <kim@example.com>"


@pytest.mark.parametrize(("folder", "file"), [("", "infra/main.tf"), ("infra", "main.tf"), ("infra/", "main.tf")])
def test_a_folder_of_a_commit_is_exported(checkout: Path, tmp_path: Path, folder: str, file: str) -> None:
    git.export(checkout, "HEAD", folder, (), into=tmp_path / "out" / "folder")
    assert (tmp_path / "out" / "folder" / file).read_bytes() == b"a\r\n"
