"""What tests begin with is what was kept, whatever the test before has done to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.verbs.kept_files import KeptFiles


def holds(root: Path) -> dict[str, tuple[int, bytes | str | None]]:
    """Modes and contents."""
    found: dict[str, tuple[int, bytes | str | None]] = {}
    for path in root.rglob("*"):
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path)] = path.lstat().st_mode, content
    return found


def other_kind(root: Path) -> None:
    shutil.rmtree(root / "a" / "b")
    (root / "a" / "b").write_text("a file now")
    (root / "file").unlink()
    (root / "file").mkdir()


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "file").write_text("olleh"),  # as long as before, and at once
        lambda root: (root / "file").chmod(0o600),
        lambda root: (root / "a" / "b").chmod(0o700),
        lambda root: (root / "a" / "b" / "inner").unlink(),
        lambda root: shutil.rmtree(root / "a"),
        lambda root: shutil.copytree(root / "a", root / "copy"),
        lambda root: (root / "link").unlink(),
        lambda root: (root / "a" / "hard").hardlink_to(root / "file"),
        other_kind,
    ],
)
def test_what_a_test_has_changed_is_as_it_was(tmp_path: Path, change: Callable[[Path], object]) -> None:
    root, none = tmp_path / "root", tmp_path / "none"
    (root / "a" / "b").mkdir(parents=True)
    (root / "a" / "b" / "inner").write_text("inner")
    (root / "file").write_text("hello")
    (root / "link").symlink_to("file")
    before = holds(tmp_path)
    kept = KeptFiles(root, none)
    for _ in range(2):
        change(root)
        none.mkdir()
        assert holds(tmp_path) != before
        kept.restore()
        assert holds(tmp_path) == before


def test_what_is_linked_to_a_file_elsewhere_stays_as_the_test_has_made_it(tmp_path: Path) -> None:
    file, other = tmp_path / "root" / "file", tmp_path / "other"
    file.parent.mkdir()
    file.write_text("hello")
    kept = KeptFiles(file.parent)
    other.hardlink_to(file)
    other.write_text("changed")
    kept.restore()
    assert (file.read_text(), other.read_text()) == ("hello", "changed")


def test_a_store_that_is_only_added_to_is_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "objects"
    store.mkdir()
    kept = KeptFiles(tmp_path, passed_over=("objects",))
    (store / "new").write_text("x")
    kept.restore()
    assert (store / "new").exists()
