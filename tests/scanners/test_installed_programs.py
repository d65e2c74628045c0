"""The scanners that `tools-install` has put on this machine: noxfile.py calls it before these tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infragate.adapters.tools import tool_store, tools_file
from infragate.domain.programs import PROGRAMS

ROOT = Path(__file__).parents[2]
SCANNERS = [name for name, program in PROGRAMS.items() if program.used_by == "gate"]
ENVIRONMENT = {"PATH": os.defpath, "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize("name", SCANNERS)
def test_each_scanner_answers_with_the_version_that_it_was_found_as(name: str) -> None:
    located, program = tool_store.program(name, ROOT), PROGRAMS[name]
    command = [str(located.path), *program.version_command]
    environment = {**ENVIRONMENT, **program.environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    (tool,) = tools_file.read(tools_file.path(ROOT)).select((name,))
    assert str(tool.read_version(done.stdout)) == located.version


@pytest.mark.parametrize("name", SCANNERS)
def test_an_installed_scanner_is_recorded_with_its_source_and_digest(name: str) -> None:
    located = tool_store.program(name, ROOT)
    if located.source == "path":  # a user's own
        assert len(located.sha256) == 64
        return
    (manifest,) = [folder / "manifest.json" for folder in located.path.parents if (folder / "manifest.json").is_file()]
    record = json.loads(manifest.read_text())
    assert (record["name"], record["version"], record["sha256"]) == (name, located.version, located.sha256)
    assert record["source"] in {"release", "mirror", "go", "python"}


def test_checkov_has_a_python_with_packages_that_would_break_ours() -> None:
    python = tool_store.program("checkov", ROOT).python
    code = "import boto3, checkov, hcl2; print(boto3.__version__)"
    done = subprocess.run([python, "-I", "-B", "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout == "1.35.49\n"


def test_a_second_install_has_nothing_to_do() -> None:
    command = [str(Path(sys.executable).with_name("infragate")), "tools-install", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    tools = json.loads(done.stdout)["result"]["tools"]
    assert {tool["name"] for tool in tools} == {name for name, program in PROGRAMS.items() if not program.by_name}
    assert not any(tool["installed"] for tool in tools)
