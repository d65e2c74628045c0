"""Policies of other people from a git repository: pinned, locked, fetched once, used only as they were locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters import git
from infragate.adapters.policies import policy_lock_file
from infragate.domain.errors import BadInput, Integrity, RemoteFailed
from infragate.domain.gate.gate_policy import PolicySet
from infragate.domain.gate.policy_lock import FILE
from infragate.usecases.gate import policy_sets
from infragate.usecases.gate.policy_sets import PolicyLockRequest, PolicyLockResult

RULE = 'package main\n\ndeny contains "no" if input.bad\n'


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; git reads no configuration of the person who runs the tests."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "policies"


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """The repository of other people, with the tag v1."""
    folder = tmp_path / "their policies"
    (folder / "aws").mkdir(parents=True)
    (folder / "aws" / "rules.rego").write_text(RULE)
    (folder / "aws" / ".gitattributes").write_text("*.rego text eol=crlf\n")
    (folder / "README.md").write_text("not a policy")
    git.run(folder, "init", "--quiet", "--initial-branch=main")
    git.commit_all(folder, "v1", author="kim")
    git.run(folder, "tag", "v1")
    return folder


def source(theirs: Path, ref: str = "v1", folder: str = "aws") -> str:
    return f"git::file://{str(theirs).replace(' ', '%20')}//{folder}?ref={ref}"


@pytest.fixture
def root(tmp_path: Path, theirs: Path) -> Path:
    """A checkout that takes that set."""
    folder = tmp_path / "checkout"
    (folder / "policy").mkdir(parents=True)
    names(folder, source(theirs))
    return folder


def names(root: Path, written: str) -> None:
    text = f'schema_version: 1\npolicies:\n  - {{name: theirs, source: "{written}", known_bad: optional}}\n'
    (root / "policy" / "gate.yaml").write_text(text)


def lock(root: Path, *, check: bool = False, accept_moved: bool = False) -> PolicyLockResult:
    request = PolicyLockRequest(root=root, say=lambda _line: None, check=check, accept_moved=accept_moved)
    return policy_sets.write_lock(request)


def ready(root: Path, written: str) -> Path:
    (policies,) = policy_sets.ready(
        (PolicySet(name="theirs", source=written, known_bad=False),), root, pins=root, say=lambda _line: None
    )
    return policies.folder


def move(theirs: Path) -> None:
    (theirs / "aws" / "rules.rego").write_text(RULE.replace("bad", "worse"))
    git.commit_all(theirs, "moved", author="kim")
    git.run(theirs, "tag", "--force", "v1")


def test_a_locked_set_is_fetched_with_the_bytes_of_its_commit(root: Path, theirs: Path, cache: Path) -> None:
    result = lock(root)
    assert (result.written, len(result.lock.pins)) == (True, 1)
    assert result.lock.pins[0].commit == git.revision(theirs, "v1")
    folder = ready(root, source(theirs))
    assert folder.parent == cache
    assert (folder / "rules.rego").read_bytes() == RULE.encode()
    assert not (folder / "README.md").exists()


def test_a_second_lock_changes_nothing_and_a_check_agrees(root: Path) -> None:
    lock(root)
    text = (root / FILE).read_text()
    assert lock(root) == lock(root, check=True)
    assert (root / FILE).read_text() == text


def test_a_set_in_the_cache_needs_no_repository(root: Path, theirs: Path) -> None:
    lock(root)
    theirs.rename(theirs.with_name("gone"))
    assert (ready(root, source(theirs)) / "rules.rego").is_file()


def test_an_annotated_tag_and_a_commit_are_locked_by_their_commit(root: Path, theirs: Path) -> None:
    git.run(theirs, "-c", "user.name=k", "-c", "user.email=k@k", "tag", "-a", "-m", "v2", "v2")
    for ref in ("v2", git.run(theirs, "rev-parse", "HEAD").strip()):
        names(root, source(theirs, ref))
        assert lock(root).lock.pins[0].commit == git.revision(theirs, "HEAD")
        ready(root, source(theirs, ref))


def test_a_tag_that_was_moved_is_refused_when_it_is_locked_again(root: Path, theirs: Path) -> None:
    lock(root)
    text = (root / FILE).read_text()
    move(theirs)
    with pytest.raises(Integrity, match="the tag v1 was moved"):
        lock(root)
    assert (root / FILE).read_text() == text
    assert lock(root, accept_moved=True).written


def test_a_tag_that_was_moved_is_refused_on_another_machine(
    root: Path, theirs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock(root)
    move(theirs)
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "another"))
    with pytest.raises(Integrity, match="the tag v1 was moved"):
        ready(root, source(theirs))


def test_a_set_that_is_not_locked_is_not_used(root: Path, theirs: Path) -> None:
    with pytest.raises(Integrity, match="not in the lock"):
        ready(root, source(theirs))


def test_a_cached_set_that_was_changed_is_not_used(root: Path, theirs: Path) -> None:
    lock(root)
    (ready(root, source(theirs)) / "rules.rego").write_text("package main\n")
    with pytest.raises(Integrity, match="were changed"):
        ready(root, source(theirs))


def test_a_branch_is_no_tag(root: Path, theirs: Path) -> None:
    names(root, source(theirs, "main"))
    with pytest.raises(BadInput, match="has no tags/main"):
        lock(root)


def test_a_folder_that_the_tag_does_not_have_is_named(root: Path, theirs: Path) -> None:
    names(root, source(theirs, folder="gcp"))
    with pytest.raises(BadInput, match="no folder gcp at v1"):
        lock(root)


def test_a_repository_that_cannot_be_reached_is_said_so(root: Path, theirs: Path) -> None:
    names(root, source(theirs.with_name("nowhere")))
    with pytest.raises(RemoteFailed):
        lock(root)


def test_a_set_that_is_not_named_any_more_leaves_the_lock(root: Path) -> None:
    lock(root)
    names(root, "policy/rego")
    with pytest.raises(Integrity, match="does not match"):
        lock(root, check=True)
    assert lock(root).written
    assert not (root / FILE).exists()


def test_a_damaged_lock_is_refused(root: Path) -> None:
    lock(root)
    (root / FILE).write_text((root / FILE).read_text().replace("sha256:", "md5:"))
    with pytest.raises(Integrity, match="damaged"):
        policy_lock_file.load(root)
