"""The sandbox's records: private, and harmless when they are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from infragate.domain.environment import NAME
from infragate.sandbox.state_folder import StateFolder


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    made = StateFolder.of(tmp_path)
    made.prepare()
    return made


def test_only_the_owner_may_look_into_it(folder: StateFolder) -> None:
    folder.record_keys({"someone": {"secret_key": "x"}})
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_others_could_read_is_closed(folder: StateFolder) -> None:
    folder.path.chmod(0o755)
    folder.prepare()
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_nothing_recorded_is_nothing(folder: StateFolder) -> None:
    assert (folder.port, folder.pid, dict(folder.keys), dict(folder.marks)) == (None, None, {}, {})


@pytest.mark.parametrize("text", ["", "abc", "-5", "12 13", "{", "[1]", "null", "\u0663"])
def test_a_damaged_record_counts_as_missing(folder: StateFolder, text: str) -> None:
    for name in ("emulator.port", "emulator.pid", "keys.json", "seeded.json"):
        (folder.path / name).write_text(text, encoding="utf-8")
    assert (folder.port, folder.pid, dict(folder.keys), dict(folder.marks)) == (None, None, {}, {})


def test_a_process_is_remembered_and_forgotten_but_its_port_is_kept(folder: StateFolder) -> None:
    folder.record_process(4711, 5001)
    assert (folder.pid, folder.port) == (4711, 5001)
    folder.forget_process()
    assert (folder.pid, folder.port) == (None, 5001)


def test_no_record_can_be_taken_for_an_environment_s_folder(folder: StateFolder) -> None:
    folder.record_process(1, 1)
    folder.record_keys({})
    folder.record_marks({})
    names = [path.name for path in folder.path.iterdir()]
    names += [folder.log.name, folder.snapshot.name, folder.module_repository.name]
    assert [name for name in names if NAME.fullmatch(name)] == []


def test_the_lock_can_be_held_while_the_folder_is_deleted(folder: StateFolder) -> None:
    import shutil

    with folder.locked(lambda _: None):
        shutil.rmtree(folder.path)
    assert not folder.path.exists()


def test_a_copy_holds_what_the_sandbox_held(folder: StateFolder, tmp_path: Path) -> None:
    folder.record_keys({"someone": {"secret_key": "x"}})
    folder.record_marks({"callers": "abc"})
    folder.snapshot.write_bytes(b"resources")
    folder.save_copy(tmp_path / "copy")
    other = StateFolder.of(tmp_path / "other")
    other.load_copy(tmp_path / "copy")
    assert (other.keys, other.marks, other.snapshot.read_bytes()) == (folder.keys, folder.marks, b"resources")
    assert (other.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_copy_that_cannot_be_completed_is_not_there(folder: StateFolder, tmp_path: Path) -> None:
    folder.record_keys({})  # no marks, no snapshot
    with pytest.raises(FileNotFoundError):
        folder.save_copy(tmp_path / "copies" / "copy")
    assert list((tmp_path / "copies").iterdir()) == []
