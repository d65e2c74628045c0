"""Reads the output of a running program: from a pipe, or from a file that grows."""

from __future__ import annotations

import codecs
import fcntl
import os
import threading
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from typing import IO

from infragate.adapters.local import clock

LineSink = Callable[[str], None]
DRAIN_GRACE = 1.0
FOLLOW_SECONDS = 0.1


class Drain(threading.Thread):
    """Reads one of a child's streams to its end, also after a sink has failed."""

    def __init__(self, stream: IO[str] | Generator[str], sink: LineSink | None) -> None:
        super().__init__(daemon=True)
        self.stream, self.sink, self.lines = stream, sink, list[str]()
        self.start()

    def run(self) -> None:
        with closing(self.stream):
            for line in self.stream:
                self.lines.append(line)
                if self.sink is not None:
                    try:
                        self.sink(line.rstrip("\n"))
                    except Exception:  # a closed terminal must not stop the child
                        self.sink = None

    def ended(self, deadline: float | None) -> bool:
        """True if all was read by the deadline; a child of the child may hold the stream open for ever."""
        self.join(None if deadline is None else max(DRAIN_GRACE, deadline - clock.monotonic()))
        return not self.is_alive()

    def text(self) -> str:
        return "".join(self.lines)


def follow(path: Path, ended: threading.Event) -> Generator[str]:
    """The lines of a file that grows, until its writer has ended."""
    # A text file's reader would take the present end of the file for the last, even in the middle of a character.
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with path.open("rb") as source:
        rest = ""
        while True:
            last = ended.is_set()  # before reading, so that nothing written until then is missed
            rest += decoder.decode(source.read(), final=last)
            *lines, rest = rest.split("\n")
            yield from (line + "\n" for line in lines)
            if last:
                break
            ended.wait(FOLLOW_SECONDS)
        if rest:
            yield rest


def private_file(path: Path) -> IO[bytes]:
    """Replace a file with an empty one of mode 0600, opened for writing; a symbolic link is not followed.

    It is locked as long as we or a program that inherits it have it open: `in_use` says so, also if we are killed.
    """
    path.unlink(missing_ok=True)
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    with suppress(OSError):  # a file system without locks
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return file


def last_part(path: Path, most: int = 20_000) -> str:
    """The last bytes of a file, as text."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - most))
        return file.read().decode(errors="replace")


def in_use(path: Path) -> bool:
    """True if a program still writes to a `private_file`."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
