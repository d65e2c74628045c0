"""Every module by its own tests, and every example planned, with mocked providers: no account, no network."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infragate.adapters import provider_source, settings, tool_store

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/main.tf"))
EXAMPLES = sorted(path.parent.relative_to(ROOT / "modules") for path in (ROOT / "modules").glob("*/examples/*/main.tf"))
LOCK = ROOT / "infra" / "envs" / "dev" / provider_source.LOCK_FILE


@dataclass(frozen=True, slots=True)
class Ended:
    """How `terraform test` ended: its code, each run's status by file and name, and what it said."""

    code: int
    runs: dict[tuple[str, str], str]
    said: str


def terraform_test(folder: Path) -> Ended:
    """Run the tests of a root folder with the provider of the Stacks' lock file."""
    shutil.copy(LOCK, folder)
    program = str(tool_store.program("terraform", ROOT).path)
    environment = settings.child_environment(
        TF_CLI_CONFIG_FILE=str(provider_source.cli_file(folder, folder)), CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1"
    )

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *words], cwd=folder, env=environment, capture_output=True, text=True)

    made = run("init", "-backend=false", "-input=false", "-no-color", "-lockfile=readonly")
    assert made.returncode == 0, made.stderr
    done = run("test", "-json")
    return Ended(done.returncode, statuses(done.stdout), done.stdout + done.stderr)


def statuses(lines: str) -> dict[tuple[str, str], str]:
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines.splitlines()]
    ended = [message["test_run"] for message in messages if message["type"] == "test_run"]
    return {(run["path"], run["run"]): run["status"] for run in ended if run.get("progress") == "complete"}


def copy(folder: Path, *names: str) -> Path:
    for name in names:
        left_out = shutil.ignore_patterns(".terraform*")
        shutil.copytree(ROOT / "modules" / name, folder / name, ignore=left_out)
    return folder


@pytest.mark.parametrize("module", MODULES)
def test_its_own_tests_pass(module: str, tmp_path: Path) -> None:
    tested = terraform_test(copy(tmp_path, module) / module)
    assert tested.code == 0, tested.said
    assert {path for path, _ in tested.runs} == {"tests/behaviour.tftest.hcl", "tests/refused.tftest.hcl"}
    assert set(tested.runs.values()) == {"pass"}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """All examples, each planned as one run of one test."""
    folder = copy(tmp_path_factory.mktemp("examples"), *MODULES)
    runs = [
        f'run "{name(path)}" {{\n  command = plan\n\n  module {{\n    source = "./{path}"\n  }}\n}}'
        for path in EXAMPLES
    ]
    (folder / "main.tf").write_text("")
    (folder / "examples.tftest.hcl").write_text("\n\n".join(['mock_provider "aws" {}', *runs]))
    return terraform_test(folder)


def name(example: Path) -> str:
    return example.as_posix().replace("/", "_")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_can_be_planned(planned: Ended, example: Path) -> None:
    assert planned.runs.get(("examples.tftest.hcl", name(example))) == "pass", planned.said


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_an_example(module: str) -> None:
    assert module in {path.parts[0] for path in EXAMPLES}
