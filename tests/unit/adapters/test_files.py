from __future__ import annotations

import errno
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.advice import spell

from infragate.adapters.local import files
from infragate.domain.errors import BadInput


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """The system itself ends a write in the middle."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("content", ["text ü\n", b"\x00\xff", ""])
def test_what_is_written_is_there(tmp_path: Path, content: str | bytes) -> None:
    files.write(tmp_path / "f", content)
    assert (tmp_path / "f").read_bytes() == (content.encode() if isinstance(content, str) else content)


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    files.write(tmp_path / "f", "long long long")
    files.write(tmp_path / "f", "short")
    assert (tmp_path / "f").read_text() == "short"


def test_folders_above_are_made(tmp_path: Path) -> None:
    files.write(tmp_path / "a b" / "c" / "f", "x")
    assert (tmp_path / "a b" / "c" / "f").read_text() == "x"


@pytest.mark.parametrize("wanted", [0o600, 0o644, 0o755])
def test_the_mode_is_what_was_asked_for_whatever_the_umask(tmp_path: Path, wanted: int) -> None:
    before = os.umask(0o077)
    try:
        files.write(tmp_path / "f", "x", mode=wanted)
    finally:
        os.umask(before)
    assert mode(tmp_path / "f") == wanted


def test_a_secret_is_never_readable_for_others_even_when_the_old_file_was(tmp_path: Path) -> None:
    files.write(tmp_path / "f", "old", mode=0o644)
    files.write(tmp_path / "f", "secret", mode=0o600)
    assert mode(tmp_path / "f") == 0o600


def test_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    files.write(tmp_path / "f", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_write_that_ends_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    files.write(tmp_path / "f", "old")
    with no_file_larger_than(4096), pytest.raises(BadInput) as caught:
        files.write(tmp_path / "f", "x" * 10_000)
    assert (tmp_path / "f").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
    assert caught.value.message == "cannot write f: File too large; the old file is unchanged"
    assert caught.value.where == str(tmp_path / "f")


def test_a_full_disk_is_bad_input_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    files.write(tmp_path / "f", "old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput) as caught:
        files.write(tmp_path / "f", "new")
    assert "No space left on device" in caught.value.message
    assert "free some space" in str(spell(caught.value.fix))
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_an_interrupted_write_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_handle: int) -> None:
        raise KeyboardInterrupt

    files.write(tmp_path / "f", "old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(tmp_path / "f", "secret", mode=0o600)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_a_file_in_the_place_of_a_folder_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    with pytest.raises(BadInput, match="cannot write g"):
        files.write(tmp_path / "f" / "g", "x")


def test_a_folder_in_the_place_of_the_file_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    with pytest.raises(BadInput, match="cannot write f"):
        files.write(tmp_path / "f", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "f").symlink_to(tmp_path / "victim")
    files.write(tmp_path / "f", "x")
    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "f").is_symlink()


def test_a_file_is_read_as_text(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes("ü\n".encode())
    assert files.read(tmp_path / "f") == "ü\n"


def test_a_file_that_is_not_there_is_none_and_not_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert (files.read(tmp_path / "f"), files.read(tmp_path / "empty")) == (None, "")


@pytest.mark.parametrize("kind", ["latin", "folder"])
def test_what_people_wrote_and_cannot_be_read_is_bad_input_and_a_note_of_ours_is_missing(
    tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "tools.lock"
    path.mkdir() if kind == "folder" else path.write_bytes(b"caf\xe9")
    with pytest.raises(BadInput, match=r"tools\.lock") as caught:
        files.read(path)
    assert caught.value.where == str(path)
    assert files.recall(path) == (None if kind == "folder" else "caf\ufffd")


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")
    assert files.sha256(tmp_path / "f") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_private_folder_is_for_us_alone(tmp_path: Path) -> None:
    assert mode(files.private_folder(tmp_path / "a" / "b")) == 0o700


def test_a_private_folder_may_be_there_already(tmp_path: Path) -> None:
    assert files.private_folder(files.private_folder(tmp_path / "a")) == tmp_path / "a"


def test_a_private_folder_that_cannot_be_made_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(BadInput, match="cannot create the folder"):
        files.private_folder(tmp_path / "f")
