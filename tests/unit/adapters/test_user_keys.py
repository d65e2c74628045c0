from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infragate.adapters.local import user_keys
from infragate.domain.errors import BadInput


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INFRAGATE_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_key_is_made_once_and_only_its_owner_can_read_it() -> None:
    first = user_keys.read("seal")
    assert (user_keys.read("seal"), len(first)) == (first, user_keys.SIZE)
    assert user_keys.file("seal").stat().st_mode & 0o777 == 0o600


def test_two_names_are_two_keys() -> None:
    assert user_keys.read("seal") != user_keys.read("emulator")


def test_first_runs_at_the_same_time_get_one_key() -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: user_keys.read("seal"), range(32)))
    assert len(keys) == 1
    assert [path.name for path in user_keys.file("seal").parent.iterdir()] == ["seal"]


def opened(path: Path) -> None:
    path.chmod(0o640)


def cut(path: Path) -> None:
    path.write_bytes(b"short")


def linked(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def replaced(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("harm", [opened, cut, linked, replaced])
def test_a_key_that_others_could_know_or_have_made_is_refused(harm: Callable[[Path], None]) -> None:
    harm(user_keys.file("seal"))
    with pytest.raises(BadInput, match="infragate's key"):
        user_keys.read("seal")
