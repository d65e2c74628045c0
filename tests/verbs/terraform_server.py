"""Runs the stand-in for Terraform in threads of one process that has imported what it needs: no call starts a Python.

The program on PATH is a shell script (world.py). It writes its process id into our FIFO and waits for an exit code in a
pipe of its own. Arguments, environment, folder, streams and umask of the script are read from /proc. A fork for each
call would have a thousand pages copied: eight times what a call costs.
"""

from __future__ import annotations

import contextlib
import json  # noqa: F401 - this and what follows is what the stand-in imports
import os
import re
import select
import shutil  # noqa: F401
import socket  # noqa: F401
import subprocess  # noqa: F401
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, TextIO

_UMASK = re.compile(r"^Umask:\s*(\d+)", re.MULTILINE)


def main(requests: str, program: str) -> None:
    """Serve until stdin is closed, which is the end of the tests."""
    code = compile(Path(program).read_text(encoding="utf-8"), program, "exec", dont_inherit=True)
    fifo = os.open(requests, os.O_RDWR)  # a writer of our own: it never ends
    while True:
        ready, _, _ = select.select([0, fifo], [], [])
        if 0 in ready:
            os._exit(0)  # whatever hangs because a test had it hang
        for process in os.read(fifo, 4096).split():
            threading.Thread(target=_run, args=(Path("/proc") / process.decode(), code), daemon=True).start()


def _run(process: Path, program: CodeType) -> None:
    """Run the stand-in in the place of the script."""
    code = 1
    with contextlib.suppress(OSError), _place(process) as (words, call):  # OSError: nobody reads any more
        code = _exit_code(words, call, program)
    with contextlib.suppress(OSError):
        (process / "fd" / "4").write_text(f"{code}\n")


def _exit_code(words: list[str], call: dict[str, Any], program: CodeType) -> int:
    names: dict[str, Any] = {"__name__": "stand-in", "__file__": words[0], "CALL": call}
    try:
        exec(program, names)
        return int(names["main"](words[1:]))
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc(file=call["err"])
        return 1


@contextmanager
def _place(process: Path) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """The script's command line, and what else makes its place."""
    _shell, *words = (os.fsdecode(word) for word in (process / "cmdline").read_bytes().split(b"\0")[:-1])
    entries = (os.fsdecode(entry).partition("=") for entry in (process / "environ").read_bytes().split(b"\0")[:-1])
    umask = _UMASK.search((process / "status").read_text())
    # The script's own stdout is our FIFO while it writes there.
    with _stream(process / "fd" / "3") as out, _stream(process / "fd" / "2") as err:
        yield (
            words,
            {
                "process": process.name,
                "environment": {name: value for name, _, value in entries},
                "folder": (process / "cwd").readlink(),
                "umask": int(umask.group(1), 8) if umask else 0o022,
                "out": out,
                "err": err,
            },
        )


def _stream(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "w", encoding="utf-8", errors="surrogateescape")


if __name__ == "__main__":
    main(*sys.argv[1:])
