"""stg and prod by their own least-privilege roles, each in its account, with what protects prod."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import documents, product
from tests.e2e.product import Product

from infragate.domain import tag_schema


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("environments") / "checkout") as made:
        yield made


@pytest.fixture(scope="module", params=["stg", "prod"])
def planned(request: pytest.FixtureRequest, checkout: Product) -> tuple[str, dict[str, Any]]:
    done = checkout.ok("plan", "--env", request.param, "--sandbox", "--json")
    return request.param, done.document["result"]


@pytest.fixture(scope="module")
def prod(checkout: Product) -> dict[str, dict[str, Any]]:
    """What prod will be, by address."""
    done = checkout.ok("plan", "--env", "prod", "--sandbox", "--json")
    return afters(done.document["result"])


def test_it_is_planned_as_a_whole_under_its_own_role(planned: tuple[str, dict[str, Any]]) -> None:
    name, result = planned
    assert result["headline"] == "Plan: 34 to add, 0 to change, 0 to destroy."
    assert result["manifest"]["role"].endswith(f"role/fileflow-{name}-plan")


def test_every_taggable_resource_has_the_tags_of_the_schema(planned: tuple[str, dict[str, Any]]) -> None:
    name, result = planned
    taggable = {address: after["tags_all"] for address, after in afters(result).items() if "tags_all" in after}
    assert len(taggable) == 31
    values = {"org": "acme", "env": name, "service": "fileflow", "version": "1.2", "owner": "team-fileflow"}
    for address, tags in taggable.items():
        assert {tag: tags.get(tag) for tag in tag_schema.NAMES} == values, address


def test_every_alarm_is_the_one_of_the_page(planned: tuple[str, dict[str, Any]]) -> None:
    name, result = planned
    alarms = [after for address, after in afters(result).items() if ".aws_cloudwatch_metric_alarm." in address]
    page = documents.tables("alarms.md")[f"{name} / alarm"]
    assert {alarm["alarm_name"]: alarm["alarm_description"] for alarm in alarms} == {
        row["alarm"]: f"[{row['severity']}] {row['channel']} {row['what']}" for row in page
    }
    assert all(alarm["alarm_actions"] == alarm["ok_actions"] != [] for alarm in alarms)


def afters(result: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each resource of a plan will be, by address."""
    plan = json.loads(Path(result["plan_json"]).read_text())
    return {change["address"]: change["change"]["after"] for change in plan["resource_changes"]}


def test_prod_keeps_its_database(prod: dict[str, dict[str, Any]]) -> None:
    database = prod["module.rds.aws_db_instance.this"]
    assert database["deletion_protection"]
    assert database["multi_az"]
    assert not database["skip_final_snapshot"]
    assert database["final_snapshot_identifier"] == "fileflow-prod-final"
    assert not database["apply_immediately"]


def test_prod_keeps_its_load_balancer(prod: dict[str, dict[str, Any]]) -> None:
    assert prod["module.alb.aws_lb.this"]["enable_deletion_protection"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("deletion_protection   = true", "deletion_protection   = false"),
        ("multi_az              = true", "multi_az              = false"),
        ("deletion_protection = true\n}", "deletion_protection = false\n}"),
    ],
    ids=["database", "standby", "load balancer"],
)
def test_values_that_would_unprotect_prod_are_refused(checkout: Product, old: str, new: str) -> None:
    values = checkout.root / "infra" / "envs" / "prod" / "prod.tfvars"
    text = values.read_text()
    assert text.count(old) == 1
    values.write_text(text.replace(old, new))
    try:
        done = checkout.run("plan", "--env", "prod", "--sandbox")
    finally:
        values.write_text(text)
    assert done.code == 3, done.err
    assert "In prod the" in done.error[0]
