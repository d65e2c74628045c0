"""A seccomp filter for programs behind the wall: what Landlock does not hold.

Landlock knows TCP only by its plain name: MPTCP and TCP Fast Open get around its rules about ports (tried on Linux 6.18),
and UDP has none. Calls that reach into other processes, the kernel or its keyrings are refused as well.
"""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass
from functools import cache

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # with EPERM
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_UNIX, _IPV4, _IPV6, _NETLINK = 1, 2, 10, 16
_STREAM, _DATAGRAM, _TYPE_MASK = 1, 2, 0xF
_TCP, _UDP = 6, 17
_FAST_OPEN = 0x20000000

_REFUSED = (
    "ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd perf_event_open bpf add_key request_key keyctl userfaultfd "
    "io_uring_setup io_uring_enter io_uring_register init_module finit_module kexec_load kexec_file_load open_by_handle_at "
    "mount umount2 pivot_root move_mount open_tree fsopen mount_setattr unshare setns"
)


@dataclass(frozen=True, slots=True)
class _Machine:
    """An architecture's audit id and its numbers of system calls, in the order of `_REFUSED` and of `_sockets`."""

    architecture: int
    refused: str
    socket: int
    senders: tuple[tuple[int, int], ...]  # number of the call, index of its flags
    foreign_from: int | None = None  # numbers of another calling convention


_COMMON = "425 426 427"
_MACHINES = {
    "x86_64": _Machine(
        architecture=0xC000003E,
        refused=f"101 310 311 312 438 298 321 248 249 250 323 {_COMMON} 175 313 246 320 304 165 166 155 429 428 430 442 272 308",
        socket=41,
        senders=((44, 3), (46, 2), (307, 3)),
        foreign_from=0x40000000,
    ),
    "aarch64": _Machine(
        architecture=0xC00000B7,
        refused=f"117 270 271 272 438 241 280 217 218 219 282 {_COMMON} 105 273 104 294 265 40 39 41 429 428 430 442 97 268",
        socket=198,
        senders=((206, 3), (211, 2), (269, 3)),
    ),
}


def known(machine: str | None = None) -> bool:
    """True if there is a filter for this architecture."""
    return (machine or platform.machine()) in _MACHINES


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; a jump skips that many of the next ones, or ends at `_ALLOW` or `_REFUSE`."""

    code: int
    value: int
    yes: int = 0
    no: int = 0


@cache
def program(*, datagrams: bool, machine: str | None = None) -> bytes:
    """The filter as the kernel takes it (`struct sock_filter[]`).

    Args:
        datagrams: whether UDP is allowed.
    """
    numbers = _MACHINES[machine or platform.machine()]
    steps = [_Step(_LOAD, _ARCHITECTURE), _Step(_EQUAL, numbers.architecture, no=_REFUSE), _Step(_LOAD, _NUMBER)]
    if numbers.foreign_from is not None:
        steps.append(_Step(_AT_LEAST, numbers.foreign_from, yes=_REFUSE))
    steps += [_Step(_EQUAL, int(number), yes=_REFUSE) for number in numbers.refused.split()]
    for number, flags in numbers.senders:
        steps += [
            _Step(_EQUAL, number, no=2),
            _Step(_LOAD, _argument(flags)),
            _Step(_ANY_BIT, _FAST_OPEN, yes=_REFUSE, no=_ALLOW),
        ]
    return _assembled([*steps, _Step(_EQUAL, numbers.socket, no=_ALLOW), *_sockets(datagrams=datagrams)])


def _sockets(*, datagrams: bool) -> list[_Step]:
    """The rules for `socket(family, type, protocol)`: unix and netlink, TCP, and UDP if allowed."""
    return [
        _Step(_LOAD, _argument(0)),
        _Step(_EQUAL, _UNIX, yes=_ALLOW),
        _Step(_EQUAL, _NETLINK, yes=_ALLOW),
        _Step(_EQUAL, _IPV4, yes=1),
        _Step(_EQUAL, _IPV6, no=_REFUSE),
        _Step(_LOAD, _argument(1)),
        _Step(_AND, _TYPE_MASK),
        _Step(_EQUAL, _STREAM, no=3),
        _Step(_LOAD, _argument(2)),
        _Step(_EQUAL, 0, yes=_ALLOW),
        _Step(_EQUAL, _TCP, yes=_ALLOW, no=_REFUSE),
        _Step(_EQUAL, _DATAGRAM, yes=0 if datagrams else _REFUSE, no=_REFUSE),
        _Step(_LOAD, _argument(2)),
        _Step(_EQUAL, 0, yes=_ALLOW),
        _Step(_EQUAL, _UDP, yes=_ALLOW, no=_REFUSE),
    ]


def _argument(index: int) -> int:
    """Where the low half of an argument is in `struct seccomp_data`."""
    return _ARGUMENTS + 8 * index


def _assembled(steps: list[_Step]) -> bytes:
    ends = {_ALLOW: len(steps), _REFUSE: len(steps) + 1}

    def skipped(jump: int, place: int) -> int:
        return ends[jump] - place - 1 if jump in ends else jump

    body = [
        struct.pack("=HBBI", step.code, skipped(step.yes, place), skipped(step.no, place), step.value)
        for place, step in enumerate(steps)
    ]
    return b"".join([*body, *(struct.pack("=HBBI", _RETURN, 0, 0, end) for end in ends)])
