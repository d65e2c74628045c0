"""The console script, run in this process: a verb costs what it does, and its lines are counted as covered."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

from tests.e2e.product import Done, Product

from infragate import __version__
from infragate.adapters.local import masking
from infragate.domain.redaction import Masker
from infragate.tasks import GROUPS, namespace
from infragate.tasks.command_line import CommandLine


def run(words: Sequence[str], *, folder: Path, environment: Mapping[str, str]) -> Done:
    """A verb, run to its end in a folder, with this environment and no other."""
    out, err = _stream(), _stream()
    code: object = 0
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(sys, "argv", ["infragate", *words]),
        mock.patch.object(masking, "_MASKER", Masker()),  # a process knows the secrets of its own run only
        contextlib.chdir(folder),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        _own_signals(),
    ):
        try:
            CommandLine(groups=GROUPS, version=__version__, namespace=namespace).run()
        except SystemExit as ended:
            code = ended.code
    done = Done(int(str(code or 0)), _text(out), _text(err))
    for report in re.findall(r"^where: (.*/crashes/.*\.txt)$", done.out + done.err, re.MULTILINE):
        done = replace(done, err=done.err + Path(report).read_text())  # a failing test is to show where it came from
    return done


class InProcess(Product):
    """A checkout whose verbs run in this process."""

    def run(self, *words: str, **more: str) -> Done:
        return run(words, folder=self.root, environment=self.environment(**more))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    content = stream.buffer
    assert isinstance(content, io.BytesIO)
    return content.getvalue().decode()


@contextmanager
def _own_signals() -> Iterator[None]:
    """A verb sets how it takes signals; the tests take them as before."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
