"""The real Infracost, over plans that were recorded, written by hand and generated."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.scanners import priced_plans, subjects
from tests.unit.domain.infracost_documents import plan, planned

from infragate.adapters.scanners import infracost
from infragate.adapters.scanners.infracost import CostScan
from infragate.domain.gate import infracost_types
from infragate.domain.gate.cost import CostRules
from infragate.domain.gate.priced_plan import cut
from infragate.domain.verdict import decide

ROOT = Path(__file__).parents[2]
PLANS = ROOT / "tests" / "data" / "plans"
BOOK = {
    row["id"]: Decimal(row["price"])
    for row in yaml.safe_load((ROOT / "policy/prices/ap-northeast-2.yaml").read_text())["rows"]
}
HOURS = Decimal(730)


def scanned(tmp_path: Path, document: Any, rules: CostRules | None = None) -> CostScan:
    judged = subjects.subject(tmp_path, json.dumps(document).encode(), root=ROOT)
    return infracost.run(judged, rules or CostRules())


def recorded(environment: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PLANS / f"fileflow-{environment}.json").read_text())
    return document


def of_types(names: list[str]) -> dict[str, Any]:
    return plan(*(planned(f"{name}.r") for name in names))


def of_aws(types: frozenset[str]) -> list[str]:
    """Infracost counts no others."""
    return sorted(name for name in types if name.startswith("aws_"))


def test_each_type_that_is_left_out_is_free_for_infracost() -> None:
    free = of_aws(infracost_types.KNOWN_FREE)
    with priced_plans.any_price() as url:
        summary = priced_plans.breakdown(of_types(free), url)["summary"]
    assert sorted(summary["noPriceResourceCounts"]) == free
    assert summary["unsupportedResourceCounts"] == {}


def test_each_type_that_is_left_out_beside_is_unknown_to_infracost() -> None:
    beside = of_aws(infracost_types.FREE - infracost_types.KNOWN_FREE)
    with priced_plans.any_price() as url:
        summary = priced_plans.breakdown(of_types(beside), url)["summary"]
    assert sorted(summary["unsupportedResourceCounts"]) == beside


def test_each_type_that_is_priced_is_known_to_infracost() -> None:
    with priced_plans.any_price() as url:
        summary = priced_plans.breakdown(of_types(sorted(infracost_types.PRICED)), url)["summary"]
    assert summary["unsupportedResourceCounts"].keys() == {"aws_codebuild_project"}  # known once it names its machine
    assert summary["totalDetectedResources"] == len(infracost_types.PRICED)


def test_the_dollars_are_those_of_a_computation_by_hand(tmp_path: Path) -> None:
    task = planned("aws_ecs_task_definition.t", arn="td", family="app", cpu="512", memory="1024")
    database = {"engine": "postgres", "engine_version": "16.4", "storage_type": "gp3", "allocated_storage": 100}
    resources = [
        task,
        planned("aws_ecs_service.s", launch_type="FARGATE", desired_count=2, task_definition="td"),
        planned("aws_db_instance.multi", instance_class="db.t4g.micro", multi_az=True, **database),
        planned(
            "aws_db_instance.old",
            instance_class="db.t4g.small",
            multi_az=False,
            **{**database, "engine_version": "13.4"},
        ),
        planned("aws_nat_gateway.n"),
        planned("aws_lb.a", load_balancer_type="application"),
        planned("aws_lb.n", load_balancer_type="network"),
        planned("aws_kms_key.k"),
        planned("aws_secretsmanager_secret.s"),
        planned("aws_cloudwatch_metric_alarm.c", period=60, statistic="Average"),
        planned("aws_vpc_endpoint.e", vpc_endpoint_type="Interface", subnet_ids=["a", "b"]),
        planned(
            "aws_instance.i",
            instance_type="t3.medium",
            tenancy="default",
            root_block_device=[{"volume_size": 30, "volume_type": "gp3"}],
        ),
        planned("aws_ebs_volume.v", size=50, type="gp2"),
        planned("aws_elasticache_cluster.r", engine="redis", node_type="cache.t4g.micro", num_cache_nodes=2),
        planned("aws_route53_zone.z"),
        planned("aws_dynamodb_table.d", billing_mode="PROVISIONED", read_capacity=5, write_capacity=2),
    ]
    by_hand = {
        "aws_ecs_service.s": 2 * HOURS * (BOOK["fargate-vcpu"] * Decimal("0.5") + BOOK["fargate-gb"]),
        "aws_db_instance.multi": HOURS * BOOK["rds-pg-t4g-micro-multi"] + 100 * BOOK["rds-gp3-multi"],
        "aws_db_instance.old": HOURS * (BOOK["rds-pg-t4g-small-single"] + 2 * BOOK["rds-extended-pg13-y1"])
        + 100 * BOOK["rds-gp3-single"],
        "aws_nat_gateway.n": HOURS * BOOK["nat-hour"],
        "aws_lb.a": HOURS * BOOK["alb-hour"],
        "aws_lb.n": HOURS * BOOK["nlb-hour"],
        "aws_kms_key.k": BOOK["kms-key"],
        "aws_secretsmanager_secret.s": BOOK["secret"],
        "aws_cloudwatch_metric_alarm.c": BOOK["alarm"],
        "aws_vpc_endpoint.e": 2 * HOURS * BOOK["endpoint-hour"],
        "aws_instance.i": HOURS * BOOK["ec2-t3-medium"] + 30 * BOOK["ebs-gp3"],
        "aws_ebs_volume.v": 50 * BOOK["ebs-gp2"],
        "aws_elasticache_cluster.r": 2 * HOURS * BOOK["cache-redis-t4g-micro"],
        "aws_route53_zone.z": Decimal("0.50"),
        "aws_dynamodb_table.d": HOURS * (5 * BOOK["dynamodb-rcu"] + 2 * BOOK["dynamodb-wcu"]),
    }
    scan = scanned(tmp_path, plan(*resources))
    assert {entry.address: entry.after for entry in scan.delta.resources} == by_hand
    assert (scan.delta.before, scan.delta.after) == (Decimal(0), sum(by_hand.values()))
    assert scan.delta.unpriced == ()
    assert scan.evidence.scanned == len(resources)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_example_has_a_known_cost(environment: str, tmp_path: Path) -> None:
    scan = scanned(tmp_path, recorded(environment))
    assert scan.delta.unpriced == ()
    assert scan.findings == ()
    assert scan.delta.after > 50
    assert scan.delta.source.startswith("price book (ap-northeast-2")


def scaled(desired: int) -> dict[str, Any]:
    """The example's dev as it is after an apply, and a plan that changes the number of its tasks."""
    document = recorded("dev")
    document["prior_state"] = {"format_version": "1.0", "values": json.loads(json.dumps(document["planned_values"]))}
    (service,) = [
        entry
        for child in document["planned_values"]["root_module"]["child_modules"]
        for entry in child["resources"]
        if entry["type"] == "aws_ecs_service"
    ]
    assert service["values"]["desired_count"] == 2
    service["values"]["desired_count"] = desired
    return document


