"""A program at a terminal: what it prints, and answers typed when it asks."""

from __future__ import annotations

import os
import pty
import select
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    answers: Sequence[tuple[str, str]] = (),
    seconds: float = 600,
) -> tuple[int, str]:
    """Run a program to its end; its exit code, and everything on the screen.

    Args:
        answers: a part of a question, and the line to type when it is on the screen; in their order, each once.
    """
    child, screen = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.execvpe(argv[0], list(argv), dict(env))
    shown, left, limit, seen = b"", list(answers), time.monotonic() + seconds, 0
    try:
        while time.monotonic() < limit:
            if not select.select([screen], [], [], 1.0)[0]:
                continue
            try:
                part = os.read(screen, 65536)
            except OSError:  # Linux ends a terminal without a program so
                break
            if not part:
                break
            shown += part
            if left and left[0][0].encode() in shown[seen:]:
                seen = len(shown)
                os.write(screen, left.pop(0)[1].encode() + b"\n")
    finally:
        os.close(screen)
    _, status = os.waitpid(child, 0)
    assert not left, f"not asked: {left}; {shown.decode(errors='replace')}"
    return os.waitstatus_to_exitcode(status), shown.decode(errors="replace").replace("\r\n", "\n")
