"""The scanners that a gate needs: which program is used, what is said of those that cannot be, what is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests.advice import spell
from tests.integration.vendor_server import ROOT, executable

from infragate.adapters.tools import tool_store
from infragate.domain.errors import InfragateError, Interrupted, ToolFailed
from infragate.usecases import tools_install

PRINTS = {
    "conftest": "Conftest: 0.69.0\\nOPA: 1.19.0",
    "tfsec": "v1.28.14",
    "infracost": "Infracost v0.10.45",
    "trivy": "Version: 0.76.0",
}


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of PATH, with all scanners that may come from there; the cache and the mirror are empty."""
    for name, output in PRINTS.items():
        prints(tmp_path / "bin" / name, output)
    tmp_path.joinpath("mirror").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("INFRAGATE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("INFRAGATE_TOOLS_MIRROR", str(tmp_path / "mirror"))
    return tmp_path / "bin"


def prints(path: Path, output: str, code: int = 0) -> None:
    executable(path, f'#!{sys.executable}\nprint("{output}")\nraise SystemExit({code})\n'.encode())


def ensure(*names: str) -> tuple[tuple[tool_store.Located, ...], list[str]]:
    said: list[str] = []
    return tools_install.ensure(names, ROOT, say=lambda line: said.append(str(line))), said


def refused(*names: str) -> ToolFailed:
    with pytest.raises(ToolFailed) as caught:
        ensure(*names)
    return caught.value


def test_scanners_that_are_there_are_used_and_nothing_is_said(programs: Path) -> None:
    located, said = ensure(*PRINTS)
    assert {tool.name: tool.path for tool in located} == {name: programs / name for name in PRINTS}
    assert said == []


def test_infracost_two_is_refused_with_the_reason(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    prints(programs / "infracost", "infracost version v2.0.0")
    error = refused("infracost")
    assert f"{programs}/infracost is not used: it is 2.0.0, <0.11,>=0.10.40 is required" in error.message
    assert "it cannot price a plan file" in error.message


def test_an_old_infracost_is_refused_without_that_reason(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    prints(programs / "infracost", "Infracost v0.10.20")
    assert "price a plan" not in refused("infracost").message


def test_a_version_that_is_printed_by_a_failing_program_does_not_count(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    prints(programs / "infracost", PRINTS["infracost"], code=1)
    assert "its version cannot be read" in refused("infracost").message


def test_a_server_that_forbids_installs_names_all_that_is_missing_with_one_command(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    for name in ("conftest", "tfsec"):
        (programs / name).unlink()
    error = refused("conftest", "trivy", "tfsec", "checkov")
    assert error.exit_code == 4
    assert error.fix is not None
    assert spell(error.fix) == "infragate tools-install --tool conftest,tfsec,checkov"


def test_an_install_begins_with_what_is_missing_and_how_long_it_takes(programs: Path) -> None:
    (programs / "tfsec").unlink()
    said: list[str] = []
    with pytest.raises(ToolFailed, match="Go is needed to build tfsec"):
        tools_install.ensure(("conftest", "tfsec"), ROOT, say=lambda line: said.append(str(line)))
    assert said[0].startswith("installing what is missing: tfsec 1.28.14; every digest is checked")
    assert "up to 2 minutes" in said[0]
    assert "is not in the mirror folder; building it with Go instead" in said[1]


def test_checkov_is_never_taken_from_path(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    prints(programs / "checkov", "3.3.30")
    assert "checkov ==3.3.30 was not found" in refused("checkov").message


def test_programs_that_cannot_be_had_are_told_and_left_out_where_the_others_are_enough(programs: Path) -> None:
    (programs / "tfsec").unlink()
    told: dict[str, InfragateError] = {}
    located = tools_install.ensure(
        ("conftest", "tfsec", "trivy"),
        ROOT,
        say=lambda line: None,
        failed=lambda name, error: told.update({name: error}),
    )
    assert [tool.name for tool in located] == ["conftest", "trivy"]
    assert {name: error.message for name, error in told.items()} == {"tfsec": "Go is needed to build tfsec"}


def test_a_server_that_forbids_installs_is_told_of_each_program_where_the_others_are_enough(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRAGATE_INSTALL", "never")
    (programs / "tfsec").unlink()
    told: list[str] = []
    said: list[str] = []
    tools_install.ensure(
        ("conftest", "tfsec"),
        ROOT,
        say=lambda line: said.append(str(line)),
        failed=lambda _name, error: told.append(error.message),
    )
    assert (told, said) == (["tfsec <2,>=1.28.11 was not found"], [])


def test_ctrl_c_ends_an_install_even_where_the_others_would_be_enough(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (programs / "tfsec").unlink()
    executable(programs / "go", f"#!/bin/sh\nkill -INT {os.getpid()}\nexec sleep 60\n".encode())
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(Interrupted):
        tools_install.ensure(("tfsec",), ROOT, say=lambda line: None, failed=lambda _name, _error: None)
