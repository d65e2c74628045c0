"""Programs that outlive a call: whether a recorded process id is still ours, its end, a port for it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterable
from pathlib import Path

from infragate.adapters.local import clock, settings
from infragate.adapters.process import children
from infragate.domain.errors import ToolFailed

HOST = "127.0.0.1"
STOP_SECONDS = 30.0
KILL_SECONDS = 5.0
BEGIN_SECONDS = 5.0


def is_ours(pid: int | None, words: Iterable[str]) -> bool:
    """True if the process runs and its command line holds these words: another program may have its id now."""
    if pid is None or not children.alive(pid):
        return False
    deadline = clock.monotonic() + BEGIN_SECONDS
    while not (line := _command_line(pid)) and children.alive(pid) and clock.monotonic() < deadline:
        clock.sleep(0.01)  # on a busy machine a process that has just begun has no command line yet
    return all(word in line for word in words)


def end(pid: int, *, group: bool = False, gently: bool = True) -> None:
    """Terminate a process, and kill it if it does not end.

    Args:
        group: what it has started in its process group as well.
        gently: give it time; otherwise it is killed at once.
    """
    if gently:
        children.send_signal(pid, signal.SIGTERM, group=group)
        if _ended(pid, STOP_SECONDS) and not group:
            return
    children.send_signal(pid, signal.SIGKILL, group=group)
    _ended(pid, KILL_SECONDS)


def _ended(pid: int, patience: float) -> bool:
    deadline = clock.monotonic() + patience
    while children.alive(pid):
        if clock.monotonic() > deadline:
            return False
        clock.sleep(0.05)
    return True


def free_port(previous: int | None = None) -> int:
    """A port of loopback that nobody uses: the previous one if it is free."""
    if previous is not None and port_is_free(previous):
        return previous
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_free(port: int) -> bool:
    """True if a program could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ignore connections in TIME_WAIT
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:  # no /proc: macOS
        pass
    try:
        return children.run(
            ["ps", "-o", "args=", "-ww", "-p", str(pid)],
            env=settings.child_environment(),
            timeout=10,
            success_codes=None,
        ).stdout
    except ToolFailed:
        return ""
