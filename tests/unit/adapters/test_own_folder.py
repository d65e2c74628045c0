from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters import git
from infragate.adapters.local import own_folder
from infragate.domain.errors import BadInput


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = tmp_path / "my check out"
    folder.mkdir()
    git.run(folder, "init", "--quiet")
    return folder


def test_it_is_private_and_out_of_gits_sight(checkout: Path) -> None:
    folder = own_folder.of(checkout)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert git.run(checkout, "status", "--porcelain") == ""


def test_one_that_others_could_read_is_closed(checkout: Path) -> None:
    (checkout / ".infragate").mkdir(mode=0o755)
    assert own_folder.of(checkout).stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_refused(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".infragate").symlink_to(tmp_path)
    with pytest.raises(BadInput, match="is a symbolic link"):
        own_folder.of(checkout)
    assert not (tmp_path / ".gitignore").exists()


def test_a_commit_that_brings_one_is_refused(checkout: Path) -> None:
    own_folder.refuse_committed(checkout)
    (own_folder.of(checkout) / "workspace").write_text("theirs")
    own_folder.refuse_committed(checkout)
    git.run(checkout, "add", "--force", ".infragate/workspace")
    with pytest.raises(BadInput, match="git tracks files in"):
        own_folder.refuse_committed(checkout)


def test_a_folder_without_git_has_no_commits(tmp_path: Path) -> None:
    own_folder.of(tmp_path)
    own_folder.refuse_committed(tmp_path)
