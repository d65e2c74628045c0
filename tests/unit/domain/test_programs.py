"""What each vendor program prints as its version, and what the repository pins to build it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infragate.adapters.tools import tools_file
from infragate.domain import requirements_lock
from infragate.domain.programs import PROGRAMS
from infragate.domain.tools_lock import Tool

TOOLS = Path(__file__).parents[3] / "policy" / "tools"
LOCK = tools_file.read(TOOLS / "tools.lock")
ADVERT = "\n======\ntfsec is joining the Trivy family\n======\n"


def pinned(name: str) -> Tool:
    return LOCK.select((name,))[0]


@pytest.mark.parametrize(
    ("name", "output", "version"),
    [
        ("terraform", '{"terraform_version": "1.11.4"}', "1.11.4"),
        ("conftest", "Conftest: 0.69.0\nOPA: 1.19.0\n", "0.69.0"),
        ("conftest", "Conftest: v0.62.0\nOPA: 1.6.0\n", "0.62.0"),
        ("conftest", "Conftest: dev\nOPA: 1.19.0\n", None),
        ("opa", "Version: 1.19.0\nBuild Commit: \nGo Version: go1.26.8\n", "1.19.0"),
        ("tfsec", f"{ADVERT}v1.28.14\n", "1.28.14"),
        ("tfsec", "You are running a locally built version of tfsec.\n", None),
        ("infracost", "Infracost v0.10.45\n", "0.10.45"),
        ("infracost", "Infracost v0.10.45-3-gabcdef0\n", None),
        ("infracost", "infracost version v2.0.0\n", "2.0.0"),
        ("infracost", "infracost version 2.1.3\n", "2.1.3"),
        ("infracost", "infracost version 0.10.45\n", None),
        ("infracost", "Error: unknown flag: --version\n\nUSAGE\n  infracost [command]\n", None),
        ("trivy", "Version: 0.76.0\nVulnerability DB:\n  Version: 2\n", "0.76.0"),
        ("checkov", "3.3.30\n", "3.3.30"),
        ("atlantis", "atlantis v0.47.1 (commit: none) (build date: unknown)\n", "0.47.1"),
        ("actionlint", "v1.7.12\ninstalled by building from source\nbuilt with go1.26.8 compiler\n", "1.7.12"),
        ("actionlint", "(devel)\nbuilt with go1.26.8 compiler\n", None),
        ("atlantis", "atlantis dev (commit: none) (build date: unknown)\n", None),
    ],
)
def test_a_version_is_read_only_from_what_the_program_prints_for_it(
    name: str, output: str, version: str | None
) -> None:
    found = pinned(name).read_version(output)
    assert (found and str(found)) == version


def test_every_program_is_pinned() -> None:
    assert {tool.name for tool in LOCK.tools} == set(PROGRAMS)


def test_what_most_machines_never_run_is_installed_by_name_only() -> None:
    assert {tool.name for tool in LOCK.tools} - {tool.name for tool in LOCK.select(())} == {"atlantis", "actionlint"}
    assert [tool.name for tool in LOCK.select(("atlantis",))] == ["atlantis"]


def test_infracost_two_is_outside_the_range_and_it_is_said_why() -> None:
    infracost = pinned("infracost")
    assert not infracost.accepts.contains("2.0.0")
    assert infracost.program.too_new == "it cannot price a plan file"


@pytest.mark.parametrize("tool", [tool for tool in LOCK.tools if tool.go], ids=lambda tool: tool.name)
def test_the_go_module_of_a_program_pins_the_version_of_the_lock(tool: Tool) -> None:
    assert tool.go is not None
    module = (TOOLS / tool.go.folder / "go.mod").read_text()
    assert f"\ntool {tool.go.package}\n" in module
    (version,) = [
        version
        for name, version in re.findall(r"(?m)^require (\S+) v(\S+)", module)
        if f"{tool.go.package}/".startswith(f"{name}/")
    ]
    assert version == str(tool.version)
    assert (TOOLS / tool.go.folder / "go.sum").is_file()


@pytest.mark.parametrize("tool", [tool for tool in LOCK.tools if tool.go], ids=lambda tool: tool.name)
def test_a_build_writes_the_version_into_the_program(tool: Tool) -> None:
    assert tool.go is not None
    assert re.fullmatch(r"-X \S+\.[Vv]ersion=v?\{version\}", tool.go.ldflags)


@pytest.mark.parametrize("tool", [tool for tool in LOCK.tools if tool.python], ids=lambda tool: tool.name)
def test_the_packages_of_a_program_pin_the_version_of_the_lock(tool: Tool) -> None:
    assert tool.python is not None
    text = (TOOLS / tool.python.folder / "requirements.lock").read_text()
    packages = requirements_lock.packages(text, place=str)
    assert f"{packages[tool.python.package]}.".startswith(f"{tool.version}.")


def test_no_file_of_a_build_names_a_registry() -> None:
    for path in TOOLS.rglob("*"):
        if path.name in {"requirements.lock", "requirements.in", "go.sum", "go.mod"}:
            assert "://" not in path.read_text(), path
