"""The only owner of child processes.

A child gets an argument list (no shell), no stdin, a session of its own and an environment that was built for it.
Both of its pipes are drained to the end whatever happens to ours: `terraform apply` whose reader goes away dies of
SIGPIPE and was seen to leave an empty state behind.
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
from typing import Any, Self

from infragate.adapters.local import clock
from infragate.adapters.process.exit_status import ending
from infragate.adapters.process.output import Drain, LineSink, follow, private_file
from infragate.domain.command import Command
from infragate.domain.errors import Interrupted, ToolFailed

TERMINATE_GRACE = 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.0005, 0.01  # between two looks at a child


class Terminated(BaseException):
    """SIGTERM, as an exception: the sibling of KeyboardInterrupt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """What a finished program left: texts are decoded, undecodable bytes replaced."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str


class _Streams:
    """A child's output: through pipes, through files when it must outlive us, or its stdout to a file for good."""

    def __init__(self, transcript: Path | None, stdout_file: Path | None) -> None:
        self.ended = threading.Event()
        self.paths = (transcript, transcript.with_name(transcript.name + ".err")) if transcript else None
        self.files = [private_file(path) for path in self.paths or ([stdout_file] if stdout_file else [])]

    def targets(self) -> tuple[Any, Any]:
        return (*self.files, subprocess.PIPE, subprocess.PIPE)[0], self.files[1] if self.paths else subprocess.PIPE

    def drains(
        self, child: subprocess.Popen[str], sinks: tuple[LineSink | None, LineSink | None]
    ) -> tuple[Drain, Drain]:
        self.close()
        if self.paths is None:
            return Drain(child.stdout or io.StringIO(), sinks[0]), Drain(child.stderr or io.StringIO(), sinks[1])
        first, second = (Drain(follow(path, self.ended), sink) for path, sink in zip(self.paths, sinks, strict=True))
        return first, second

    def read_out(self, child: subprocess.Popen[str], drains: tuple[Drain, Drain], by: float | None) -> bool:
        """Whether all that an ended child said is read; what it left behind to hold its streams open is ended."""
        self.ended.set()
        if all(drain.ended(by) for drain in drains):
            return True
        _signal_group(child, signal.SIGKILL)
        return False

    def close(self) -> None:
        for file in self.files:
            file.close()


class _Signals:
    """What comes from a child's start to its end is noted and raises nothing.

    An exception could come between any two steps: between the start and the wait, or between two signals in quick
    succession, and the child would be left to nobody.
    """

    def __init__(self) -> None:
        self.noted: list[int] = []
        self.taken = False
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self.before[number] = signal.signal(number, lambda got, _frame: self.noted.append(got))
        return self

    def first(self) -> int | None:
        """The signal that came first, if any; the caller answers it."""
        self.taken = self.taken or bool(self.noted)
        return self.noted[0] if self.noted else None

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        if self.noted and not self.taken:
            signal.raise_signal(self.noted[0])


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
    success_codes: Container[int] | None = (0,),
    on_stdout: LineSink | None = None,
    on_stderr: LineSink | None = None,
    finish_on_interrupt: bool = False,
    on_interrupt: Callable[[str], None] | None = None,
    transcript: Path | None = None,
    stdout_file: Path | None = None,
) -> Completed:
    """Run a program to its end.

    Args:
        success_codes: exit codes that are fine; None accepts every one.
        finish_on_interrupt: after SIGINT or SIGTERM forward one signal and wait for the child to end by itself, however
            long it takes (Terraform saves its state and frees its lock); otherwise it is killed after a grace period.
        on_interrupt: told once that the wait has begun.
        transcript: write the child's output to this file (and `.err`) instead of pipes: it then goes on to its end even
            when we are killed, where a broken pipe would end it in the middle of its work. Its files are private.
        stdout_file: write the child's stdout to this private file, byte for byte; `stdout` is then empty.

    Raises:
        ToolFailed: not found, not executable, timed out, or an exit code outside `success_codes`.
        Interrupted: a signal arrived and the child has ended.
    """
    ends = None if timeout is None else clock.monotonic() + timeout
    streams = _Streams(transcript, stdout_file)
    with _Signals() as signals:
        child = _spawn(argv, cwd, env, streams)
        out, err = streams.drains(child, (on_stdout, on_stderr))
        code, signalled = _wait(child, argv, timeout, signals, patient=finish_on_interrupt, announce=on_interrupt)
    if not streams.read_out(child, (out, err), ends):
        raise _too_long(argv, timeout or 0.0)
    done = Completed(argv=tuple(argv), returncode=code, stdout=out.text(), stderr=err.text())
    return _judged(done, signalled, success_codes)


def _judged(done: Completed, signalled: int | None, success_codes: Container[int] | None) -> Completed:
    if signalled is not None:
        raise InterruptedRun(signalled, done)
    if success_codes is not None and done.returncode not in success_codes:
        raise ToolFailed(
            f"{_name(done.argv)} {ending(done.returncode)}: {_last_words(done)}",
            where=_shown(done.argv),
            fix="run it again, with more memory if that was short" if done.returncode < 0 else None,
        )
    return done


