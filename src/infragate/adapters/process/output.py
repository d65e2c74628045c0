"""Reading what a program says while it runs: from a pipe, or from a file that grows."""

from __future__ import annotations

import codecs
import os
import threading
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from typing import IO

from infragate.adapters.local import clock

LineSink = Callable[[str], None]
DRAIN_GRACE = 1.0
FOLLOW_SECONDS = 0.1


class Drain(threading.Thread):
    """Reads one of a child's streams to its end; a sink that fails is dropped, reading goes on."""

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

    def ended(self, by: float | None) -> bool:
        """Whether all is read; a child of the child may hold the stream open for ever."""
        self.join(None if by is None else max(DRAIN_GRACE, by - clock.monotonic()))
        return not self.is_alive()

    def text(self) -> str:
        """What was read."""
        return "".join(self.lines)


def follow(path: Path, ended: threading.Event) -> Generator[str]:
    """The lines of a file that grows, until its writer has ended."""
    # Decoded by hand: a text file's reader takes the end of what is there for the end of all, in the middle of a character.
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    with path.open("rb") as source:
        rest = ""
        while True:
            last = ended.is_set()  # asked before reading: what is written until then is still read
            rest += decoder.decode(source.read(), final=last)
            *lines, rest = rest.split("\n")
            yield from (line + "\n" for line in lines)
            if last:
                break
            ended.wait(FOLLOW_SECONDS)
        if rest:
            yield rest


def private_file(path: Path) -> IO[bytes]:
    """A new file that only we can read, in place of an older one; never through a link."""
    path.unlink(missing_ok=True)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