def test_twice_the_tasks_of_the_example_need_two_approvals(tmp_path: Path) -> None:
    scan = scanned(tmp_path, scaled(4))
    assert scan.delta.delta == 2 * HOURS * (BOOK["fargate-vcpu"] / 4 + BOOK["fargate-gb"] / 2)
    assert (scan.delta.percent or 0) > 10
    people = ("ann", "ben")
    decisions = [decide(scan.findings, approvals=people[:number]).decision for number in range(3)]
    assert decisions == ["needs-approvals", "needs-approvals", "allow"]


def test_a_plan_that_changes_nothing_costs_nothing_more(tmp_path: Path) -> None:
    scan = scanned(tmp_path, scaled(2))
    assert (scan.delta.delta, scan.delta.percent) == (Decimal(0), Decimal(0))
    assert scan.findings == ()
    assert scan.delta.before > 0


def test_fewer_tasks_are_a_negative_difference(tmp_path: Path) -> None:
    scan = scanned(tmp_path, scaled(1))
    assert scan.delta.delta < 0
    assert scan.findings == ()


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            planned("aws_db_instance.d", engine="postgres", instance_class="db.x2g.16xlarge"),
            "no price for Database instance",
        ),
        (planned("aws_mq_broker.b", engine_type="RabbitMQ", host_instance_type="mq.m5.large"), "no price for"),
        (planned("aws_quicksight_user.q"), "Infracost does not know aws_quicksight_user"),
        (
            planned("aws_ecs_service.s", launch_type="FARGATE", desired_count=2, task_definition="elsewhere"),
            "its tasks cost nothing",
        ),
    ],
    ids=str,
)
def test_what_it_cannot_price_makes_the_cost_unknown(resource: Any, reason: str, tmp_path: Path) -> None:
    scan = scanned(tmp_path, plan(planned("aws_nat_gateway.n"), resource))
    assert [(entry.address, entry.reason.startswith(reason)) for entry in scan.delta.unpriced] == [
        (resource["address"], True)
    ]
    assert [(finding.id, finding.fails) for finding in scan.findings] == [("cost/unknown", True)]


@pytest.mark.parametrize("part", ["configuration", "provider_config"])
def test_a_plan_without_its_regions_has_an_unknown_cost(part: str, tmp_path: Path) -> None:
    document = plan(planned("aws_nat_gateway.n"))
    holder = document if part == "configuration" else document["configuration"]
    del holder[part]
    reasons = {entry.reason for entry in scanned(tmp_path, document).delta.unpriced}
    assert "the plan does not say the region of the provider aws" in reasons


def test_a_region_without_a_price_book_is_named(tmp_path: Path) -> None:
    document = plan(planned("aws_nat_gateway.n", region="sa-east-1"))
    reasons = {entry.reason for entry in scanned(tmp_path, document).delta.unpriced}
    assert reasons == {"no price for NAT gateway", "there is no price book for sa-east-1"}


def test_a_plan_with_nothing_to_price_is_looked_at(tmp_path: Path) -> None:
    scan = scanned(tmp_path, plan(planned("aws_iam_role.r")))
    assert (scan.delta.after, scan.evidence.scanned) == (Decimal(0), 1)
    assert scan.delta.unpriced == ()


def same(document: dict[str, Any], url: str) -> None:
    whole, part = priced_plans.breakdown(document, url), priced_plans.breakdown(cut(document).document, url)
    assert priced_plans.bills(part) == priced_plans.bills(whole)
    for total in ("totalMonthlyCost", "pastTotalMonthlyCost", "diffTotalMonthlyCost"):
        assert part[total] == whole[total]
    missing = set(whole["summary"]["unsupportedResourceCounts"]) - set(part["summary"]["unsupportedResourceCounts"])
    assert missing <= infracost_types.FREE


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_cut_plan_of_the_example_costs_the_same(environment: str) -> None:
    with priced_plans.any_price() as url:
        same(recorded(environment), url)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(priced_plans.plans())
def test_a_cut_plan_costs_the_same_as_the_whole_one(document: dict[str, Any]) -> None:
    with priced_plans.any_price() as url:
        same(document, url)
