from __future__ import annotations

import threading
from pathlib import Path

import pytest

from infragate.adapters.local import locks
from infragate.domain.errors import Locked


def refusal() -> Locked:
    return Locked("another run holds the lock", where="lock", fix="wait")


def test_a_lock_is_released_at_the_end(tmp_path: Path) -> None:
    for _ in range(2):
        with locks.hold(tmp_path / "lock", refusal):
            pass


def test_a_lock_is_released_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(tmp_path / "lock", refusal):
        raise ZeroDivisionError
    with locks.hold(tmp_path / "lock", refusal):
        pass


def test_without_patience_the_second_run_is_refused_at_once(tmp_path: Path) -> None:
    with (
        locks.hold(tmp_path / "lock", refusal),
        pytest.raises(Locked, match="another run holds the lock"),
        locks.hold(tmp_path / "lock", refusal),
    ):
        pytest.fail("both held the lock")


def test_the_second_says_once_that_it_waits_and_has_its_turn_after_the_first(tmp_path: Path) -> None:
    told, first_has_ended = [], threading.Event()

    def second() -> None:
        with locks.hold(tmp_path / "lock", refusal, patience=10, waiting=lambda: told.append("waits")):
            told.append("after" if first_has_ended.is_set() else "beside")

    other = threading.Thread(target=second)
    with locks.hold(tmp_path / "lock", refusal):
        other.start()
        other.join(0.2)
        assert told == ["waits"]
        first_has_ended.set()
    other.join(10)
    assert told == ["waits", "after"]


def test_who_has_waited_in_vain_is_refused(tmp_path: Path) -> None:
    told: list[str] = []
    with (
        locks.hold(tmp_path / "lock", refusal),
        pytest.raises(Locked),
        locks.hold(tmp_path / "lock", refusal, patience=0.1, waiting=lambda: told.append("waits")),
    ):
        pytest.fail("both held the lock")
    assert told == ["waits"]


def test_who_need_not_wait_says_nothing(tmp_path: Path) -> None:
    with locks.hold(tmp_path / "lock", refusal, patience=10, waiting=lambda: pytest.fail("nobody is at it")):
        pass
