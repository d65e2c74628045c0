"""The only owner of child processes.

A child gets an argument list (no shell), no stdin (but what `Started.wait` sends), a session of its own and an
environment that was built for it.
Both of its pipes are read to the end even if our own output is closed: `terraform apply` dies of SIGPIPE without a
reader, and can leave an empty state behind.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infragate.adapters.local import clock
from infragate.adapters.process import isolation
from infragate.adapters.process.isolation import Enclosed
from infragate.adapters.process.outcome import (
    Completed,
    InterruptedRun,
    checked,
    name_of,
    not_started,
    shown,
    too_long,
    too_much,
)
from infragate.adapters.process.output import Drain, LineSink, follow, last_part, private_file
from infragate.adapters.process.signals import DeferredSignals, Terminated
from infragate.adapters.process.wall import Wall
from infragate.domain.command import Command
from infragate.domain.errors import ToolFailed

TERMINATE_GRACE = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0005, 0.01  # seconds between two polls of a child


class _Child(subprocess.Popen[str]):
    """A child; `inner` is the program's own process id if bubblewrap is between it and us."""

    inner: int | None = None

    def told(self, code: int) -> int:
        """The exit code as Popen has it: bubblewrap ends with 128 + N if signal N killed the program."""
        return 128 - code if self.inner is not None and code > 128 else code

    def send_signal(self, number: int) -> None:
        """To the program itself: bubblewrap does not pass signals on."""
        if self.inner is None:
            super().send_signal(number)
        elif self.poll() is None:
            os.kill(self.inner, number)


