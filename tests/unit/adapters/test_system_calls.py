"""The seccomp filter, run by a small interpreter of its instructions."""

from __future__ import annotations

import struct

import pytest

from infragate.adapters.process import system_calls

ALLOW, REFUSE = 0x7FFF0000, 0x00050001
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SOCKET, SEND, WRITE = {"x86_64": 41, "aarch64": 198}, {"x86_64": 44, "aarch64": 206}, {"x86_64": 1, "aarch64": 64}
TRACE = {"x86_64": 101, "aarch64": 117}


def judged(machine: str, number: int, *arguments: int, datagrams: bool = False, architecture: int | None = None) -> int:
    """What the filter says to a call."""
    words = (*arguments, *(0,) * (6 - len(arguments)))
    data = struct.pack("=iIQ6Q", number, architecture or ARCHITECTURES[machine], 0, *words)
    program = list(struct.iter_unpack("=HBBI", system_calls.program(datagrams=datagrams, machine=machine)))
    place = value = 0
    while True:
        code, yes, no, operand = program[place]
        place += 1
        if code == 0x06:
            return int(operand)
        if code == 0x20:
            value = struct.unpack_from("=I", data, operand)[0]
        elif code == 0x54:
            value &= operand
        else:
            holds = {0x15: value == operand, 0x35: value >= operand, 0x45: bool(value & operand)}[code]
            place += yes if holds else no


@pytest.fixture(params=ARCHITECTURES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_ordinary_call_is_allowed(machine: str) -> None:
    assert judged(machine, WRITE[machine]) == ALLOW


def test_looking_into_another_process_is_refused(machine: str) -> None:
    assert judged(machine, TRACE[machine]) == REFUSE


def test_a_call_in_the_numbers_of_another_architecture_is_refused(machine: str) -> None:
    assert judged(machine, WRITE[machine], architecture=0x40000003) == REFUSE


def test_a_call_in_the_x32_convention_is_refused() -> None:
    assert judged("x86_64", 0x40000001) == REFUSE


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [((1, 1), True), ((16, 3), True), ((2, 1), True), ((10, 0o2000001, 6), True), ((2, 1, 262), False), ((2, 1, 132), False),
     ((2, 3, 1), False), ((17, 3), False), ((40, 1), False), ((2, 2), False)],
    ids=["unix", "netlink", "TCP", "TCP over IPv6", "MPTCP", "SCTP", "raw", "packet", "vsock", "UDP"],
)  # fmt: skip
def test_a_socket_is_one_that_the_rules_about_ports_hold(
    machine: str, arguments: tuple[int, ...], allowed: bool
) -> None:
    assert (judged(machine, SOCKET[machine], *arguments) == ALLOW) is allowed


def test_datagrams_are_udp_and_nothing_else(machine: str) -> None:
    assert judged(machine, SOCKET[machine], 2, 2, 17, datagrams=True) == ALLOW
    assert judged(machine, SOCKET[machine], 2, 2, 1, datagrams=True) == REFUSE


def test_sending_cannot_connect(machine: str) -> None:
    assert judged(machine, SEND[machine], 3, 0, 1, 0x4000) == ALLOW
    assert judged(machine, SEND[machine], 3, 0, 1, 0x20004000) == REFUSE


def test_an_architecture_without_a_filter_is_known_as_such() -> None:
    assert not system_calls.known("riscv64")
