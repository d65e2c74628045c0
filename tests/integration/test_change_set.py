"""Several files changed together (tests/e2e/test_killed_change.py kills it at every step)."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.advice import spell

from infragate.adapters.local import change_set, own_folder
from infragate.domain.errors import BadInput, Integrity


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "my check out"
    (root / "infra").mkdir(parents=True)
    (root / "infra" / "a.tf").write_bytes(b"a\r\n")
    (root / "infra" / "b.tf").write_bytes(b"b")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "x")
    return root


def judged(root: Path, changes: Mapping[str, bytes | None]) -> str:
    """A commit with these changes, made in a draft as a judged release is."""
    place = root.parent / "draft"
    git(root, "worktree", "add", "-q", "--detach", str(place))
    for name, content in changes.items():
        if content is None:
            (place / name).unlink()
            continue
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "y")
    commit = git(place, "rev-parse", "HEAD")
    shutil.rmtree(place)
    git(root, "worktree", "prune")
    return commit


def change(root: Path, changes: Mapping[str, bytes | None]) -> None:
    change_set.apply(root, "HEAD", judged(root, changes))


def pending(root: Path) -> bool:
    try:
        change_set.refuse_interrupted(root)
    except Integrity:
        return True
    return False


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "infra").iterdir() if path.is_file()}


OLD = {"a.tf": b"a\r\n", "b.tf": b"b"}


def test_files_are_changed_made_and_removed(checkout: Path) -> None:
    change(checkout, {"infra/a.tf": b"x", "infra/b.tf": None, "infra/c.tf": b"c"})
    assert contents(checkout) == {"a.tf": b"x", "c.tf": b"c"}
    assert not pending(checkout)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_keeps_its_mode(checkout: Path, mode: int) -> None:
    (checkout / "infra" / "a.tf").chmod(mode)
    change(checkout, {"infra/a.tf": b"x"})
    assert (checkout / "infra" / "a.tf").stat().st_mode & 0o777 == mode


def replaced(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def act(place: Path) -> None:
        place.unlink()
        make(place)

    return act


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda place: place.chmod(0o444), "read-only"),
        (replaced(lambda place: place.mkdir()), "not a regular file"),
        (replaced(lambda place: place.symlink_to("a.tf")), "not a regular file"),
        (replaced(lambda place: place.symlink_to("nowhere")), "not a regular file"),
        (replaced(os.mkfifo), "not a regular file"),
    ],
    ids=["read-only", "folder", "link", "link-to-nothing", "pipe"],
)
def test_one_file_that_cannot_be_written_keeps_all_as_they_were(
    checkout: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(checkout / "infra" / "b.tf")
    with pytest.raises(BadInput, match=why):
        change(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y"})
    assert (checkout / "infra" / "a.tf").read_bytes() == OLD["a.tf"]


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_keeps_all_as_they_were(checkout: Path) -> None:
    commit = judged(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y" * 10_000})
    with no_file_larger_than(4096), pytest.raises(BadInput, match="cannot write the change; every file"):
        change_set.apply(checkout, "HEAD", commit)
    assert contents(checkout) == OLD
    assert not pending(checkout)


def test_a_file_in_the_place_of_a_folder_keeps_all_as_they_were(checkout: Path) -> None:
    (checkout / "infra" / "new").write_text("mine")
    with pytest.raises(BadInput, match="cannot write the change: "):
        change(checkout, {"infra/a.tf": b"x", "infra/new/c.tf": b"y"})
    assert contents(checkout) == {**OLD, "new": b"mine"}


@pytest.fixture
def interrupted(checkout: Path) -> Path:
    """A checkout where a change was killed after its first file."""
    commit = judged(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y"})
    noted = git(checkout, "commit-tree", f"{commit}^{{tree}}", "-p", "HEAD", "-m", "x")
    git(checkout, "update-ref", change_set.NOTE, noted)
    (checkout / "infra" / "a.tf").write_bytes(b"x")
    return checkout


def test_an_interrupted_change_is_refused_with_the_command_that_puts_it_back(interrupted: Path) -> None:
    with pytest.raises(Integrity, match="was interrupted") as refused:
        change_set.refuse_interrupted(interrupted)
    assert "modules-lock --check" in str(spell(refused.value.fix))


def test_what_was_interrupted_is_put_back_and_named(interrupted: Path) -> None:
    assert change_set.recover(interrupted) == ("infra/a.tf",)
    assert contents(interrupted) == OLD
    assert not pending(interrupted)


def test_a_second_recovery_has_nothing_to_do(interrupted: Path) -> None:
    change_set.recover(interrupted)
    assert change_set.recover(interrupted) == ()


def test_an_edit_after_the_interruption_is_not_written_over(interrupted: Path) -> None:
    (interrupted / "infra" / "b.tf").write_text("mine")
    with pytest.raises(Integrity, match=r"infra/b\.tf was edited"):
        change_set.recover(interrupted)
    assert contents(interrupted) == {"a.tf": b"x", "b.tf": b"mine"}


def test_a_commit_after_the_interruption_does_not_change_what_is_put_back(interrupted: Path) -> None:
    (interrupted / "other.txt").write_text("x")
    git(interrupted, "add", "other.txt")
    git(interrupted, "commit", "-q", "-m", "other")
    change_set.recover(interrupted)
    assert contents(interrupted) == OLD


def test_another_worktree_of_the_repository_is_not_interrupted(interrupted: Path, tmp_path: Path) -> None:
    git(interrupted, "worktree", "add", "-q", "--detach", str(tmp_path / "beside"))
    assert (pending(interrupted), pending(tmp_path / "beside")) == (True, False)


def test_a_clone_brings_no_interrupted_change(interrupted: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", str(interrupted), "clone")
    assert not pending(tmp_path / "clone")


def test_no_file_of_the_checkout_can_make_a_change(checkout: Path, tmp_path: Path) -> None:
    """What a pull request could commit is not believed: an older release kept its notes in such a file."""
    outside = tmp_path / "outside"
    outside.write_text("mine")
    folder = own_folder.path(checkout) / "change"
    folder.mkdir(parents=True)
    (folder / "journal.json").write_text(f'[{{"path": "{outside}", "number": 0, "old": null, "new": null}}]')
    assert change_set.recover(checkout) == ()
    assert outside.read_text() == "mine"


def test_a_folder_that_has_become_a_link_is_not_written_through(interrupted: Path, tmp_path: Path) -> None:
    (interrupted / "infra").rename(tmp_path / "outside")
    (interrupted / "infra").symlink_to(tmp_path / "outside")
    with pytest.raises(Integrity, match="was edited"):
        change_set.recover(interrupted)
    assert (tmp_path / "outside" / "a.tf").read_bytes() == b"x"


def test_a_note_whose_commit_is_gone_is_said_with_what_to_do(interrupted: Path) -> None:
    noted = git(interrupted, "rev-parse", change_set.NOTE)
    (interrupted / ".git" / "objects" / noted[:2] / noted[2:]).unlink()
    with pytest.raises(Integrity, match="cannot be read") as refused:
        change_set.recover(interrupted)
    assert "update-ref -d" in str(spell(refused.value.fix))


def test_a_checkout_without_a_change_has_nothing_to_put_back(checkout: Path) -> None:
    assert (pending(checkout), change_set.recover(checkout)) == (False, ())


def test_a_folder_without_git_has_nothing_to_put_back(tmp_path: Path) -> None:
    assert (pending(tmp_path), change_set.recover(tmp_path)) == (False, ())
