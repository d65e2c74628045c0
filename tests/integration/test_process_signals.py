"""What a signal to us does to a program that we run. A process of its own stands for us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.integration import walls

from infragate.adapters.process import children, signals

ROOT = Path(__file__).parents[2]
NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# The child signals that it runs; on a signal it logs the signal's name, finishes its work and ends.
CHILD = """
import pathlib, signal, sys, time
log = pathlib.Path(sys.argv[1])
def finish(number, frame):
    with log.open("a") as sink:
        sink.write(signal.Signals(number).name + chr(10))
    time.sleep(0.3)
    print("saved")
    sys.exit(1)
signal.signal(signal.SIGINT, finish)
signal.signal(signal.SIGTERM, finish)
log.with_name("ready").touch()
for _ in range(300):  # a signal that comes just before a sleep does not shorten it
    time.sleep(0.1)
"""
PARENT = """
import pathlib, signal, sys
from infragate.adapters.process import children as process, signals
from infragate.adapters.process.outcome import InterruptedRun
from tests.integration import walls
child, log, patient, transcript, kind = sys.argv[1:]
signals.raise_on_sigterm()
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it (a shell's "&" does)
try:
    done = process.run(
        [sys.executable, "-c", child, log],
        finish_on_interrupt=patient == "patient",
        on_interrupt=lambda name: print("waiting", flush=True),
        transcript=pathlib.Path(transcript) if transcript else None,
        wall=walls.around(pathlib.Path(log).parent) if kind else None,
    )
    print("ended by itself")
except InterruptedRun as stopped:
    print(stopped.exit_code, stopped.completed.returncode, repr(stopped.completed.stdout))
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(params=["", *walls.KINDS], ids=["free", *walls.KINDS])
def start(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    if kind := request.param:
        walls.use(kind, monkeypatch)
    begun: list[subprocess.Popen[str]] = []

    def run(*, patient: bool = True, child: str = CHILD, transcript: str = "") -> subprocess.Popen[str]:
        argv = [
            sys.executable,
            "-c",
            PARENT,
            child,
            str(tmp_path / "log"),
            "patient" if patient else "",
            transcript,
            kind,
        ]
        begun.append(
            subprocess.Popen(
                argv,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
                cwd=tmp_path,
            )
        )
        wait_for((tmp_path / "ready").exists)
        return begun[-1]

    yield run
    for parent in begun:
        parent.kill()
        parent.communicate()


def wait_for(condition: Callable[[], bool], *, within: float = 10.0) -> None:
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def said(parent: subprocess.Popen[str]) -> list[str]:
    return parent.communicate(timeout=20)[0].splitlines()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_is_passed_on_and_the_childs_end_is_waited_for(
    start: Start, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    parent = start()
    parent.send_signal(number)
    assert said(parent) == ["waiting", f"{code} 1 'saved\\n'"]
    assert (tmp_path / "log").read_text() == f"{number.name}\n"


def test_the_child_is_told_once_however_often_we_are(start: Start, tmp_path: Path) -> None:
    parent = start()
    for _ in range(3):
        parent.send_signal(signal.SIGINT)
        time.sleep(0.05)
    assert said(parent) == ["waiting", "130 1 'saved\\n'"]
    assert (tmp_path / "log").read_text() == "SIGINT\n"


@pytest.mark.parametrize("start", [""], indirect=True)  # behind a wall it could not signal us
def test_a_signal_that_comes_with_the_start_of_the_child_is_passed_on_too(start: Start, tmp_path: Path) -> None:
    child = "import os" + CHILD.replace("for _", "os.kill(os.getppid(), signal.SIGINT)\nfor _")
    assert said(start(child=child)) == ["waiting", "130 1 'saved\\n'"]
    assert (tmp_path / "log").read_text() == "SIGINT\n"


def test_signals_in_quick_succession_leave_no_child_behind(start: Start, tmp_path: Path) -> None:
    parent = start()
    for _ in range(50):
        parent.send_signal(signal.SIGINT)
    assert said(parent)[-1] == "130 1 'saved\\n'"
    assert (tmp_path / "log").read_text() == "SIGINT\n"


def test_what_a_child_left_behind_is_ended_with_it(start: Start, tmp_path: Path) -> None:
    child = """
import pathlib, subprocess, sys, time
left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])
log = pathlib.Path(sys.argv[1])
log.write_text(str(left.pid))
log.with_name("ready").touch()
time.sleep(30)
"""
    parent = start(patient=False, child=child)
    parent.send_signal(signal.SIGTERM)
    assert said(parent) == ["waiting", "143 -15 ''"]
    wait_for(lambda: not children.alive(int((tmp_path / "log").read_text())))


def test_a_child_with_a_transcript_goes_on_when_we_are_killed(start: Start, tmp_path: Path) -> None:
    child = """
import pathlib, sys, time
log = pathlib.Path(sys.argv[1])
log.with_name("ready").touch()
while not log.with_name("killed").exists():
    time.sleep(0.01)
print("x" * 100_000, flush=True)
log.with_name("done").touch()
"""
    parent = start(child=child, transcript=str(tmp_path / "apply.log"))
    parent.kill()
    parent.wait()
    (tmp_path / "killed").touch()
    wait_for((tmp_path / "done").exists)
    assert len((tmp_path / "apply.log").read_text()) == 100_001


LIMITED = """
import sys
from infragate.adapters.process import children, signals
from infragate.domain.errors import ToolFailed
signals.raise_on_sigterm()
try:
    with signals.time_limit(float(sys.argv[1]), what="the step"):
        children.run([sys.executable, "-c", sys.argv[2]], finish_on_interrupt=True)
        print("done")
except ToolFailed as failed:
    print(failed.message)
"""


@pytest.mark.parametrize(
    ("seconds", "said"),
    [("1.5", "the step took more than 0.025 minutes and was ended\n"), ("30", "done\n")],
)
def test_a_run_that_takes_too_long_is_ended_as_by_a_signal(tmp_path: Path, seconds: str, said: str) -> None:
    """The program gets one SIGTERM, and ends as it wants."""
    child = f"""
import pathlib, signal, sys, time
def finish(number, frame):
    pathlib.Path({str(tmp_path / "saved")!r}).touch()
    sys.exit(1)
signal.signal(signal.SIGTERM, finish)
time.sleep({20 if seconds == "1.5" else 0})
"""
    done = subprocess.run([sys.executable, "-c", LIMITED, seconds, child], capture_output=True, text=True, check=True)
    assert done.stdout == said
    assert (tmp_path / "saved").exists() == (seconds == "1.5")


def test_beside_the_main_thread_signals_stay_as_they_are() -> None:
    """Only the main thread gets them: an apply in another one ends when it has ended."""

    def beside() -> None:
        signals.ignore_hangup()
        with signals.ignored(), signals.DeferredSignals():
            assert [signal.getsignal(number) for number in NUMBERS] == before

    before = [signal.getsignal(number) for number in NUMBERS]
    with ThreadPoolExecutor() as pool:
        pool.submit(beside).result()
