"""Verifies this repository: `./nox` runs everything, `./nox -s unit` the inner loop.

The sessions use the environment that the wrapper made from the hashed lock file; nothing is installed here.
"""

from __future__ import annotations

import os
import sys

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "unit", "e2e"]
nox.options.error_on_missing_interpreters = True

PYTHON = sys.executable
SOURCES = ("src", "tests", "benchmarks", "noxfile.py", "tasks.py")
WORKERS = str(max(2, os.cpu_count() or 2))


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
def e2e(session: nox.Session) -> None:
    """Real Terraform, real git, the real emulator, through the console script."""
    dealt = ("-n", WORKERS, "--dist", "loadfile", "--no-loadscope-reorder")  # in the order of tests/e2e/conftest.py
    session.run(PYTHON, "-m", "pytest", "tests/e2e", *dealt, "--durations=25", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """What planning, reading a large plan and checking pins cost, against their limits; not in the default sessions."""
    session.run(PYTHON, "benchmarks/overhead.py", *session.posargs)
    session.run(PYTHON, "benchmarks/large_plan.py")
    session.run(PYTHON, "benchmarks/pins.py", *session.posargs)
