"""Drift over dev, stg and prod: what was changed by hand is found with its class, and what is no drift is not."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.e2e import applied, hand_made, product
from tests.e2e.hand_made import STG
from tests.e2e.product import Product

from infragate.adapters.tools import tool_store

# What stg has beside the others: its Stack is small, and holds what theirs do not.
SMALL = """
resource "aws_s3_bucket" "files" {
  bucket = "fileflow-stg-files"
  tags   = local.tags
}

resource "aws_s3_bucket_public_access_block" "files" {
  bucket                  = aws_s3_bucket.files.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_ssm_parameter" "level" {
  name  = "/fileflow/stg/level"
  type  = "String"
  value = "info"
}

data "aws_subnets" "private" {
  tags = { Tier = "private" }
}

resource "aws_ecs_cluster" "this" {
  name = "fileflow-stg"
}

resource "aws_ecs_task_definition" "this" {
  family                   = "fileflow-stg"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "app", image = "app:1", essential = true }])
  tags                     = local.tags
}

resource "aws_ecs_service" "this" {
  name            = "fileflow-stg"
  cluster         = aws_ecs_cluster.this.arn
  task_definition = aws_ecs_task_definition.this.arn
  launch_type     = "FARGATE"
  desired_count   = 2
  tags            = local.tags

  network_configuration {
    subnets = data.aws_subnets.private.ids
  }
}

resource "aws_appautoscaling_target" "this" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.this.name}/${aws_ecs_service.this.name}"
  min_capacity       = 2
  max_capacity       = 6
}
"""
ACTIONS = ["s3:*", "ssm:*", "application-autoscaling:*"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """dev and prod as others have them, and a small stg; somebody has done twelve harmless things."""
    with applied.copy(tmp_path_factory.mktemp("drift") / "all", tmp_path_factory) as lent:
        product.make_small(lent, SMALL, "stg")
        lent.commit("a small stg")
        allow_more(lent)
        for verb in ("plan", "apply"):
            lent.ok(verb, "--env", "stg", "--sandbox")
        for harmless in hand_made.HARMLESS:
            harmless(hand_made.Hand(lent))
        yield lent


def allow_more(lent: Product) -> None:
    """What the platform gives the pipeline for a new kind of resource (docs/roles.md)."""
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for role in ("plan", "apply"):
        lent.administrator("iam", STG).put_role_policy(
            RoleName=f"fileflow-stg-{role}", PolicyName="more", PolicyDocument=document
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """An item that the run must have."""

    environment: str
    address: str
    cause: str
    path: str
    marks: tuple[str, ...] = ()
    severity: str | None = None


EXPECTED: dict[str, Expected] = {
    "backup retention": Expected(
        "prod", "module.rds.aws_db_instance.primary", "out-of-band", "backup_retention_period"
    ),
    "alarm deleted": Expected("dev", 'module.alarms.aws_cloudwatch_metric_alarm.this["rds-cpu"]', "out-of-band", ""),
    "public access block removed": Expected(
        "stg", "aws_s3_bucket_public_access_block.files", "out-of-band", "", ("security",)
    ),
    "rule for everybody": Expected(
        "prod",
        "module.sg_db.aws_security_group.this",
        "unowned",
        'ingress["tcp 5432 from 0.0.0.0/0"]',
        ("security",),
        "critical",
    ),
    "policy of the task role": Expected(
        "dev", "module.iam.aws_iam_role.task", "unowned", "policies.AmazonS3FullAccess", ("security",), "high"
    ),
    "desired count": Expected("prod", "module.ecs_service.aws_ecs_service.this", "out-of-band", "desired_count"),
    "tag removed": Expected("dev", "module.ecs_service.aws_ecs_cluster.this", "out-of-band", "tags_all.owner"),
    "bucket policy": Expected("stg", "aws_s3_bucket.files", "unowned", "policy", ("security",), "critical"),
    "parameter": Expected("stg", "aws_ssm_parameter.level", "out-of-band", "value"),
    "listener rule": Expected("prod", "module.alb.aws_lb_listener.https", "unowned", 'rules["priority 7"]'),
    "target group path": Expected("dev", "module.alb.aws_lb_target_group.this", "out-of-band", "health_check[0].path"),
    "log retention": Expected(
        "dev", "module.ecs_service.aws_cloudwatch_log_group.this", "out-of-band", "retention_in_days"
    ),
}


def stacks(world: Product) -> dict[str, Any]:
    """What a run says, by Environment."""
    document = world.ok("drift", "--sandbox", "--json").document
    return {stack["environment"]: stack for stack in document["result"]["stacks"]}


def counted(stacks: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Environment, address and class of all that counts."""
    return sorted(
        (name, item["address"], item["class"])
        for name, stack in stacks.items()
        for item in stack["items"]
        if item["class"] != "noise" and item["waived_by"] is None
    )


