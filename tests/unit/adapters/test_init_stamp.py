"""The stamp of `terraform init`: every change of what init depends on, or has left, is seen."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from infragate.adapters.terraform import init_stamp
from infragate.adapters.terraform.cli import Terraform
from infragate.domain.terraform.diagnostic import Diagnostic

BACKEND = {"profile": "state", "use_lockfile": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A Stack as `init` leaves it: a local module, a fetched one, a provider that is a link into a mirror."""

    root: Path

    @property
    def stack(self) -> Path:
        return self.root / "stack"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def terraform(self) -> Terraform:
        environment = {
            "TF_DATA_DIR": str(self.data),
            "TF_CLI_CONFIG_FILE": str(self.root / "terraform.tfrc"),
            "AWS_CONFIG_FILE": os.urandom(4).hex(),  # another one in each run
        }
        return Terraform(
            program=self.root / "terraform", folder=self.stack, root=self.root, environment=environment, where="stack"
        )

    def stamp(self) -> str | None:
        return init_stamp.of(self.terraform, BACKEND)


@pytest.fixture
def world(tmp_path: Path) -> World:
    entries = [
        {"Key": "", "Source": "", "Dir": "."},
        {"Key": "local", "Source": "../local", "Dir": "../local"},
        {"Key": "fetched", "Source": "git::https://example.com/a.git", "Dir": "../data/modules/fetched"},
    ]
    for name, text in {
        "terraform": "program",
        "terraform.tfrc": "mirrors",
        "stack/main.tf": "code",
        "stack/.terraform.lock.hcl": "lock",
        "stack/dev.tfvars": "values",
        "local/main.tf.json": "{}",
        "data/modules/modules.json": json.dumps({"Modules": entries}),
        "data/modules/fetched/main.tf": "code",
        "data/terraform.tfstate": "backend",
        "mirror/provider": "program",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "data" / "providers").mkdir()
    (tmp_path / "data" / "providers" / "linux_amd64").symlink_to(tmp_path / "mirror")
    return World(root=tmp_path)


def write(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).write_text("other")


def remove(name: str) -> Callable[[Path], object]:
    return lambda root: (root / name).unlink()


def same_size_and_time(root: Path) -> None:
    path = root / "data" / "terraform.tfstate"
    before = path.stat()
    path.write_text("BACKEND")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_the_same_again_has_the_same_stamp(world: World) -> None:
    assert world.stamp() == world.stamp() is not None


@pytest.mark.parametrize(
    "change",
    [
        *map(write, ["terraform", "terraform.tfrc", "stack/main.tf", "stack/new.tf", "stack/.terraform.lock.hcl"]),
        *map(write, ["local/main.tf.json", "local/new.tf", "mirror/provider", "mirror/new"]),
        *map(write, ["data/terraform.tfstate", "data/modules/fetched/main.tf", "data/environment"]),
        *map(remove, ["stack/main.tf", "mirror/provider", "data/terraform.tfstate", "data/modules/modules.json"]),
        *map(remove, ["data/providers/linux_amd64", "data/modules/fetched/main.tf", "stack/.terraform.lock.hcl"]),
        same_size_and_time,
    ],
)
def test_a_change_of_what_init_depends_on_or_has_left_is_seen(world: World, change: Callable[[Path], object]) -> None:
    before = world.stamp()
    change(world.root)
    assert world.stamp() != before


