"""The policy that judges a change is read from where the change cannot edit it; real git."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit import projects

from infragate.adapters import git, git_merge, policy_bundle
from infragate.adapters.local import own_folder
from infragate.adapters.terraform.code_reader import CodeReader
from infragate.domain.errors import BadInput, ToolFailed
from infragate.usecases.gate import added_comments

RULE = "policy/gate.yaml"


@pytest.fixture(autouse=True)
def _no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_BASE_REF", "BASE_BRANCH_NAME", "INFRAGATE_TRUSTED_ROOT"):
        monkeypatch.delenv(name, raising=False)


def commit(folder: Path, text: str, name: str = RULE) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return git.commit_all(folder, text, author="Kim <kim@example.com>")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`base` and `clone`; the clone names the other one by a relative path, so that copies of both fit together."""
    folder = tmp_path_factory.mktemp("prepared")
    base, clone = folder / "base", folder / "clone"
    git.run(folder, "init", "--quiet", "--initial-branch=main", str(base))
    commit(base, "base")
    git.run(folder, "clone", "--quiet", str(base), str(clone))
    git.run(clone, "remote", "set-url", "origin", "../base")
    git.run(clone, "switch", "--quiet", "--create", "feature")
    commit(clone, "loosened")
    return folder


@pytest.fixture
def base(tmp_path: Path, prepared: Path) -> Path:
    """A repository with a policy on its main branch."""
    return shutil.copytree(prepared / "base", tmp_path / "base", symlinks=True)


@pytest.fixture
def clone(base: Path, prepared: Path) -> Path:
    """A clone of it with a change of the policy on a branch."""
    return shutil.copytree(prepared / "clone", base.with_name("clone"), symlinks=True)


def read(root: Path, ref: str | None = None) -> str:
    return (policy_bundle.bundle(root, ref=ref).folder / RULE).read_text()


def test_a_change_is_judged_by_the_policy_of_its_base_branch(clone: Path) -> None:
    bundle = policy_bundle.bundle(clone)
    assert (bundle.folder / RULE).read_text() == "base"
    assert bundle.changed == (RULE,)
    assert bundle.origin.startswith("the base branch origin/HEAD")


def test_what_the_base_branch_got_later_counts(base: Path, clone: Path) -> None:
    """An author cannot choose an old policy by leaving the branch at an old commit."""
    commit(base, "later")
    git.run(clone, "fetch", "--quiet", "origin")
    assert read(clone) == "later"


