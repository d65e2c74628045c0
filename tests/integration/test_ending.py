"""A process that ends without Python's clean-up has done and said all that it would have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, sys, threading, time
from infragate.adapters.process import ending
atexit.register(lambda: print("registered"))
def work():
{body}
ending.after(work)
"""


def ended(body: str) -> subprocess.CompletedProcess[str]:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=lines)], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(("body", "code"), [("pass", 0), ("sys.exit()", 0), ("sys.exit(8)", 8), ("sys.exit(True)", 1)])
def test_the_exit_code_is_that_of_the_work(body: str, code: int) -> None:
    assert ended(body).returncode == code


def test_output_that_waits_in_a_buffer_is_written() -> None:
    done = ended('print("x" * 100_000, end=""); sys.stderr.write("said")')
    assert (len(done.stdout), done.stderr) == (100_000 + len("registered\n"), "said")


def test_what_is_registered_for_the_end_is_done() -> None:
    assert ended("sys.exit(3)").stdout == "registered\n"


def test_a_message_in_place_of_a_code_is_shown() -> None:
    done = ended('sys.exit("why")')
    assert (done.returncode, done.stderr) == (1, "why\n")


def test_an_exception_has_its_traceback() -> None:
    done = ended("raise ValueError(1)")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "ValueError: 1")


def test_a_thread_that_is_busy_comes_to_its_end() -> None:
    body = 'threading.Thread(target=lambda: (time.sleep(0.5), print("finished"))).start()\nsys.exit(8)'
    done = ended(body)
    assert (done.returncode, "finished" in done.stdout) == (8, True)


def test_a_reader_that_has_gone_does_not_hide_the_code() -> None:
    program = PROGRAM.format(body='    print("x" * 100_000)\n')
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        child.stdout.close()
        child.wait(timeout=60)
    assert child.returncode != 0


def test_the_list_of_verbs_can_be_cut_short() -> None:
    listing = f'"{Path(sys.executable).with_name("infragate")}" --list | head -n 1'
    done = subprocess.run(["sh", "-c", listing], capture_output=True, text=True, check=True)
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
