from __future__ import annotations

import os
from pathlib import Path

import pytest

from infragate.adapters.local import own_folder
from infragate.domain.errors import BadInput


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "state"
    monkeypatch.setenv("INFRAGATE_STATE", str(folder))
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "my check out"
    folder.mkdir()
    return folder


def test_it_is_private_and_outside_of_the_checkout(state: Path, checkout: Path) -> None:
    folder = own_folder.of(checkout)
    assert folder.is_relative_to(state)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(checkout.iterdir()) == []


def test_it_says_whose_it_is(state: Path, checkout: Path) -> None:
    assert (own_folder.of(checkout) / own_folder.RECORD).read_text() == f"{checkout}\n"


def test_its_path_alone_creates_nothing(state: Path, checkout: Path) -> None:
    own_folder.path(checkout)
    assert not state.exists()


def test_two_checkouts_of_one_name_have_two(state: Path, tmp_path: Path) -> None:
    assert own_folder.path(tmp_path / "a" / "x") != own_folder.path(tmp_path / "b" / "x")


def test_a_checkout_reached_through_a_link_has_the_same(state: Path, checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout)
    assert own_folder.path(tmp_path / "link") == own_folder.path(checkout)


def test_that_of_a_draft_is_beside_it(state: Path, checkout: Path) -> None:
    draft = own_folder.of(checkout) / "drafts" / "rollback-prod"
    assert own_folder.path(draft).parent == draft.parent


@pytest.mark.parametrize("name", ["..", "a/../..", "-rf", "\n", "한글", "x" * 300, "a b;c"])
def test_the_name_of_a_checkout_cannot_lead_elsewhere(state: Path, tmp_path: Path, name: str) -> None:
    folder = own_folder.path(tmp_path / "deep" / "er" / name)
    assert folder.parent == state / own_folder.CHECKOUTS
    assert folder.name.isascii()
    assert len(folder.name) < 60


def test_what_a_commit_brings_along_is_not_read(state: Path, checkout: Path) -> None:
    (checkout / ".infragate").mkdir()
    (checkout / ".infragate" / "workspace").write_text("theirs")
    assert {path.name for path in own_folder.of(checkout).iterdir()} == {own_folder.RECORD}


def test_one_that_others_could_read_is_closed(state: Path, checkout: Path) -> None:
    own_folder.of(checkout).chmod(0o755)
    assert own_folder.of(checkout).stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_refused(state: Path, checkout: Path, tmp_path: Path) -> None:
    own_folder.path(checkout).parent.mkdir(parents=True)
    own_folder.path(checkout).symlink_to(tmp_path)
    with pytest.raises(BadInput, match="is a symbolic link"):
        own_folder.of(checkout)


def test_one_of_another_user_is_refused(state: Path, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_folder.of(checkout)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with pytest.raises(BadInput, match="belongs to another user"):
        own_folder.of(checkout)


def test_a_state_folder_inside_the_checkout_is_refused(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRAGATE_STATE", str(checkout / "state"))
    with pytest.raises(BadInput, match="inside the checkout"):
        own_folder.of(checkout)


def test_one_that_cannot_be_created_is_bad_input(state: Path, checkout: Path) -> None:
    state.write_text("in the way")
    with pytest.raises(BadInput, match="cannot create the folder"):
        own_folder.of(checkout)