class _Streams:
    """Where a child writes: to pipes, to files if it must be able to outlive us, or only its stdout to a file."""

    def __init__(self, transcript: Path | None, stdout_file: Path | None) -> None:
        self.ended = threading.Event()
        self.paths = (transcript, error_file(transcript)) if transcript else None
        self.files = [private_file(path) for path in self.paths or ([stdout_file] if stdout_file else [])]

    def targets(self) -> tuple[Any, Any]:
        return (*self.files, subprocess.PIPE, subprocess.PIPE)[0], self.files[1] if self.paths else subprocess.PIPE

    def drains(self, child: _Child, sink: LineSink | None) -> tuple[Drain, Drain]:
        self.close()
        if self.paths is None:
            return Drain(child.stdout or io.StringIO(), sink), Drain(child.stderr or io.StringIO(), None)
        return Drain(follow(self.paths[0], self.ended), sink), Drain(follow(self.paths[1], self.ended), None)

    def read_to_end(self, child: _Child, drains: tuple[Drain, Drain], deadline: float | None) -> bool:
        """True if all output of the ended child was read; otherwise kill the processes that hold its pipes open."""
        self.ended.set()
        if all(drain.ended(deadline) for drain in drains):
            return True
        _signal_group(child, signal.SIGKILL)
        return False

    def close(self) -> None:
        for file in self.files:
            file.close()


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    success_codes: Container[int] | None = (0,),
    on_stdout: LineSink | None = None,
    finish_on_interrupt: bool = False,
    on_interrupt: Callable[[str], None] | None = None,
    transcript: Path | None = None,
    stdout_file: Path | None = None,
    wall: Wall | None = None,
) -> Completed:
    """Run a program to its end.

    Args:
        success_codes: exit codes that are not an error; None accepts all.
        finish_on_interrupt: forward SIGINT or SIGTERM once and wait for the child to end (Terraform saves its state and
            releases its lock). If False, kill it after a grace period.
        on_interrupt: called once with the program's name then.
        transcript: private file (and `.err`) for the output instead of pipes: the child can finish even if we are killed.
        stdout_file: write the child's stdout to this private file, byte for byte; `stdout` is then empty.
        wall: what the child can reach; None for all that we can, which is not for foreign code.

    Raises:
        BadInput, ToolFailed: as `isolation.in_force`; it was not found, timed out, or had another exit code.
        Interrupted: a signal arrived and the child has ended.
    """
    announce = (lambda: on_interrupt(name_of(argv))) if on_interrupt else (lambda: None)
    deadline = timeout and clock.monotonic() + timeout
    with isolation.enclosed(argv, wall, environment=env, cwd=cwd) as enclosed, DeferredSignals() as signals:
        streams = _Streams(transcript, stdout_file)
        child = _spawn(argv, enclosed, streams)
        out, err = streams.drains(child, on_stdout)
        code, number = _wait(child, deadline, signals, patient=finish_on_interrupt, announce=announce)
    if code is None or not streams.read_to_end(child, (out, err), deadline):
        raise too_long(argv, timeout or 0.0)
    done = Completed(argv=tuple(argv), returncode=child.told(code), stdout=out.text(), stderr=err.text())
    return checked(done, number, success_codes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A program that was started, whose output goes to two files."""

    argv: tuple[str, ...]
    output: Path
    child: _Child

    def wait(self, *, timeout: float, limit: int, stop: threading.Event, message: str = "") -> Completed:
        """Send it a message and wait for its end; the result has no stdout, and only the last part of stderr.

        Args:
            limit: bytes of each of its files; with more it is killed.
            stop: kills it when set: the signals of this process reach the main thread only.

        Raises:
            ToolFailed: it did not end in time, or wrote too much. Interrupted: a signal arrived, or `stop` was set.
        """
        written = (self.output, error_file(self.output))
        deadline, pause = clock.monotonic() + timeout, SHORTEST_PAUSE
        with DeferredSignals() as signals:
            with suppress(OSError):  # it has ended: its exit code says why
                _send(self.child, message)
            while (code := self.child.poll()) is None:
                if (number := signals.take() or (stop.is_set() and signal.SIGINT)) or clock.monotonic() > deadline:
                    _kill(self.child)
                    raise _ended_early(self.argv, number or 0, timeout)
                if any(path.stat().st_size > limit for path in written):
                    _kill(self.child)
                clock.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        if any(path.stat().st_size > limit for path in written):
            raise too_much(self.argv, limit)
        text = last_part(written[1])
        return Completed(argv=self.argv, returncode=self.child.told(code), stdout="", stderr=text)


def _send(child: _Child, message: str) -> None:
    if child.stdin is not None and not child.stdin.closed:
        with child.stdin as sink:
            sink.write(message)


def _ended_early(argv: tuple[str, ...], number: int, timeout: float) -> Exception:
    nothing = Completed(argv=argv, returncode=-signal.SIGKILL, stdout="", stderr="")
    return InterruptedRun(number, nothing) if number else too_long(argv, timeout)


@contextmanager
def started(
    argv: Sequence[str], *, env: Mapping[str, str], wall: Wall | None, output: Path, cwd: Path | None = None
) -> Iterator[Started]:
    """Start a program; what is left of it at the end of the block is killed.

    Args:
        output: a private file for its stdout; stderr goes to the file beside it (`error_file`).

    Raises:
        BadInput, ToolFailed: as `isolation.in_force`; it cannot be started.
    """
    child: _Child | None = None
    with isolation.enclosed(argv, wall, environment=env, cwd=cwd) as enclosed:
        try:
            with DeferredSignals():
                streams = _Streams(output, None)
                child = _spawn(argv, enclosed, streams, stdin=subprocess.PIPE)
                streams.close()
            yield Started(argv=tuple(argv), output=output, child=child)
        finally:
            if child is not None:
                _kill(child)


def error_file(output: Path) -> Path:
    """Where `started` puts stderr."""
    return output.with_name(output.name + ".err")


def _wait(
    child: _Child,
    deadline: float | None,
    signals: DeferredSignals,
    *,
    patient: bool,
    announce: Callable[[], object],
) -> tuple[int | None, int | None]:
    """The child's exit code, None if it was stopped at the deadline; and the signal that we received, if any."""
    pause = SHORTEST_PAUSE
    while (code := child.poll()) is None:
        if (number := signals.take()) is not None:
            with suppress(Exception):
                announce()
            return _forward(child, number, patient=patient), number
        if deadline is not None and clock.monotonic() >= deadline:
            _stop(child)
            return None, None
        clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return code, signals.take()


def run_attached(argv: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run a program attached to the terminal (the user's command under assumed credentials); return its exit code."""
    try:
        child = subprocess.Popen(list(argv), env=dict(env))
    except OSError as error:
        raise ToolFailed(f"cannot start {name_of(argv)}: {error.strerror}", where=shown(argv)) from error
    while True:
        try:
            code = child.wait()
            return 128 - code if code < 0 else code
        except KeyboardInterrupt:  # the terminal sends it to the child too
            continue
        except Terminated:
            child.terminate()


def spawn_daemon(argv: Sequence[str], *, env: Mapping[str, str], log: Path) -> int:
    """Start a program that outlives us, with its output in a log file; return its pid."""
    with log.open("ab") as sink:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=dict(env), start_new_session=True
        )
    threading.Thread(target=child.wait, daemon=True).start()  # reap it if it ends before us
    return child.pid


def alive(pid: int) -> bool:
    """True if a process with that id runs; a zombie does not count."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def send_signal(pid: int, number: int, *, group: bool = False) -> None:
    """Send a signal to a process that we started, or to its whole group, if it still runs."""
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(pid, number)


def _spawn(argv: Sequence[str], enclosed: Enclosed, streams: _Streams, *, stdin: int = subprocess.DEVNULL) -> _Child:
    stdout, stderr = streams.targets()
    environment = enclosed.environment

    def start() -> _Child:
        return _Child(
            enclosed.argv,
            cwd=enclosed.cwd,
            env=dict(environment) if environment is not None else None,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            umask=0o077 if streams.paths else -1,  # Terraform may write errored.tfstate, which holds every secret
            pass_fds=enclosed.descriptors,
        )

    try:
        child = enclosed.started(start)
    except OSError as error:
        streams.close()
        raise ToolFailed(not_started(error, argv, environment), where=shown(argv), fix=Command("doctor")) from error
    child.inner = enclosed.inner()
    return child


def _forward(child: _Child, number: int, *, patient: bool) -> int:
    """Forward the signal once and wait for the end of the child; return its exit code."""
    _signal_group(child, number)
    try:
        code = child.wait(None if patient else TERMINATE_GRACE)
    except subprocess.TimeoutExpired:
        return _stop(child)
    if not patient:
        _signal_group(child, signal.SIGKILL)
    return code


def _stop(child: _Child) -> int:
    """Terminate the child, then kill what is left of its process group; return its exit code."""
    _signal_group(child, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(TERMINATE_GRACE)
    _signal_group(child, signal.SIGKILL)
    return child.wait()


def _kill(child: _Child) -> None:
    """Kill the whole group, also what the child has left behind."""
    _signal_group(child, signal.SIGKILL)
    with suppress(OSError):
        _send(child, "")
    child.wait()


def _signal_group(child: _Child, number: int) -> None:
    """Kill the whole group; any other signal goes to the child only: Terraform itself forwards interrupts to its plugins."""
    with suppress(ProcessLookupError, PermissionError):
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)
