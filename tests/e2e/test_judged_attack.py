"""A provider block that starts a program: the judge alone holds it, and it is shown to be a real attack."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import PLAN, Product, log

ATTACK = """
provider "aws" {
  alias                       = "evil"
  region                      = "us-east-1"
  shared_config_files         = ["${path.module}/evil.aws"]
  profile                     = "evil"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
}

data "aws_caller_identity" "evil" {
  provider = aws.evil
}
"""
ALONE = {"INFRAGATE_ISOLATION": "none"}  # no wall: the judge alone must hold


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("hostile") / "checkout", small=log("a") + ATTACK) as made:
        program = f'/bin/sh -c "echo x > {marker(made)}"'
        (made.stack / "evil.aws").write_text(f"[profile evil]\ncredential_process = {program}\n")
        yield made


def marker(made: Product) -> Path:
    """What the attack writes."""
    return made.home / "marker"


def test_a_program_of_a_provider_block_does_not_run(hostile: Product) -> None:
    done = hostile.run(*PLAN, **ALONE)
    assert done.code == 8, done.err
    assert "shared_config_files" in done.err
    assert not marker(hostile).exists()
    assert "terraform init" not in done.err


def test_it_would_run_if_its_arguments_were_allowed(hostile: Product) -> None:
    product.add_waivers(hostile.root, [("code/provider-argument", "provider.aws", "the attack must be a real one")])
    hostile.run(*PLAN, **ALONE)
    assert marker(hostile).exists()
