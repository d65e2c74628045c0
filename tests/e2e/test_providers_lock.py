"""`providers-lock` with real Terraform, over a mirror of small packages that the test makes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import product
from tests.e2e.product import Product

ADDRESS, VERSION = "registry.example.com/acme/small", "1.2.0"
PLATFORMS = ("linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64")
LOCK = f"""# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "{ADDRESS}" {{
  version     = "{VERSION}"
  constraints = "~> 1.2"
}}
"""


def mirror(folder: Path, *platforms: str) -> Path:
    """A filesystem mirror with one packed package for each platform."""
    place = folder / ADDRESS
    place.mkdir(parents=True)
    for platform in platforms:
        name = f"terraform-provider-small_{VERSION}_{platform}.zip"
        with zipfile.ZipFile(place / name, "w") as archive:
            archive.writestr(f"terraform-provider-small_v{VERSION}", f"the program for {platform}")
    return folder


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Product]:
    with product.checkout(tmp_path / "checkout", small=product.stored("one"), checksums=True) as made:
        for path in lock_files(made):
            path.write_text(LOCK)
            path.with_name("versions.tf").write_text("terraform {}\n")
        made.commit("a small provider")
        yield made


def lock_files(made: Product) -> list[Path]:
    return sorted((made.root / "infra" / "envs").glob("*/.terraform.lock.hcl"))


def test_every_platform_is_locked_and_a_second_run_changes_nothing(checkout: Product, tmp_path: Path) -> None:
    whole = str(mirror(tmp_path / "whole", *PLATFORMS))
    locks = checkout.ok("providers-lock", "--mirror", whole, "--json").document["result"]["locks"]
    assert [lock["added"] for lock in locks] == [len(PLATFORMS)] * 3
    for path in lock_files(checkout):
        text = path.read_text()
        assert len(re.findall(r'"h1:', text)) == len(PLATFORMS)
        assert 'constraints = "~> 1.2"' in text
    again = checkout.ok("providers-lock", "--mirror", whole, "--json").document["result"]["locks"]
    assert [lock["added"] for lock in again] == [0] * 3


def test_a_complete_local_mirror_is_used_without_being_named(checkout: Product, tmp_path: Path) -> None:
    whole = str(mirror(tmp_path / "whole", *PLATFORMS))
    checkout.ok("providers-lock", "--env", "dev", INFRAGATE_PROVIDER_MIRROR=whole)
    assert "h1:" in (checkout.stack / ".terraform.lock.hcl").read_text()


def test_a_mirror_of_one_platform_is_said_to_be_that(checkout: Product, tmp_path: Path) -> None:
    one = mirror(tmp_path / "one", "linux_amd64")
    done = checkout.run("providers-lock", "--mirror", str(one))
    assert done.code == 3, done.err
    assert f"the mirror lacks acme/small {VERSION} for linux_arm64" in done.error[0]
    assert "--mirror out" in done.error[2]


def test_a_package_that_differs_leaves_every_file_alone(checkout: Product, tmp_path: Path) -> None:
    whole = mirror(tmp_path / "whole", *PLATFORMS)
    last = lock_files(checkout)[-1]
    wrong = f'  hashes = [\n    "h1:{"A" * 43}=",\n  ]\n}}\n'
    last.write_text(LOCK.rstrip().removesuffix("}") + wrong)
    before = [path.read_bytes() for path in lock_files(checkout)]
    done = checkout.run("providers-lock", "--mirror", str(whole))
    assert done.code == 7, done.err
    assert [path.read_bytes() for path in lock_files(checkout)] == before


def test_a_provider_that_the_code_has_newly_required_is_added(checkout: Product, tmp_path: Path) -> None:
    path = checkout.stack / ".terraform.lock.hcl"
    path.write_text("# no provider yet\n")
    require = f'required_providers {{\n    small = {{ source = "{ADDRESS}", version = "~> 1.0" }}\n  }}'
    (checkout.stack / "versions.tf").write_text(f"terraform {{\n  {require}\n}}\n")
    checkout.ok("providers-lock", "--env", "dev", "--mirror", str(mirror(tmp_path / "whole", *PLATFORMS)))
    assert f'version     = "{VERSION}"' in path.read_text()
    assert path.read_text().count("h1:") == len(PLATFORMS)
