"""Runs the stand-in for Terraform in forks of one process that has imported what it needs: no call starts a Python.

The program on PATH is a shell script (world.py). It writes its process id into our FIFO and waits for an exit code in a
FIFO of its own. Arguments, environment, folder, streams and umask of the script are read from /proc.
"""

from __future__ import annotations

import contextlib
import gc
import json  # noqa: F401 - this and what follows is what the stand-in imports
import os
import re
import select
import shutil  # noqa: F401
import socket  # noqa: F401
import subprocess  # noqa: F401
import sys
from pathlib import Path
from types import CodeType

_UMASK = re.compile(r"^Umask:\s*(\d+)", re.MULTILINE)


def main(requests: str, program: str) -> None:
    """Serve until stdin is closed, which is the end of the tests."""
    code = compile(Path(program).read_text(encoding="utf-8"), program, "exec", dont_inherit=True)
    gc.disable()  # a collection would copy every page that a fork shares with us
    fifo = os.open(requests, os.O_RDWR)  # a writer of our own: it never ends
    while True:
        ready, _, _ = select.select([0, fifo], [], [])
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                """Another fork has ended."""
        if 0 in ready:
            return
        for process in os.read(fifo, 4096).split():
            if os.fork() == 0:
                _run(process.decode(), f"{requests}.{process.decode()}", code)


def _run(process: str, answer: str, program: CodeType) -> None:
    """In a fork: run the stand-in in the place of the script, and end."""
    code = 1
    try:
        _take_the_place_of(Path("/proc") / process)
        exec(program, {"__name__": "__main__", "__file__": sys.argv[0], "CALLER": process})
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError):  # nobody reads any more
            sys.stdout.flush()
        with contextlib.suppress(OSError):
            Path(answer).write_text(f"{code}\n")
            Path(answer).unlink()
        os._exit(code)


def _take_the_place_of(process: Path) -> None:
    _shell, *sys.argv = (os.fsdecode(word) for word in (process / "cmdline").read_bytes().split(b"\0")[:-1])
    os.environ.clear()
    for entry in (process / "environ").read_bytes().split(b"\0")[:-1]:
        name, _, value = os.fsdecode(entry).partition("=")
        os.environ[name] = value
    os.chdir(process / "cwd")
    for number, kept in ((1, "3"), (2, "2")):  # the script's own stdout is our FIFO while it writes there
        os.dup2(os.open(process / "fd" / kept, os.O_WRONLY | os.O_APPEND), number)
    umask = _UMASK.search((process / "status").read_text())
    os.umask(int(umask.group(1), 8) if umask else 0o022)


if __name__ == "__main__":
    main(*sys.argv[1:])