def test_a_pull_request_into_a_branch_of_its_author_is_refused(
    base: Path, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git.run(base, "branch", "weak")
    git.run(clone, "fetch", "--quiet", "origin")
    monkeypatch.setenv("GITHUB_BASE_REF", "weak")
    with pytest.raises(BadInput, match="weak may not judge"):
        policy_bundle.bundle(clone)
    monkeypatch.setenv("INFRAGATE_BASE_BRANCHES", "main, weak")
    assert policy_bundle.bundle(clone).origin.startswith("the base branch origin/weak")


def test_a_base_branch_that_is_the_change_itself_is_refused(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A clone of a fork, whose main holds the change."""
    git.run(clone, "update-ref", "refs/remotes/origin/main", "HEAD")
    monkeypatch.setenv("BASE_BRANCH_NAME", "main")
    with pytest.raises(BadInput, match="is the change itself"):
        policy_bundle.bundle(clone)


def test_a_file_that_is_not_committed_has_no_effect_and_is_named(clone: Path) -> None:
    (clone / "policy" / "waivers.yaml").write_text("more")
    assert policy_bundle.bundle(clone).changed == (RULE, "policy/waivers.yaml")


def test_a_pull_request_job_names_its_base_branch(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert policy_bundle.bundle(clone).origin.startswith("the base branch origin/main")


def test_a_base_branch_that_was_not_fetched_is_refused(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_BASE_REF", "release")
    monkeypatch.setenv("INFRAGATE_BASE_BRANCHES", "release")
    with pytest.raises(BadInput, match="base branch release is not in this clone"):
        policy_bundle.bundle(clone)


def test_a_shallow_clone_is_judged_by_the_base_branch_that_it_has(base: Path, tmp_path: Path) -> None:
    commit(base, "second")
    folder = tmp_path / "shallow"
    git.run(base, "clone", "--quiet", "--depth=1", f"file://{base}", str(folder))
    git.run(folder, "switch", "--quiet", "--orphan", "feature")
    commit(folder, "own")
    assert read(folder) == "second"


def test_a_repository_without_a_base_branch_is_judged_by_its_own_policy(base: Path) -> None:
    bundle = policy_bundle.bundle(base)
    assert (bundle.folder, bundle.changed) == (base, ())
    assert "no base branch" in bundle.origin


def test_a_commit_can_be_named(clone: Path) -> None:
    assert read(clone, "HEAD") == "loosened"
    assert read(clone, policy_bundle.CHECKOUT) == "loosened"


@pytest.mark.parametrize("ref", ["nothing", "--upload-pack=x", ""])
def test_a_commit_that_is_not_there_is_refused(clone: Path, ref: str) -> None:
    with pytest.raises(BadInput, match="no commit"):
        policy_bundle.bundle(clone, ref=ref)


def test_a_trusted_root_stands_before_the_base_branch(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = tmp_path / "trusted"
    (trusted / "policy").mkdir(parents=True)
    (trusted / RULE).write_text("server")
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(trusted))
    assert read(clone) == "server"
    assert policy_bundle.bundle(clone).pins(clone) == clone  # its own lock file is read from the trusted root
    with pytest.raises(BadInput, match="no effect"):
        policy_bundle.bundle(clone, ref="HEAD")


def test_a_base_without_a_policy_has_an_empty_bundle(base: Path, tmp_path: Path) -> None:
    git.run(base, "rm", "--quiet", "-r", "policy")
    commit(base, "no policy", "README.md")
    folder = tmp_path / "clone"
    git.run(base, "clone", "--quiet", str(base), str(folder))
    commit(folder, "first")
    bundle = policy_bundle.bundle(folder)
    assert not (bundle.folder / RULE).exists()
    assert bundle.changed == (RULE,)


def test_the_digest_is_that_of_the_content(clone: Path) -> None:
    first = policy_bundle.bundle(clone)
    assert policy_bundle.bundle(clone).digest == first.digest
    assert policy_bundle.bundle(clone, ref="HEAD").digest != first.digest


def test_a_link_in_the_policy_leads_nowhere(base: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    (base / "policy" / "waivers.yaml").symlink_to(secret)
    git.commit_all(base, "link", author="Kim <kim@example.com>")
    folder = tmp_path / "clone"
    git.run(base, "clone", "--quiet", str(base), str(folder))
    exported = policy_bundle.bundle(folder).folder / "policy" / "waivers.yaml"
    assert not exported.is_symlink()
    assert "key" not in exported.read_text()


def test_attributes_of_the_change_do_not_rewrite_the_policy_of_its_base(clone: Path) -> None:
    commit(clone, "/gate.yaml working-tree-encoding=UTF-16LE-BOM\n", ".gitattributes")
    assert read(clone) == "base"


def test_a_policy_that_was_written_by_half_is_never_taken_for_the_whole(clone: Path) -> None:
    own = git_merge.base(clone, "HEAD", "refs/remotes/origin/main")
    assert own is not None
    tree = git.tree_of(clone, own, "policy")
    blob = git.run(clone, "ls-tree", tree).split()[2]
    lost = clone / ".git" / "objects" / blob[:2] / blob[2:]
    content = lost.read_bytes()
    lost.unlink()
    with pytest.raises(ToolFailed):
        policy_bundle.bundle(clone)
    lost.write_bytes(content)
    assert read(clone) == "base"


def test_a_base_of_which_the_tree_is_missing_is_no_base_without_a_policy(clone: Path) -> None:
    own = git_merge.base(clone, "HEAD", "refs/remotes/origin/main")
    assert own is not None
    tree = git.tree_of(clone, own, "")
    (clone / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(ToolFailed):
        policy_bundle.bundle(clone)


def with_environments(base: Path, tmp_path: Path, text: str) -> Path:
    """A clone of a base with these Environments."""
    commit(base, text, "infra/environments.yaml")
    folder = tmp_path / "clone"
    git.run(base, "clone", "--quiet", str(base), str(folder))
    return folder


def test_a_change_does_not_lift_the_protection_of_an_environment_for_its_own_gate(base: Path, tmp_path: Path) -> None:
    folder = with_environments(base, tmp_path, json.dumps(projects.document()))
    dev, prod = projects.typed().environments
    commit(folder, json.dumps(projects.document()).replace("true", "false"), "infra/environments.yaml")
    bundle = policy_bundle.bundle(folder)
    assert policy_bundle.protects(bundle, replace(prod, protected=False))
    assert policy_bundle.protects(bundle, replace(dev, protected=True))
    assert not policy_bundle.protects(bundle, dev)


def test_an_environment_is_protected_where_those_of_the_base_cannot_be_read(base: Path, tmp_path: Path) -> None:
    folder = with_environments(base, tmp_path, "schema_version: 0")
    assert policy_bundle.protects(policy_bundle.bundle(folder), projects.typed().environments[0])


def test_a_copy_that_was_broken_off_is_not_used(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(*_: object, into: Path, **__: object) -> None:
        into.mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(git, "export", half)
        policy_bundle.bundle(clone)
    assert read(clone) == "base"


def test_a_tag_with_the_name_of_a_branch_is_not_taken_for_it(clone: Path) -> None:
    git.run(clone, "tag", "origin/main", "HEAD")
    with pytest.raises(BadInput, match="is a branch and a tag"):
        policy_bundle.bundle(clone, ref="origin/main")
    assert read(clone, "refs/remotes/origin/main") == "base"


def copies(clone: Path) -> Path:
    return own_folder.of(clone) / "policies"


def old_copies(clone: Path, number: int, *, days: float) -> None:
    """Copies of other commits, each used a minute before the one before it."""
    for count in range(number):
        folder = copies(clone) / f"{count:040}"
        (folder / "policy").mkdir(parents=True)
        when = time.time() - days * 86_400 - count * 60
        os.utime(folder, (when, when))


def test_of_copies_that_no_run_has_used_for_a_day_the_last_few_are_kept(clone: Path) -> None:
    old_copies(clone, 8, days=2)
    (copies(clone) / ".making-broken-off").mkdir()
    os.utime(copies(clone) / ".making-broken-off", (0, 0))
    used = policy_bundle.bundle(clone).commit
    kept = {path.name for path in copies(clone).iterdir() if path.is_dir()}
    assert kept == {used, *(f"{count:040}" for count in range(3))}


def test_copies_of_today_are_kept(clone: Path) -> None:
    """Another run may be reading one."""
    old_copies(clone, 8, days=0.5)
    policy_bundle.bundle(clone)
    assert len([path for path in copies(clone).iterdir() if path.is_dir()]) == 9


def test_a_copy_that_is_used_again_is_new_again(clone: Path) -> None:
    used = policy_bundle.bundle(clone)
    os.utime(used.folder, (0, 0))
    policy_bundle.bundle(clone)
    assert used.folder.stat().st_mtime > time.time() - 60


def test_comments_that_skip_checks_are_those_that_a_trusted_root_has_not(
    clone: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those that the change has committed."""
    for folder, text in ((base, "#tfsec:ignore:AWS001\n"), (clone, "#tfsec:ignore:AWS001\n#checkov:skip=CKV_AWS_1\n")):
        commit(folder, text, "infra/envs/dev/main.tf")
    modules = CodeReader(root=clone, stack=clone / "infra" / "envs" / "dev", var_file="dev.tfvars").modules()
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(base))
    complaints = added_comments.findings(clone, modules, policy_bundle.bundle(clone))
    assert [(complaint.file, complaint.line) for complaint in complaints] == [("infra/envs/dev/main.tf", 2)]


def test_a_base_branch_whose_commit_is_missing_is_not_taken_for_none(clone: Path) -> None:
    """Otherwise the change would be judged by its own policy."""
    (clone / ".git" / "packed-refs").unlink(missing_ok=True)
    place = clone / ".git" / "refs" / "remotes" / "origin" / "main"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{'1' * 40}\n")

    with pytest.raises((BadInput, ToolFailed)):
        policy_bundle.bundle(clone)
