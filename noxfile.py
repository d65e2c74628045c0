"""Verifies this repository: `./nox` runs everything, `./nox -s unit` the inner loop.

The sessions use the environment that the wrapper made from the hashed lock file; nothing is installed here.
"""

from __future__ import annotations

import os
import sys

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "unit", "coverage", "e2e"]  # coverage runs the integration tests
nox.options.error_on_missing_interpreters = True

PYTHON = sys.executable
SOURCES = ("src", "tests", "benchmarks", "noxfile.py", "tasks.py")
WORKERS = str(max(2, os.cpu_count() or 2))
DEALT = ("-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder")  # file by file, in the order of conftest.py


@nox.session
def lint(session: nox.Session) -> None:
    """Style of Python and Terraform."""
    session.run(PYTHON, "-m", "ruff", "check", *SOURCES)
    session.run(PYTHON, "-m", "ruff", "format", "--check", *SOURCES)
    session.run(PYTHON, "-m", "pytest", "tests/architecture")


@nox.session
def types(session: nox.Session) -> None:
    """mypy, strict."""
    session.run(PYTHON, "-m", "mypy")


@nox.session
def unit(session: nox.Session) -> None:
    """The pure core, without programs and servers: under 20 seconds."""
    session.run(PYTHON, "-m", "pytest", "tests/unit", "-n", WORKERS, *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """git, GitHub, downloads, processes, verbs over a stand-in for Terraform; no emulator: a little over a minute."""
    session.run(PYTHON, "-m", "pytest", "tests/integration", *DEALT, *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The integration tests, with a limit for the lines of usecases that they run (pyproject.toml)."""
    covered = ("--cov", "--cov-report=term", "--cov-fail-under=85")
    session.run(PYTHON, "-m", "pytest", "tests/integration", *DEALT, *covered, *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Real Terraform, real git, the real emulator, through the console script.

    Two workers a core: an apply of a whole Environment waits for 80 seconds, whatever the emulator does (the AWS
    provider's own delays: 60 s and two more looks for a database, twice 30 s for a load balancer).
    """
    workers = ("-n", str(2 * int(WORKERS)))
    session.run(PYTHON, "-m", "pytest", "tests/e2e", *DEALT, *workers, "--durations=25", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """What planning, reading a large plan and checking pins cost, against their limits; not in the default sessions."""
    session.run(PYTHON, "benchmarks/overhead.py", *session.posargs)
    session.run(PYTHON, "benchmarks/large_plan.py")
    session.run(PYTHON, "benchmarks/pins.py", *session.posargs)
