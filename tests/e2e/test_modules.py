"""Every module by its own tests, and every example planned, with mocked providers: no account, no network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.e2e.module_world import MODULES, ROOT, Ended, copy, terraform_test

from infragate.adapters.local import settings
from infragate.adapters.tools import tool_store

EXAMPLES = sorted(path.parent.relative_to(ROOT / "modules") for path in (ROOT / "modules").glob("*/examples/*/main.tf"))


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


@pytest.mark.parametrize("folder", ["modules", "infra", "examples"])
def test_terraform_s_code_is_formatted(folder: str) -> None:
    program = str(tool_store.program("terraform", ROOT).path)
    argv = [program, "fmt", "-check", "-recursive", str(ROOT / folder)]
    done = subprocess.run(argv, env=settings.child_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
