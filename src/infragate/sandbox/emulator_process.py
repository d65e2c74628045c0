"""The emulator's process, one per checkout: start it, recognise it, stop it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import infragate
from infragate.adapters.local import clock, files, settings, user_keys
from infragate.adapters.process import children
from infragate.domain.command import Command
from infragate.domain.errors import BadInput, InfragateError, ToolFailed
from infragate.sandbox import control, daemons
from infragate.sandbox.control import Health
from infragate.sandbox.state_folder import StateFolder

PROGRAM = "aws_emulator"
PACKAGES = ("moto", "flask", "flask_cors")
START_SECONDS = 90.0
LOG_LIMIT = 4_000_000  # bytes; a start with a larger log begins a new one
PORT_TRIES = 3


def require_packages(names: Iterable[str] = PACKAGES) -> None:
    """Refuse to go on without the packages of the extra `sandbox`."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    if missing:
        raise BadInput(
            f"the sandbox needs Python packages that are not installed: {', '.join(missing)}",
            where=sys.executable,
            fix="pip install 'infragate[sandbox]'",
        )


def running(folder: StateFolder) -> Health | None:
    """The health of this folder's emulator; None if it does not answer.

    If the process id differs from the recorded one, its command line decides whether it is this folder's.
    """
    port, pid = folder.port, folder.pid
    health = control.health(port) if port is not None else None
    if health is None or not children.alive(health.pid):
        return None
    return health if health.pid == pid or is_ours(health.pid, folder) else None


def start(folder: StateFolder, *, say: Callable[[str], None]) -> Health:
    """Start the emulator, or wait for one that an interrupted run started. The caller holds the lock.

    Raises:
        BadInput: the emulator's packages are missing.
        ToolFailed: it ended or did not answer; the message has the last lines of its log.
    """
    require_packages()
    if (pid := folder.pid) is not None and is_ours(pid, folder) and (port := folder.port) is not None:
        try:
            return _wait_until_healthy(folder, pid, port)
        except ToolFailed:
            daemons.end(pid)
    say("starting the AWS emulator")
    for last_try in [False] * (PORT_TRIES - 1) + [True]:
        port = daemons.free_port(folder.port)
        pid = _spawn(folder, port)
        try:
            return _wait_until_healthy(folder, pid, port)
        except InfragateError:
            folder.forget_process()
            if last_try or daemons.port_is_free(port):  # try again only if another program took the port
                raise
    raise AssertionError("unreachable")


def stop(folder: StateFolder, *, save: bool = True) -> bool:
    """Stop the emulator; False if none ran. The caller holds the lock.

    A program that has reused the recorded process id is not stopped.

    Args:
        save: it saves its snapshot first; not needed if the folder is deleted or replaced next.
    """
    health, pid = running(folder), folder.pid
    ours = health.pid if health is not None else pid if pid is not None and is_ours(pid, folder) else None
    if ours is not None:
        daemons.end(ours, gently=save)
    folder.forget_process()
    return ours is not None


def is_ours(pid: int, folder: StateFolder) -> bool:
    """True if the process is this folder's emulator, by its command line. It need not answer yet."""
    return daemons.is_ours(pid, (PROGRAM, str(folder.snapshot)))


def _spawn(folder: StateFolder, port: int) -> int:
    folder.prepare()
    if folder.log.exists() and folder.log.stat().st_size > LOG_LIMIT:
        folder.log.replace(folder.log.with_suffix(".log.old"))
    # aws_emulator is installed beside infragate; -P keeps the working folder out of its import path.
    source = str(Path(infragate.__file__).resolve().parent.parent)
    argv = [sys.executable, "-P", "-m", PROGRAM, "--port", str(port), "--snapshot", str(folder.snapshot)]
    argv += ["--key", str(user_keys.file(control.KEY)), "--label", infragate.__version__]
    environment = settings.child_environment(PYTHONPATH=source, AWS_EC2_METADATA_DISABLED="true")
    pid = children.spawn_daemon(argv, env=environment, log=folder.log)
    folder.record_process(pid, port)
    return pid


def _wait_until_healthy(folder: StateFolder, pid: int, port: int) -> Health:
    deadline = clock.monotonic() + START_SECONDS
    while clock.monotonic() < deadline:
        health = control.health(port)
        if health is not None and health.pid == pid:
            return health
        if not children.alive(pid):
            raise _failure(folder, "the AWS emulator ended while starting")
        clock.sleep(0.05)
    daemons.end(pid)
    raise _failure(folder, f"the AWS emulator did not answer within {START_SECONDS:.0f} s")


def _failure(folder: StateFolder, what: str) -> ToolFailed:
    lines = [line.strip() for line in (files.recall(folder.log) or "").splitlines() if line.strip()]
    tail = "; ".join(lines[-3:])[-500:] or "its log is empty"
    return ToolFailed(
        f"{what}: {tail}", where=str(folder.log), fix=(Command("sandbox-down", ("--wipe",)), ", then run it again")
    )
