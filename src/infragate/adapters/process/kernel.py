"""The only owner of system calls that Python has no function for. Linux only.

Landlock, seccomp and the capability bounding set restrict the calling *thread* and every program that it starts, for good.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # of every architecture
_ASK_VERSION = 1
_PATH, _PORT = 1, 2
_CONNECT = 2
_SET_DUMPABLE, _SET_SECCOMP, _DROP_CAPABILITY, _NO_NEW_PRIVILEGES = 4, 22, 24, 38
_FILTER = 2
_LAST_CAPABILITY = 63

# Rights by the Landlock version (ABI) that brought them: include/uapi/linux/landlock.h.
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK, _TRUNCATE, _IOCTL = 1 << 6, 1 << 11, 1 << 14, 1 << 15
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _IOCTL, 9: 1 << 16}
_NETWORK_SINCE, _BIND_AND_CONNECT = 4, 3
_SCOPES_SINCE, _SIGNALS_AND_ABSTRACT_SOCKETS = 6, 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
# A device file made by root would be a way around every other rule.
_WRITE = ~(_MAKE_CHAR | _MAKE_BLOCK | _IOCTL)
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
# Root writes into folders of others; everything else that root may do is dropped.
_KEPT_CAPABILITIES = {0, 1, 3, 4}  # CHOWN, DAC_OVERRIDE, FOWNER, FSETID


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(number: int, *arguments: object) -> int:
    result: int = _libc().syscall(ctypes.c_long(number), *arguments)
    return _checked(result)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def landlock_abi() -> int:
    """The version of Landlock in this kernel; 0 without it."""
    if sys.platform != "linux":
        return 0
    try:
        return _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def seccomp_works() -> bool:
    """True if this kernel takes filters of system calls."""
    if sys.platform != "linux":
        return False
    _libc().prctl(_SET_SECCOMP, _FILTER, None)
    return ctypes.get_errno() == 14  # EFAULT: it looked for the filter


def restrict_files_and_ports(
    readable: Iterable[Path], writable: Iterable[Path], ports: Iterable[int], *, files: bool
) -> None:
    """Put the calling thread into a Landlock domain.

    Args:
        files: False for a domain without rules about files, in which file systems can still be mounted.

    Raises:
        OSError: the kernel refuses.
    """
    abi = landlock_abi()
    handled = sum(rights for since, rights in _FILE_RIGHTS.items() if since <= abi) if files else 0
    network = _BIND_AND_CONNECT if abi >= _NETWORK_SINCE else 0
    scopes = _SIGNALS_AND_ABSTRACT_SOCKETS if abi >= _SCOPES_SINCE else 0
    if not handled and not network:
        return
    fields = (handled, *((network,) if network else ()), *((scopes,) if scopes else ()))
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    rules = _call(_CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        if files:
            _allow_paths(rules, readable, handled & _READ)
            _allow_paths(rules, writable, handled & _WRITE)
        for port in set(ports) if network else ():
            _add_rule(rules, _PORT, struct.pack("=QQ", _CONNECT, port))
        give_up_privileges()
        _call(_RESTRICT_SELF, rules, ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow_paths(rules: int, paths: Iterable[Path], rights: int) -> None:
    for path in set(paths):
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            allowed = rights if path.is_dir() else rights & _OF_FILES
            _add_rule(rules, _PATH, struct.pack("=Qi", allowed, place))
        finally:
            os.close(place)


def _add_rule(rules: int, kind: int, attributes: bytes) -> None:
    _call(_ADD_RULE, rules, ctypes.c_int(kind), ctypes.c_char_p(attributes), ctypes.c_uint32(0))


def give_up_privileges() -> None:
    """No program that this thread starts gets more rights by its file (setuid)."""
    _checked(_libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))


def drop_capabilities() -> None:
    """What makes root more than a reader and writer of files; nothing for an ordinary user, who has none of it."""
    for capability in set(range(_LAST_CAPABILITY + 1)) - _KEPT_CAPABILITIES:
        _libc().prctl(_DROP_CAPABILITY, capability, 0, 0, 0)


def filter_system_calls(program: bytes) -> None:
    """Load a seccomp filter into the calling thread.

    Raises:
        OSError: the kernel refuses.
    """
    instructions = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    give_up_privileges()
    _checked(_libc().prctl(_SET_SECCOMP, _FILTER, ctypes.c_char_p(head)))


def close_own_process(secret: Callable[[str, str], bool]) -> None:
    """Keep this process's secrets from other processes of the same user; `os.environ` keeps them for us.

    /proc/PID/environ shows the memory in which the kernel passed the environment: the values there are overwritten, as
    `setproctitle` does with arguments. An ordinary user's other programs can then not read our memory either.

    Args:
        secret: whether a variable, by name and value, is one.
    """
    if sys.platform != "linux":
        return
    passed = ctypes.POINTER(ctypes.c_void_p).in_dll(_libc(), "environ")
    place = 0
    while address := passed[place]:
        name, _, value = ctypes.string_at(address).partition(b"=")
        if secret(os.fsdecode(name), os.fsdecode(value)):
            ctypes.memset(address + len(name) + 1, 0, len(value))
        place += 1
    _libc().prctl(_SET_DUMPABLE, 0, 0, 0, 0)