def _wait(
    child: subprocess.Popen[str],
    argv: Sequence[str],
    timeout: float | None,
    signals: _Signals,
    *,
    patient: bool,
    announce: Callable[[str], None] | None,
) -> tuple[int, int | None]:
    """The child's exit code, and the signal that we got meanwhile, if any."""
    until = None if timeout is None else clock.monotonic() + timeout
    pause = SHORTEST_PAUSE
    while (code := child.poll()) is None:
        if (number := signals.first()) is not None:
            _announce(announce, argv)
            return _forward(child, number, patient=patient), number
        if until is not None and clock.monotonic() >= until:
            _stop(child)
            raise _too_long(argv, timeout or 0.0)
        clock.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return code, signals.first()


def _too_long(argv: Sequence[str], timeout: float) -> ToolFailed:
    return ToolFailed(
        f"{_name(argv)} did not end within {timeout:.0f} s", where=_shown(argv), fix="run it again; check the network"
    )


def _announce(on_interrupt: Callable[[str], None] | None, argv: Sequence[str]) -> None:
    if on_interrupt is not None:
        with suppress(Exception):
            on_interrupt(_name(argv))


class InterruptedRun(Interrupted):
    """A run that a signal ended; `completed` is what the child left."""

    def __init__(self, number: int, completed: Completed) -> None:
        super().__init__(number, f"interrupted; {_name(completed.argv)} was told once and has ended")
        self.completed = completed


def run_attached(argv: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None) -> int:
    """Give the terminal to a program (a person's command under assumed credentials); its exit code comes back."""
    try:
        child = subprocess.Popen(list(argv), env=dict(env), cwd=cwd)
    except OSError as error:
        raise ToolFailed(f"cannot start {_name(argv)}: {error.strerror}", where=_shown(argv)) from error
    while True:
        try:
            code = child.wait()
            return 128 - code if code < 0 else code
        except KeyboardInterrupt:  # the terminal has sent it to the child as well
            continue
        except Terminated:
            child.terminate()


def spawn_daemon(argv: Sequence[str], *, env: Mapping[str, str], log: Path) -> int:
    """Start a program that outlives us, with its output in a log file; returns its pid."""
    with log.open("ab") as sink:
        child = subprocess.Popen(
            list(argv), stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, env=dict(env), start_new_session=True
        )
    threading.Thread(target=child.wait, daemon=True).start()  # reap it if it ends while we still run
    return child.pid


def alive(pid: int) -> bool:
    """Whether a process with that id runs (a zombie does not)."""
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


def tell(pid: int, number: int) -> None:
    """Send a signal to a process that we started; one that has gone is fine."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def ignore_hangup() -> None:
    """Go on when the terminal goes away: what has begun to change the world must end and be recorded."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let no Ctrl-C and no SIGTERM in: for the few seconds in which an outcome is written down."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def install_signals() -> None:
    """Let SIGTERM unwind the program as Ctrl-C does."""

    def on_term(_number: int, _frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, on_term)


def _spawn(
    argv: Sequence[str], cwd: Path | None, env: Mapping[str, str] | None, streams: _Streams
) -> subprocess.Popen[str]:
    stdout, stderr = streams.targets()
    try:
        return subprocess.Popen(
            list(argv),
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
            umask=0o077 if streams.paths else -1,  # Terraform makes errored.tfstate, which holds every secret
        )
    except FileNotFoundError as error:
        streams.close()
        missing = f"{error.filename or argv[0]} was not found"
        raise ToolFailed(missing, where=_shown(argv), fix=Command("doctor")) from error
    except OSError as error:
        streams.close()
        raise ToolFailed(
            f"cannot start {_name(argv)}: {error.strerror}", where=_shown(argv), fix=Command("doctor")
        ) from error


def _forward(child: subprocess.Popen[str], number: int, *, patient: bool) -> int:
    """Tell the child once; nothing disturbs us while it still saves its work."""
    _signal_group(child, number)
    try:
        code = child.wait(None if patient else TERMINATE_GRACE)
    except subprocess.TimeoutExpired:
        return _stop(child)
    if not patient:
        _signal_group(child, signal.SIGKILL)
    return code


def _stop(child: subprocess.Popen[str]) -> int:
    """End the child, and then at once whatever it leaves behind in its group."""
    _signal_group(child, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(TERMINATE_GRACE)
    _signal_group(child, signal.SIGKILL)
    return child.wait()


def _signal_group(child: subprocess.Popen[str], number: int) -> None:
    """Terraform passes an interrupt on to its plugins by itself, so only the leader is told; a kill is for all."""
    with suppress(ProcessLookupError, PermissionError):
        if number == signal.SIGKILL:
            os.killpg(child.pid, number)
        else:
            child.send_signal(number)


def _name(argv: Sequence[str]) -> str:
    return Path(argv[0]).name


def _shown(argv: Sequence[str]) -> str:
    return " ".join([_name(argv), *argv[1:3]])


def _last_words(done: Completed) -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
