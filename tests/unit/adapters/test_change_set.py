"""Several files changed together (that it holds when it is killed is looked at in tests/integration/test_killed_change.py)."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infragate.adapters.local import change_set
from infragate.domain.command import spell
from infragate.domain.errors import BadInput, Integrity


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "my check out"
    (root / "infra").mkdir(parents=True)
    (root / "infra" / "a.tf").write_bytes(b"a\r\n")
    (root / "infra" / "b.tf").write_bytes(b"b")
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (root / "infra").iterdir() if path.is_file()}


OLD = {"a.tf": b"a\r\n", "b.tf": b"b"}


def test_files_are_changed_made_and_removed(checkout: Path) -> None:
    change_set.apply(checkout, {"infra/a.tf": b"x", "infra/b.tf": None, "infra/c.tf": b"c"})
    assert contents(checkout) == {"a.tf": b"x", "c.tf": b"c"}
    assert not change_set.pending(checkout)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_a_file_keeps_its_mode(checkout: Path, mode: int) -> None:
    (checkout / "infra" / "a.tf").chmod(mode)
    change_set.apply(checkout, {"infra/a.tf": b"x"})
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
        (replaced(lambda place: place.mkdir()), "not a plain file"),
        (replaced(lambda place: place.symlink_to("a.tf")), "not a plain file"),
        (replaced(lambda place: place.symlink_to("nowhere")), "not a plain file"),
        (replaced(os.mkfifo), "not a plain file"),
    ],
    ids=["read-only", "folder", "link", "link-to-nothing", "pipe"],
)
def test_one_file_that_cannot_be_written_keeps_all_as_they_were(
    checkout: Path, spoil: Callable[[Path], None], why: str
) -> None:
    spoil(checkout / "infra" / "b.tf")
    with pytest.raises(BadInput, match=why):
        change_set.apply(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y"})
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
    with no_file_larger_than(4096), pytest.raises(BadInput, match="File too large"):
        change_set.apply(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y" * 10_000})
    assert contents(checkout) == OLD
    assert not change_set.pending(checkout)


def test_a_file_in_the_place_of_a_folder_keeps_all_as_they_were(checkout: Path) -> None:
    with pytest.raises(BadInput):
        change_set.apply(checkout, {"infra/a.tf": b"x", "infra/b.tf/c.tf": b"y"})
    assert contents(checkout) == OLD


@pytest.fixture
def interrupted(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout where a change was killed after its first file: nothing ran after that."""
    put = change_set._put

    def killed(*args: object, **_: object) -> None:
        put(*args)  # type: ignore[arg-type]
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(change_set, "_put", killed)
        patched.setattr(change_set, "recover", lambda _: ())
        with pytest.raises(SystemExit):
            change_set.apply(checkout, {"infra/a.tf": b"x", "infra/b.tf": b"y"})
    assert contents(checkout) == {"a.tf": b"x", "b.tf": b"b"}
    return checkout


def test_what_was_interrupted_is_put_back_and_named(interrupted: Path) -> None:
    assert change_set.pending(interrupted)
    assert change_set.recover(interrupted) == ("infra/a.tf",)
    assert contents(interrupted) == OLD


def test_a_second_recovery_has_nothing_to_do(interrupted: Path) -> None:
    change_set.recover(interrupted)
    assert change_set.recover(interrupted) == ()


def test_an_edit_after_the_interruption_is_not_written_over(interrupted: Path) -> None:
    (interrupted / "infra" / "b.tf").write_text("mine")
    with pytest.raises(Integrity, match=r"infra/b\.tf was edited"):
        change_set.recover(interrupted)
    assert contents(interrupted) == {"a.tf": b"x", "b.tf": b"mine"}


def test_notes_that_cannot_be_read_are_said_with_what_to_do(interrupted: Path) -> None:
    journal = interrupted / ".infragate" / "change" / "journal.json"
    journal.write_text(journal.read_text()[:-9])
    with pytest.raises(Integrity, match="cannot be read") as refused:
        change_set.recover(interrupted)
    assert "rm -r" in str(spell(refused.value.fix))


def test_a_checkout_without_a_change_has_nothing_to_put_back(checkout: Path) -> None:
    assert (change_set.pending(checkout), change_set.recover(checkout)) == (False, ())