CODE = """terraform {
  required_version = ">= 1.11"
}
provider "aws" {
  region = "eu-west-1"
}
module "a" {
  source  = "./a"
  version = "1.0"
  size    = 1
}
resource "aws_sns_topic" "a" {
  name = "a"
}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">= 1.11", ">= 1.12"),
        ("eu-west-1", "eu-west-2"),
        ("./a", "./b"),
        ('"1.0"', '"2.0"'),
        ('module "a"', 'module "b"'),
        ('"aws_sns_topic"', '"null_resource"'),
        ('name = "a"', "provider = other.a"),
        ("}\n", '}\nephemeral "random_password" "a" {}\n'),
        ("}\n", '}\ncheck "page" {\n  data "http" "page" {\n    url = "https://example.com"\n  }\n}\n'),
        ("}\n", '}\nmodule "more" {\n  source = "./more"\n}\n'),
        ('  name = "a"\n}', '  name = "a"'),  # no longer valid
    ],
)
def test_what_init_reads_of_the_code_is_seen(world: World, old: str, new: str) -> None:
    (world.stack / "main.tf").write_text(CODE)
    before = world.stamp()
    (world.stack / "main.tf").write_text(CODE.replace(old, new, 1))
    assert world.stamp() != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size    = 1", "size = 2"),
        ('name = "a"', 'name = "b"'),
        ('"aws_sns_topic" "a"', '"aws_sqs_queue" "b"'),
        ("}\n", '}\nmoved {\n  from = aws_sns_topic.b\n  to   = aws_sns_topic.a\n}\noutput "a" {\n  value = 1\n}\n'),
    ],
)
def test_what_init_does_not_read_of_the_code_is_none_of_its_business(world: World, old: str, new: str) -> None:
    (world.stack / "main.tf").write_text(CODE)
    before = world.stamp()
    (world.stack / "main.tf").write_text(CODE.replace(old, new, 1))
    (world.stack / "more.tf").write_text('variable "a" {}\n')
    assert world.stamp() == before


def test_another_backend_setting_is_seen(world: World) -> None:
    assert init_stamp.of(world.terraform, {**BACKEND, "use_lockfile": "false"}) != world.stamp()


def test_another_setting_of_terraform_is_seen(world: World) -> None:
    terraform = world.terraform
    other = replace(terraform, environment={**terraform.environment, "TF_WORKSPACE": "other"})
    assert init_stamp.of(other, BACKEND) != world.stamp()


def test_values_of_variables_are_none_of_its_business(world: World) -> None:
    before = world.stamp()
    write("stack/dev.tfvars")(world.root)
    assert world.stamp() == before


@pytest.mark.parametrize("name", ["terraform", "stack", "data"])
def test_without_one_of_them_there_is_no_stamp(world: World, name: str) -> None:
    (world.root / name).rename(world.root / "away")
    assert world.stamp() is None


def test_a_list_of_modules_that_cannot_be_read_is_no_stamp(world: World) -> None:
    write("data/modules/modules.json")(world.root)
    assert world.stamp() is None


def test_links_in_a_circle_end(world: World) -> None:
    (world.data / "modules" / "fetched" / "again").symlink_to(world.data)
    assert world.stamp() is not None


def test_only_the_digest_that_was_kept_holds(tmp_path: Path) -> None:
    stamp = tmp_path / "init.stamp"
    assert init_stamp.kept(stamp, "a") is None
    init_stamp.keep(stamp, "a")
    assert init_stamp.kept(stamp, "a") == ()
    assert init_stamp.kept(stamp, "b") is None
    init_stamp.keep(stamp, None)
    assert init_stamp.kept(stamp, "a") is None
    assert init_stamp.kept(stamp, None) is None


UNRECORDED = Diagnostic(severity="warning", summary="Provider lock file not updated", detail="Changes were detected.")


def test_the_warnings_of_the_last_init_are_kept_word_for_word(tmp_path: Path) -> None:
    stamp, warnings = tmp_path / "init.stamp", (UNRECORDED.finding, replace(UNRECORDED, address="aws_s3.a").finding)
    init_stamp.keep(stamp, "a", warnings)
    assert init_stamp.kept(stamp, "a") == warnings
    assert init_stamp.kept(stamp, "b") is None


def test_init_runs_again_for_a_warning_about_a_place_in_the_code(tmp_path: Path) -> None:
    stamp = tmp_path / "init.stamp"
    init_stamp.keep(stamp, "a")
    placed = replace(UNRECORDED, file="infra/envs/dev/main.tf", line=3).finding
    init_stamp.keep(stamp, "a", (UNRECORDED.finding, placed))
    assert init_stamp.kept(stamp, "a") is None


@pytest.mark.parametrize("text", ["", "a", "{", "[]", "null", '["a"]', '["a", 1]', '["a", [1]]', '["a", [["b"]]]'])
def test_a_stamp_that_cannot_be_read_does_not_hold(tmp_path: Path, text: str) -> None:
    stamp = tmp_path / "init.stamp"
    stamp.write_text(text)
    assert init_stamp.kept(stamp, "a") is None
