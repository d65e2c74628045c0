"""The workflows of GitHub Actions, read by actionlint (mistakes) and zizmor (security): both find nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml
from tests.scanners.subjects import ROOT

from infragate.usecases import tools_install

WORKFLOWS = ROOT / ".github" / "workflows"
BAD = ROOT / "tests" / "data" / "workflows" / "bad"
NAMES = sorted(path.name for path in WORKFLOWS.glob("*.yml"))


@cache
def actionlint() -> Path:
    [program] = tools_install.ensure(("actionlint",), ROOT, say=lambda _line: None)
    return Path(program.path)


def files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("*.yml"))


def mistakes(folder: Path) -> set[str]:
    """What actionlint calls its findings; shellcheck and pyflakes are not asked, whether they are installed or not."""
    argv = [str(actionlint()), "-shellcheck=", "-pyflakes=", "-format", "{{json .}}", *files(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return {finding["message"] for finding in json.loads(done.stdout)}


def dangers(folder: Path) -> set[str]:
    """The ids of zizmor's findings, the pedantic ones too."""
    zizmor = str(Path(sys.executable).with_name("zizmor"))
    argv = [
        zizmor,
        "--offline",
        "--no-config",
        "--persona=pedantic",
        "--format=json",
        "--no-exit-codes",
        *files(folder),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {finding["ident"] for finding in json.loads(done.stdout)}


def test_there_are_workflows_to_read() -> None:
    assert NAMES == ["apply.yml", "drift.yml", "infra-checks.yml", "verify.yml"]


def test_actionlint_finds_no_mistake() -> None:
    assert mistakes(WORKFLOWS) == set()


def test_zizmor_finds_no_danger() -> None:
    assert dangers(WORKFLOWS) == set()


def test_actionlint_would_find_mistakes() -> None:
    assert any('"nobody" is not defined' in message for message in mistakes(BAD))


def test_zizmor_would_find_dangers() -> None:
    known = {"dangerous-triggers", "excessive-permissions", "template-injection", "unpinned-uses", "artipacked"}

    assert known <= dangers(BAD)


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_by_commit_and_names_its_version(name: str) -> None:
    lines = [line for line in (WORKFLOWS / name).read_text().splitlines() if "uses:" in line]

    assert lines
    assert [
        line for line in lines if not re.search(r"uses: [\w-]+(/[\w-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)
    ] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_job_gets_a_permission_that_it_does_not_name(name: str) -> None:
    workflow = yaml.safe_load((WORKFLOWS / name).read_text())

    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())
