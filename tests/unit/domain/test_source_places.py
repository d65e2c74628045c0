from __future__ import annotations

from pathlib import Path

import pytest

from infragate.adapters.terraform.code_reader import CodeReader
from infragate.domain.gate.source_places import CodePlace, SourcePlaces

MAIN = """\
resource "aws_sqs_queue" "jobs" {
  name = "jobs"
}

data "aws_vpc" "this" {}

module "own" {
  source = "./own"
}

module "alb" {
  source = "git::https://example.com/infra.git//alb?ref=v1"
}

output "url" {
  value = 1
}
"""
OWN = """\
variable "name" { default = "x" }

resource "aws_s3_bucket" "this" {
  bucket = var.name
}
"""
FETCHED = """\
resource "aws_lb" "this" {}

module "logs" {
  source = "./logs"
}
"""


@pytest.fixture
def places(tmp_path: Path) -> SourcePlaces:
    for name, text in {
        "root/infra/main.tf": MAIN,
        "root/infra/own/main.tf": OWN,
        "data/modules/alb/alb/main.tf": FETCHED,
        "data/modules/alb/alb/logs/main.tf": OWN,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    packages = tmp_path / "data" / "modules"
    reader = CodeReader(
        root=tmp_path / "root",
        stack=tmp_path / "root" / "infra",
        var_file="",
        fetched={"alb": packages / "alb" / "alb", "alb.logs": packages / "alb" / "alb" / "logs"},
        packages=packages,
    )
    return SourcePlaces.of(reader.modules())


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("aws_sqs_queue.jobs", ("infra/main.tf", 1)),
        ("aws_sqs_queue.jobs[0]", ("infra/main.tf", 1)),
        ('aws_sqs_queue.jobs["a.b"]', ("infra/main.tf", 1)),
        ("data.aws_vpc.this", ("infra/main.tf", 5)),
        ("output.url", ("infra/main.tf", 15)),
        ("module.own", ("infra/main.tf", 7)),
        ('module.own["x"].aws_s3_bucket.this', ("infra/own/main.tf", 3)),
        ("module.alb", ("infra/main.tf", 11)),
        ("module.alb.aws_lb.this", ("infra/main.tf", 11)),
        ("module.alb.aws_lb.of_another_version", ("infra/main.tf", 11)),
        ("module.alb.module.logs.aws_s3_bucket.this", ("infra/main.tf", 11)),
        ("module.alb.module.gone.aws_s3_bucket.this", ("infra/main.tf", 11)),
    ],
)
def test_an_address_has_the_place_of_its_resource_or_of_the_call_of_its_module(
    places: SourcePlaces, address: str, place: tuple[str, int]
) -> None:
    assert places.of_address(address) == CodePlace(file=place[0], line=place[1])


@pytest.mark.parametrize("address", ["aws_sqs_queue.gone", "module.gone.aws_lb.this", "", None, "module", "module."])
def test_an_unknown_address_has_no_place(places: SourcePlaces, address: str | None) -> None:
    assert places.of_address(address) is None