def test_of_twelve_harmless_things_none_is_drift(world: Product) -> None:
    assert len(hand_made.HARMLESS) == 12
    found = stacks(world)
    assert counted(found) == []
    assert {name: stack["status"] for name, stack in found.items()} == {"dev": "clean", "stg": "clean", "prod": "clean"}


@pytest.fixture(scope="module")
def changed(world: Product) -> Product:
    """Somebody has changed twelve things by hand."""
    for inject in hand_made.INJECTED.values():
        inject(hand_made.Hand(world))
    return world


def test_of_twelve_changes_by_hand_each_is_found_with_its_class(changed: Product) -> None:
    """Beside the twelve harmless things, which are still there."""
    assert len(EXPECTED) == 12
    assert hand_made.INJECTED.keys() == EXPECTED.keys()
    found = stacks(changed)
    assert counted(found) == sorted((each.environment, each.address, each.cause) for each in EXPECTED.values())
    for name, each in EXPECTED.items():
        items = found[each.environment]["items"]
        (item,) = (item for item in items if item["address"] == each.address and item["class"] == each.cause)
        assert not each.path or each.path in {field["path"] for field in item["fields"]}, (name, item)
        assert set(each.marks) <= set(item["marks"]), (name, item)
        assert each.severity in (None, item["severity"]), (name, item)
        assert item["evidence"], name
    assert {name: stack["status"] for name, stack in found.items()} == {"dev": "drift", "stg": "drift", "prod": "drift"}


def test_what_is_accepted_of_every_kind_counts_no_more(changed: Product) -> None:
    addresses = {each.address for each in EXPECTED.values() if each.environment == "dev"}
    named = [word for address in sorted(addresses) for word in ("--address", address)]
    why = ("--reason", "looked into by the platform", "--owner", "@acme/fileflow", "--link", "https://example.com/1")
    changed.ok("drift-accept", "--env", "dev", "--sandbox", "--yes", *why, *named)
    (stack,) = changed.ok("drift", "--env", "dev", "--sandbox", "--json").document["result"]["stacks"]
    assert stack["status"] == "clean"
    assert {item["address"] for item in stack["items"] if item["waived_by"] == "@acme/fileflow"} == addresses


@pytest.mark.parametrize("env", ["dev", "stg"])
def test_what_was_added_becomes_code_by_an_apply_that_imports_and_then_nothing_differs(
    world: Product, env: str
) -> None:
    """Rules, policies and listener rules of dev, which can have tags; the bucket policy of stg, which cannot."""
    hand = hand_made.Hand(world)
    world.git("restore", ".")
    if env == "stg":
        hand_made.share_bucket(hand)
    number = hand_made.add_what_may_stay(hand) if env == "dev" else 1
    found = world.ok("drift-fix", "--env", env, "--import", "--sandbox", "--json").document["result"]
    imported = [change for change in found["plan"]["changes"] if change["imported"]]
    assert len(imported) == found["plan"]["summary"]["import"] == number
    assert {change["action"] for change in imported if "policy" in change["type"]} == {"no-op"}
    paths = {field["path"].partition(".")[0] for change in imported for field in change["fields"]}
    assert paths == ({"tags_all"} if env == "dev" else set())
    assert found["left"] == []
    for command in found["tagging"]:
        hand_made.tag(hand, command)
    world.git("merge", "-q", "--ff-only", found["branch"])
    assert formatted(world, env)
    for verb in ("plan", "apply"):
        world.ok(verb, "--env", env, "--sandbox")
    assert counted({env: stacks(world)[env]}) == []


def formatted(world: Product, env: str) -> bool:
    """True if `terraform fmt` has nothing to change in what was written."""
    path = world.root / world.project.environment(env).directory / "imported.tf"
    terraform = str(tool_store.program("terraform", world.root).path)
    done = subprocess.run([terraform, "fmt", "-check", str(path)], capture_output=True, text=True)
    return done.returncode == 0
