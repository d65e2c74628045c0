"""Verifies this repository: `./nox` runs everything, `./nox -s unit` the inner loop.

The sessions use the environment that the wrapper made from the hashed lock file; nothing is installed here.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = [
    "lint",
    "types",
    "unit",
    "properties",
    "coverage",
    "e2e",
    "scanners",
    "attacks",
]  # coverage runs integration and verbs
nox.options.error_on_missing_interpreters = True

PYTHON = sys.executable
SOURCES = ("src", "tests", "benchmarks", "noxfile.py", "tasks.py")
WORKERS = str(max(2, os.cpu_count() or 2))
BESIDE = str(2 * int(WORKERS))  # of tests that wait for other programs
DEALT = ("-n", BESIDE, "--dist", "loadfile", "--no-loadscope-reorder")  # file by file, in the order of conftest.py

# Each worker, and each Python that a test starts, would compile our code anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Hypothesis would load trio, which extends it and which no test needs.
ALONE = {"HYPOTHESIS_NO_PLUGINS": "1"}
MEMORY, ROOM = Path("/dev/shm"), 8 * 2**30  # noqa: S108 - mkdtemp makes a folder of our own in it


@contextmanager
def folder_in_memory() -> Iterator[tuple[str, ...]]:
    """A flag for pytest: its folder in memory, if there is room and programs may run from there; TMPDIR is in it too.

    Whole files are synced to the disk before they are renamed; half of the tests' time would be waiting for that.
    """
    room = os.statvfs(MEMORY) if MEMORY.is_dir() else None
    if room is None or room.f_bavail * room.f_frsize < ROOM or room.f_flag & os.ST_NOEXEC:
        yield ()
        return
    folder = tempfile.mkdtemp(prefix="infragate-", dir=MEMORY)
    temporary = Path(folder, "tmp")
    temporary.mkdir()
    try:
        with mock.patch.dict(os.environ, TMPDIR=str(temporary)):
            yield (f"--basetemp={folder}/tests",)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def install_programs(session: nox.Session) -> None:
    """Install what tools.lock pins into the user's cache, which all sessions share; Go needs ten minutes at first."""
    program = str(Path(PYTHON).with_name("infragate"))
    session.run(program, "tools-install")
    for name in ("atlantis", "actionlint"):  # only the tests run them
        session.run(program, "tools-install", "--tool", name)


@nox.session
def lint(session: nox.Session) -> None:
    """Style of Python, and the rules of tests/architecture."""
    session.run(PYTHON, "-m", "ruff", "check", *SOURCES)
    session.run(PYTHON, "-m", "ruff", "format", "--check", *SOURCES)
    session.run(PYTHON, "-m", "pytest", "tests/architecture")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    session.run(PYTHON, "-m", "mypy")


@nox.session
def unit(session: nox.Session) -> None:
    """The pure core, without programs and servers: about 15 seconds. A generating test has a tenth of its examples."""
    few = {"INFRAGATE_TEST_FEW_EXAMPLES": "1", **ALONE}
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", "tests/unit", "-n", WORKERS, *place, *session.posargs, env=few)


@nox.session
def properties(session: nox.Session) -> None:
    """The unit tests that generate their input, with all examples."""
    words = ("tests/unit", "-m", "hypothesis", "-n", WORKERS)
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", *words, *place, *session.posargs, env=ALONE)


@nox.session
def integration(session: nox.Session) -> None:
    """git, GitHub, Slack, downloads, processes, and the verbs that need no more than these: about 45 seconds."""
    run_beside(session, "tests/integration")


@nox.session
def verbs(session: nox.Session) -> None:
    """The other verbs, in the tests' process over a stand-in for Terraform and moto: about a minute."""
    run_beside(session, "tests/verbs")


@nox.session
def coverage(session: nox.Session) -> None:
    """The tests of both, with a limit for the lines of usecases that they run (pyproject.toml)."""
    covered = ("--cov", "--cov-report=term", "--cov-fail-under=85")
    run_beside(session, "tests/integration", "tests/verbs", *covered)


def run_beside(session: nox.Session, *words: str) -> None:
    """Run tests that wait for other programs."""
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", *words, *DEALT, *place, *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Real Terraform, real git, the real emulator, through the console script.

    Six workers on two cores: an apply of a whole Environment waits for 80 seconds, whatever the emulator does (the AWS
    provider's own delays: 60 s and two more looks for a database, twice 30 s for a load balancer).
    """
    workers = ("-n", str(3 * int(WORKERS)))
    install_programs(session)
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", "tests/e2e", *DEALT, *workers, *place, "--durations=25", *session.posargs)


@nox.session
def parity(session: nox.Session) -> None:
    """Write the table of docs/parity.md from what the three callers say; not in the default sessions: e2e compares it."""
    install_programs(session)
    with folder_in_memory() as place:
        write = {"INFRAGATE_TEST_WRITE_PARITY": "1"}
        session.run(PYTHON, "-m", "pytest", "tests/e2e/test_parity.py", *place, *session.posargs, env=write)


@nox.session
def scanners(session: nox.Session) -> None:
    """The real scanners over recorded plans and code, and broken programs in their place; no Terraform, no emulator."""
    install_programs(session)
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", "tests/scanners", *DEALT, *place, *session.posargs)


@nox.session
def attacks(session: nox.Session) -> None:
    """Hostile checkouts that really attack: without defence, behind the walls alone, before the judge alone."""
    with folder_in_memory() as place:
        session.run(PYTHON, "-m", "pytest", "tests/attacks", *DEALT, *place, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """The HTML pages of the gate and of drift in Chromium; not in the default sessions.

    INFRAGATE_BROWSER names the program; else that of this machine.
    """
    session.run(PYTHON, "-m", "pytest", "tests/browser", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """What planning, large plans, pins, the gate, Atlantis and drift cost, against their limits; not in the default sessions."""
    session.run(PYTHON, "benchmarks/overhead.py", *session.posargs)
    session.run(PYTHON, "benchmarks/large_plan.py")
    session.run(PYTHON, "benchmarks/pins.py", *session.posargs)
    session.run(PYTHON, "benchmarks/gate.py", *session.posargs)
    session.run(PYTHON, "benchmarks/atlantis.py")
    session.run(PYTHON, "benchmarks/drift.py")
