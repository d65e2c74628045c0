"""Jobs in threads, and how much of a machine is ours."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from infragate.adapters.process import children, machine, side_by_side
from infragate.domain.errors import Interrupted, ToolFailed


def test_answers_come_in_the_order_of_the_jobs_and_each_is_told_when_it_is_there() -> None:
    told: list[str] = []
    later = threading.Event()

    def slow() -> int:
        later.wait(5)
        return 1

    def quick() -> int:
        return 2

    def done(name: str, _answer: int) -> None:
        told.append(name)
        later.set()

    assert side_by_side.run({"slow": slow, "quick": quick}, workers=2, done=done) == {"slow": 1, "quick": 2}
    assert told == ["quick", "slow"]


def test_no_more_jobs_run_at_a_time_than_there_are_workers() -> None:
    lock, at_a_time, most = threading.Lock(), 0, 0

    def job() -> None:
        nonlocal at_a_time, most
        with lock:
            at_a_time += 1
            most = max(most, at_a_time)
        time.sleep(0.02)
        with lock:
            at_a_time -= 1

    side_by_side.run({str(number): job for number in range(6)}, workers=2, done=lambda *_: None)
    assert most == 2


def test_if_a_job_fails_the_programs_of_the_others_end_with_it() -> None:
    ended: list[BaseException] = []
    started = threading.Event()

    def program() -> None:
        started.set()
        try:
            children.run([sys.executable, "-c", "import time; time.sleep(60)"], env=dict(os.environ))
        except Interrupted as end:
            ended.append(end)
            raise

    def failing() -> None:
        started.wait(5)
        time.sleep(0.2)
        raise ToolFailed("it failed", where="here")

    begun = time.monotonic()
    with pytest.raises(ToolFailed, match="it failed"):
        side_by_side.run({"program": program, "failing": failing}, workers=2, done=lambda *_: None)
    assert (len(ended), time.monotonic() - begun < 20) == (1, True)
    # What comes afterwards is not ended.
    side_by_side.run({"next": lambda: children.run(["true"], env=dict(os.environ))}, workers=1, done=lambda *_: None)


def test_without_jobs_there_are_no_answers() -> None:
    assert side_by_side.run({}, workers=0, done=lambda *_: None) == {}


@pytest.mark.parametrize(
    ("files", "cores", "memory"),
    [
        ({}, 4, None),
        ({"cpu.max": "max 100000", "memory.max": "max"}, 4, None),
        ({"cpu.max": "200000 100000", "memory.max": "1000", "memory.current": "400"}, 2, 600),
        ({"cpu.max": "50000 100000", "memory.max": "1000", "memory.current": "4000"}, 1, 0),
        ({"cpu.max": "garbage", "memory.max": "garbage"}, 4, None),
    ],
)
def test_a_container_has_what_its_limits_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], cores: int, memory: int | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text + "\n")
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: {0, 1, 2, 3})
    assert machine.cores() == cores
    host = machine.free_memory()
    assert (host == memory) if memory is not None else (host is None or host > 0)
