"""Chooses the wall of this process and starts programs behind it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO, TypeVar

from infragate.adapters.local import settings, trust
from infragate.adapters.process import bubblewrap, kernel, system_calls
from infragate.adapters.process.wall import READ_DEVICES, WRITE_DEVICES, Wall, system
from infragate.domain.errors import BadInput, InfragateError, ToolFailed
from infragate.domain.isolation import Isolation

SETTING, REQUIRED = "INFRAGATE_ISOLATION", "INFRAGATE_ISOLATION_REQUIRED"
UNPROTECTED = "none-with-trusted-root"
MODES = ("auto", "landlock", "bwrap", "none", UNPROTECTED)
PAGE = "docs/isolation.md"
# Of no use behind the wall, where nothing of the user's is visible.
_OF_THE_USER = ("SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")
Started = TypeVar("Started")


def in_force() -> Isolation:
    """The wall of programs that run foreign code: the strongest that works, or the one that is set.

    Raises:
        BadInput: the setting has another value, or there is no wall and the run has a trusted root.
        ToolFailed: the wall that is set, or required, does not work here.
    """
    wanted = settings.read(SETTING) or "auto"
    if wanted not in MODES:
        raise BadInput(f"{wanted!r} is not a kind of isolation", where=SETTING, fix=f"set one of: {', '.join(MODES)}")
    chosen = _chosen(wanted, settings.search_path())
    if chosen is None:
        raise ToolFailed(
            f"isolation {wanted} does not work on this machine",
            where=f"{SETTING}={wanted}",
            fix=f"{PAGE}, 'Where it does not work'; or set auto",
        )
    if chosen.mode == "none":
        _refuse_none(wanted)
    return chosen


@cache
def _chosen(wanted: str, path: str) -> Isolation | None:  # noqa: ARG001 - bubblewrap is looked up on the path
    if wanted.startswith("none"):
        return Isolation(mode="none")
    abi = kernel.landlock_abi()
    filtered = system_calls.known() and kernel.seccomp_works()
    if wanted in ("auto", "bwrap") and (version := _bubblewrap_version()):
        return Isolation(mode="bwrap", landlock=abi, bubblewrap=version, filtered=filtered)
    if wanted in ("auto", "landlock") and abi:
        return Isolation(mode="landlock", landlock=abi, filtered=filtered)
    return Isolation(mode="none") if wanted == "auto" else None


def _refuse_none(wanted: str) -> None:
    if settings.read(REQUIRED) == "1":
        raise ToolFailed(
            "no isolation on this machine, and it is required",
            where=f"{REQUIRED}=1",
            fix=f"{PAGE}, 'Where it does not work'",
        )
    if settings.read(trust.SETTING) and wanted != UNPROTECTED:
        raise BadInput(
            "a run with a trusted root judges foreign code, and here nothing keeps that code apart (isolation: none)",
            where=trust.SETTING,
            fix=f"{PAGE}, 'Where it does not work'; or take the risk by name: {SETTING}={UNPROTECTED}",
        )


def _bubblewrap_version() -> str:
    """The version of bubblewrap if it works here: it must be tried, since containers and distributions close it."""
    from infragate.adapters.process import children

    program = bubblewrap.program()
    if program is None:
        return ""
    environment = settings.child_environment()
    true = shutil.which("true", path="/usr/bin:/bin") or "true"
    trial = [
        *bubblewrap.command(program, Wall(readable=system()), cwd=None, root=os.getuid() == 0, descriptors={}),
        true,
    ]
    try:
        said = children.run([str(program), "--version"], env=environment, timeout=10.0).stdout
        children.run(trial, env=environment, timeout=10.0)
    except InfragateError:
        return ""
    return said.split()[-1] if said.strip() else "of an unknown version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """A command line behind a wall, or as it is.

    Attributes:
        environment: None for ours.
        cwd: None for ours; behind a wall the private folder is the working folder if none is named.
        descriptors: to be inherited.
        restrict: restricts the thread that starts it; None for nothing.
        inner: returns the program's process id once it is started, if bubblewrap is between it and us.
    """

    argv: list[str]
    environment: Mapping[str, str] | None
    cwd: Path | None
    descriptors: tuple[int, ...] = ()
    restrict: Callable[[], None] | None = None
    inner: Callable[[], int | None] = lambda: None

    def started(self, start: Callable[[], Started]) -> Started:
        """Start it, in a thread of its own if it is restricted: the rest of this process stays free.

        Raises:
            OSError: it cannot be started, or the kernel refuses the restrictions.
        """
        if self.restrict is None:
            return start()
        results: list[Started] = []
        failures: list[BaseException] = []

        def body(restrict: Callable[[], None]) -> None:
            try:
                restrict()
                results.append(start())
            except BaseException as failure:
                failures.append(failure)

        thread = threading.Thread(target=body, args=(self.restrict,))
        thread.start()
        thread.join()
        for failure in failures:
            raise failure
        return results[0]


@contextmanager
def enclosed(
    argv: Sequence[str], wall: Wall | None, *, environment: Mapping[str, str] | None, cwd: Path | None
) -> Iterator[Enclosed]:
    """Prepare a program for its wall; its private HOME and TMPDIR last as long as the block.

    Raises:
        BadInput, ToolFailed: as `in_force`.
    """
    isolation = in_force() if wall is not None else None
    if wall is None or isolation is None or isolation.mode == "none":
        yield Enclosed(argv=list(argv), environment=environment, cwd=cwd)
        return
    # Not removed if we are killed: Terraform goes on, and puts its sockets there.
    private = Path(tempfile.mkdtemp(prefix="infragate-")).resolve()
    command = Enclosed(argv=list(argv), environment=_private_environment(environment, private), cwd=cwd or private)
    around = wall.also(readable=system(), writable=[private])
    try:
        if isolation.mode == "landlock":
            yield replace(command, restrict=lambda: _landlock(isolation, around))
        else:
            yield from _in_bubblewrap(command, isolation, around)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _private_environment(environment: Mapping[str, str] | None, private: Path) -> dict[str, str]:
    given = settings.child_environment() if environment is None else environment
    kept = {name: value for name, value in given.items() if name not in _OF_THE_USER}
    # git ends with an error at a configuration that it may not read.
    return {**kept, "HOME": str(private), "TMPDIR": str(private), "GIT_CONFIG_NOSYSTEM": "1"}


def _landlock(isolation: Isolation, wall: Wall) -> None:
    kernel.drop_capabilities()
    kernel.restrict_files_and_ports(
        (*wall.readable, *READ_DEVICES), (*wall.writable, *WRITE_DEVICES), wall.ports, files=True
    )
    if isolation.filtered:
        kernel.filter_system_calls(system_calls.program(datagrams=wall.datagrams))


def _in_bubblewrap(command: Enclosed, isolation: Isolation, wall: Wall) -> Iterator[Enclosed]:
    program = bubblewrap.program() or Path("bwrap")
    reading, writing = (os.fdopen(number, mode) for number, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    calls = _in_memory(system_calls.program(datagrams=wall.datagrams) if isolation.filtered else b"")
    with reading, writing, calls:
        descriptors = {"info-fd": writing.fileno(), **({"seccomp": calls.fileno()} if isolation.filtered else {})}
        start = bubblewrap.command(program, wall, cwd=command.cwd, root=os.getuid() == 0, descriptors=descriptors)
        yield replace(
            command,
            argv=[*start, *command.argv],
            cwd=None,
            descriptors=tuple(descriptors.values()),
            # Without rules about files, with which bubblewrap could not mount anything.
            restrict=lambda: kernel.restrict_files_and_ports((), (), wall.ports, files=False),
            inner=lambda: _process_id(reading, writing),
        )


def _process_id(reading: IO[bytes], writing: IO[bytes]) -> int | None:
    """What bubblewrap says about the program that it has started; None if it has ended before."""
    writing.close()
    try:
        return int(json.loads(reading.read())["child-pid"])
    except (ValueError, LookupError):
        return None


def _in_memory(content: bytes) -> IO[bytes]:
    file = os.fdopen(os.memfd_create("infragate"), "w+b", buffering=0)
    file.write(content)
    file.seek(0)
    return file
