"""Which wall is chosen, and what is said of it. The machine's own means are replaced: only the choice is tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters.process import isolation, kernel
from infragate.domain.errors import BadInput, InfragateError, ToolFailed
from infragate.domain.isolation import Isolation


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with nothing, until a test adds to it."""
    for name in (isolation.SETTING, isolation.REQUIRED, "INFRAGATE_TRUSTED_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(kernel, "landlock_abi", lambda: 0)


def with_landlock(monkeypatch: pytest.MonkeyPatch, abi: int = 7) -> None:
    monkeypatch.setattr(kernel, "landlock_abi", lambda: abi)


def with_bubblewrap(folder: Path, *, works: bool) -> None:
    program = folder / "bwrap"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "bubblewrap 0.8.0" && exit 0\nexit {0 if works else 1}\n'
    )
    program.chmod(0o755)


def test_landlock_is_taken_where_bubblewrap_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with_landlock(monkeypatch)
    assert isolation.in_force().mode == "landlock"


def test_bubblewrap_is_taken_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_landlock(monkeypatch)
    with_bubblewrap(tmp_path, works=True)
    assert (isolation.in_force().mode, isolation.in_force().bubblewrap) == ("bwrap", "0.8.0")


def test_bubblewrap_that_does_not_work_here_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_landlock(monkeypatch)
    with_bubblewrap(tmp_path, works=False)
    assert isolation.in_force().mode == "landlock"


def test_a_machine_with_nothing_has_no_isolation() -> None:
    assert isolation.in_force() == Isolation(mode="none")


@pytest.mark.parametrize("wanted", ["landlock", "bwrap"])
def test_a_kind_that_is_set_is_never_replaced_by_a_weaker_one(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.SETTING, wanted)
    with pytest.raises(ToolFailed, match=f"isolation {wanted} does not work on this machine"):
        isolation.in_force()


def test_an_unknown_kind_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.SETTING, "docker")
    with pytest.raises(BadInput, match="'docker' is not a kind of isolation"):
        isolation.in_force()


@pytest.mark.parametrize("wanted", ["auto", "none"])
def test_a_trusted_root_needs_isolation(wanted: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(isolation.SETTING, wanted)
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(tmp_path))
    with pytest.raises(BadInput, match="a run with a trusted root"):
        isolation.in_force()


def test_a_trusted_root_without_isolation_has_a_name_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(isolation.SETTING, isolation.UNPROTECTED)
    monkeypatch.setenv("INFRAGATE_TRUSTED_ROOT", str(tmp_path))
    assert isolation.in_force().mode == "none"


@pytest.mark.parametrize("wanted", ["auto", "none", isolation.UNPROTECTED])
def test_isolation_that_is_required_cannot_be_missing(wanted: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(isolation.SETTING, wanted)
    monkeypatch.setenv(isolation.REQUIRED, "1")
    with pytest.raises(InfragateError) as refused:
        isolation.in_force()
    assert refused.value.exit_code == 4


@pytest.mark.parametrize(
    ("in_force", "open_there"),
    [
        (Isolation(mode="landlock", landlock=3, filtered=True), "the machine's metadata address and all TCP ports"),
        (Isolation(mode="landlock", landlock=7), "MPTCP and TCP Fast Open to any port"),
        (
            Isolation(mode="landlock", landlock=5, filtered=True),
            "signals to your other processes; abstract unix sockets",
        ),
        (Isolation(mode="landlock", landlock=7, filtered=True), "unix sockets of other services (Docker, ssh-agent)"),
    ],
    ids=["ports", "protocols", "signals", "sockets"],
)
def test_what_a_kernel_lacks_is_named(in_force: Isolation, open_there: str) -> None:
    best = Isolation(mode="bwrap", landlock=9, bubblewrap="0.11.0", filtered=True)
    assert open_there in in_force.not_held
    assert open_there not in best.not_held
