"""Legitimate code, as registries and projects have it: no Finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.judged_code import judged

FILES = {
    "x.json": "{}",
    "policies/a.json": "{}",
    "policies/b.json": "{}",
    "templates/user_data.sh.tftpl": "#!/bin/sh\n%{ for name in names ~}\necho ${name} $${HOME}\n%{ endfor ~}\n",
    "lambda/index.py": "x = 1\n",
    "m/main.tf": 'variable "file" {\n  type    = string\n  default = "x.json"\n}\n\n'
    'output "text" {\n  value = file("${path.module}/${var.file}")\n}\n',
    "m/x.json": "{}",
    "m/y.json": "{}",
    "dev.tfvars": 'env = "dev"\nnames = ["a", "b"]\npolicies = { one = "a.json", two = "b.json" }\n',
    "policies/dev.json": "{}",
}
CODE = sorted((Path(__file__).parents[2] / "data" / "code" / "legitimate").glob("*.tf"))


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_legitimate_code_passes(tmp_path: Path, path: Path) -> None:
    assert judged(tmp_path, {**FILES, "a.tf": path.read_text()}) == ()


@pytest.mark.parametrize("path", CODE, ids=lambda path: path.stem)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path, path: Path) -> None:
    assert judged(tmp_path, {**FILES, "a.tf": "\ufeff" + path.read_text().replace("\n", "\r\n")}) == ()


@pytest.mark.parametrize("place", ["infra/envs/dev", "infra/envs/stg", "infra/envs/prod", "examples/fileflow-minimal"])
def test_this_repository_s_own_stacks_pass(place: str, tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    files = {path.name: path.read_text() for path in (root / place).iterdir() if path.suffix in (".tf", ".tfvars")}
    assert {finding.id for finding in judged(tmp_path, files)} <= {"module-lock/unlocked"}


@pytest.mark.parametrize("name", ["alarms", "alb", "ecs_service", "iam", "rds", "sg", "vpc"])
def test_the_modules_that_the_centre_publishes_pass(name: str, tmp_path: Path) -> None:
    folder = Path(__file__).parents[3] / "modules" / name
    files = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.tf")}
    assert judged(tmp_path, files) == ()
