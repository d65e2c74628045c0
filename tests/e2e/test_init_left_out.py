"""`terraform plan` where `init` was left out although it is needed: Terraform itself says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infragate.adapters.local import settings
from infragate.adapters.terraform.cli import InitNeeded, Terraform
from infragate.adapters.terraform.provider_source import LOCK_FILE
from infragate.domain.errors import InfragateError
from infragate.usecases import tools_install

ROOT = Path(__file__).parents[2]
NEEDS = {
    "a backend": 'terraform {\n  backend "local" {\n    path = "other.tfstate"\n  }\n}\n',
    "a module": 'module "a" {\n  source = "./a"\n}\n',
    "a provider": 'resource "null_resource" "a" {}\n',
}

REQUIRED = """terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
resource "aws_sns_topic" "a" {}
"""


def terraform(folder: Path) -> Terraform:
    program = tools_install.ready("terraform", ROOT, say=lambda _: None).path
    environment = settings.child_environment(TF_DATA_DIR=str(folder / ".terraform"), CHECKPOINT_DISABLE="1")
    return Terraform(
        program=program, folder=folder, root=folder, environment=environment, where="stack", backend_folder=folder
    )


@pytest.mark.parametrize("code", NEEDS.values(), ids=NEEDS.keys())
def test_terraform_asks_for_an_init_where_it_is_needed(tmp_path: Path, code: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "main.tf").write_text(code)
    with pytest.raises(InitNeeded):
        terraform(tmp_path).plan(tmp_path / "plan", [], after_init=False)
    with pytest.raises(InfragateError):
        terraform(tmp_path).plan(tmp_path / "plan", [])


def test_terraform_asks_for_an_init_where_a_locked_provider_is_gone(tmp_path: Path) -> None:
    shutil.copy(ROOT / "infra" / "envs" / "dev" / LOCK_FILE, tmp_path)
    (tmp_path / "main.tf").write_text(REQUIRED)
    with pytest.raises(InitNeeded):
        terraform(tmp_path).plan(tmp_path / "plan", [], after_init=False)


def test_another_error_is_told_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('output "a" {\n  value = var.none\n}\n')
    with pytest.raises(InfragateError, match="Reference to undeclared"):
        terraform(tmp_path).plan(tmp_path / "plan", [], after_init=False)
