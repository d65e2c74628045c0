"""What Infracost's output is worth: what it priced, what it did not, and what it must not be believed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.domain.infracost_documents import answer, billed, component, plan, planned

from infragate.domain.errors import ToolFailed
from infragate.domain.gate import infracost_answer
from infragate.domain.gate.cost import ResourceCost, Unpriced
from infragate.domain.gate.priced_plan import cut

NAT, DATABASE, SERVICE = "aws_nat_gateway.n", "aws_db_instance.d", "module.app.aws_ecs_service.s"
HOURS = component("NAT gateway", "730", "43.07")


def read(
    document: Any, *resources: Any, currency: str = "USD", **of_plan: Any
) -> tuple[tuple[ResourceCost, ...], tuple[Unpriced, ...]]:
    return infracost_answer.read(document, cut(plan(*resources, **of_plan)), currency=currency)


def reasons(document: Any, *resources: Any, **of_plan: Any) -> list[tuple[str, str]]:
    return [(entry.address, entry.reason) for entry in read(document, *resources, **of_plan)[1]]


def refused(document: Any, *resources: Any) -> str:
    with pytest.raises(ToolFailed, match=r"cannot be trusted|reports an error") as error:
        read(document, *(resources or (planned(NAT),)))
    return error.value.message


def test_each_resource_has_its_cost_before_and_after() -> None:
    gone, new = billed(DATABASE, component("Database instance", "730", "18.25")), billed(NAT, HOURS)
    costs, unpriced = read(answer(new, before=[gone]), planned(NAT), prior=[planned(DATABASE)])
    assert [(cost.address, cost.before, cost.after) for cost in costs] == [
        (DATABASE, Decimal("18.25"), Decimal(0)),
        (NAT, Decimal(0), Decimal("43.07")),
    ]
    assert unpriced == ()


def test_components_of_parts_are_named_after_them() -> None:
    bucket = billed(
        "aws_s3_bucket.b", subresources=[{"name": "Standard", "costComponents": [component("Storage", None, None)]}]
    )
    costs, _ = read(answer(bucket), planned("aws_s3_bucket.b"))
    assert costs[0].not_estimated == ("Standard: Storage",)


def test_a_missing_price_with_a_quantity_makes_the_cost_unknown() -> None:
    bill = billed(DATABASE, component("Database instance", "730", "0", priceNotFound=True))
    assert reasons(answer(bill), planned(DATABASE)) == [(DATABASE, "no price for Database instance")]


@pytest.mark.parametrize("quantity", [None, "0"])
def test_a_missing_price_without_a_quantity_does_not_matter(quantity: str | None) -> None:
    bill = billed(DATABASE, component("Insights", quantity, None, priceNotFound=True))
    assert reasons(answer(bill), planned(DATABASE)) == []


def test_a_missing_price_in_a_part_is_found() -> None:
    part = {"name": "root volume", "costComponents": [component("Storage", "8", "0", priceNotFound=True)]}
    bill = billed("aws_instance.i", subresources=[part])
    assert reasons(answer(bill), planned("aws_instance.i")) == [("aws_instance.i", "no price for root volume: Storage")]


def test_a_missing_price_of_what_is_destroyed_makes_the_cost_unknown() -> None:
    bill = billed(DATABASE, component("Database instance", "730", "0", priceNotFound=True))
    assert reasons(answer(billed(NAT, HOURS), before=[bill]), planned(NAT), prior=[planned(DATABASE)]) == [
        (DATABASE, "no price for what it cost: Database instance")
    ]


def test_a_type_that_infracost_does_not_know_has_an_unknown_cost() -> None:
    document = answer(billed(NAT, HOURS), unsupported=["aws_quicksight_user"])
    assert reasons(document, planned(NAT), planned("aws_quicksight_user.q")) == [
        ("aws_quicksight_user.q", "Infracost does not know aws_quicksight_user")
    ]


def test_resources_of_other_providers_are_in_no_count_of_infracost_and_unknown() -> None:
    found = reasons(answer(billed(NAT, HOURS)), planned(NAT), planned("mongodbatlas_cluster.c"), planned("random_id.r"))
    assert found == [("mongodbatlas_cluster.c", "Infracost does not know mongodbatlas_cluster")]


def test_a_type_that_infracost_does_not_know_counts_when_it_is_destroyed_too() -> None:
    found = reasons(answer(billed(NAT, HOURS)), planned(NAT), prior=[planned("aws_quicksight_user.q")])
    assert found == [("aws_quicksight_user.q", "Infracost does not know what a aws_quicksight_user has cost")]


@pytest.mark.parametrize(
    ("values", "unknown"),
    [
        ({"launch_type": "FARGATE", "desired_count": 2}, True),
        ({"launch_type": "FARGATE"}, True),
        ({"desired_count": 2}, True),
        ({"capacity_provider_strategy": [{"capacity_provider": "FARGATE_SPOT"}], "desired_count": 2}, True),
        ({"launch_type": "FARGATE", "desired_count": 0}, False),
        ({"launch_type": "EC2", "desired_count": 2}, False),
        ({"launch_type": "EXTERNAL", "desired_count": 2}, False),
        ({"capacity_provider_strategy": [{"capacity_provider": "own-machines"}], "desired_count": 2}, False),
    ],
    ids=str,
)
def test_a_fargate_service_that_costs_nothing_has_an_unknown_cost(values: dict[str, Any], unknown: bool) -> None:
    free = answer(free=["aws_ecs_service"])
    null = answer(billed(SERVICE, component("Per vCPU per hour", "0", "0")))
    for document in (free, null):
        assert [address for address, _ in reasons(document, planned(SERVICE, **values))] == [SERVICE] * unknown


@pytest.mark.parametrize(("kind", "unknown"), [("io2", True), ("gp3", False), ("", False), (None, False)])
def test_storage_that_infracost_takes_for_another_kind_has_an_unknown_cost(kind: str | None, unknown: bool) -> None:
    bill = billed(DATABASE, component("Storage", "100", "13.1"))
    assert len(reasons(answer(bill), planned(DATABASE, storage_type=kind))) == unknown


def test_what_decides_the_price_and_is_known_only_after_the_apply_makes_it_unknown() -> None:
    code = [
        {
            "address": DATABASE,
            "type": "aws_db_instance",
            "expressions": {"allocated_storage": {"references": ["random_integer.r"]}},
        }
    ]
    bill = billed(DATABASE, component("Storage", "20", "2.62"))
    found = reasons(
        answer(bill),
        planned(DATABASE),
        code=code,
        unknown={DATABASE: {"allocated_storage": True, "iops": True, "arn": True}},
    )
    assert found == [(DATABASE, "its allocated_storage is known only after the apply")]


def test_a_region_that_the_plan_does_not_say_makes_the_cost_unknown() -> None:
    configuration = {
        "provider_config": {"aws": {"expressions": {"region": {"references": ["local.region"]}}}},
        "root_module": {},
    }
    assert reasons(answer(billed(NAT, HOURS)), planned(NAT), configuration=configuration) == [
        ("", "the plan does not say the region of the provider aws")
    ]


def test_another_currency_leaves_no_amount() -> None:
    costs, unpriced = read(answer(billed(NAT, HOURS), currency="KRW"), planned(NAT))
    assert costs == ()
    assert unpriced == (Unpriced(address="", reason="its amounts are in 'KRW', and the rules in USD"),)


def test_regions_without_a_book_are_named() -> None:
    misses = [{"productFilter": {"region": region}} for region in ("eu-west-1", "ap-northeast-2", "eu-west-1")] + [
        {"productFilter": {}}
    ]
    found = infracost_answer.regions_without_prices(misses, frozenset({"ap-northeast-2"}))
    assert found == (Unpriced(address="", reason="there is no price book for eu-west-1"),)


def changed(**more: Any) -> dict[str, Any]:
    return {**answer(billed(NAT, HOURS)), **more}


def project(**more: Any) -> dict[str, Any]:
    document = answer(billed(NAT, HOURS))
    document["projects"][0].update(more)
    return document


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "not a document of format 0.2"),
        ([], "the document is a list"),
        (changed(version="1.0"), "not a document of format 0.2"),
        (changed(projects=[]), "not a document of format 0.2"),
        (changed(projects=[1]), "the project is a int"),
        (project(metadata={"type": "error"}), "it is about 'error'"),
        (project(metadata={"type": "terraform_dir"}), "it is about 'terraform_dir'"),
        (
            project(
                metadata={
                    "type": "terraform_plan_json",
                    "errors": [{"code": 106, "message": "no\nplan", "isError": False}],
                }
            ),
            "infracost reports an error: no plan",
        ),
        (changed(totalMonthlyCost="43.08"), "its total is 43.08, but its resources cost 43.07"),
        (changed(totalMonthlyCost=None), "its total is None, but its resources cost 43.07"),
        (changed(pastTotalMonthlyCost="1"), "its total is 1, but its resources cost 0"),
        (changed(summary={"totalDetectedResources": 0}), "it saw 0 of 1 resources"),
        (
            changed(summary={"totalDetectedResources": 1, "noPriceResourceCounts": {"aws_vpc": 1}}),
            "are not those of the plan",
        ),
        (changed(summary=None), "the summary is a NoneType"),
        (project(breakdown=None), "a breakdown is a NoneType"),
        (project(breakdown={"resources": ["x"]}), "a resource or component is a str"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_output_that_does_not_fit_is_refused(document: Any, message: str) -> None:
    assert re.search(re.escape(message), refused(document))


def test_a_resource_that_the_plan_does_not_hold_is_refused() -> None:
    assert "are not those of the plan" in refused(answer(billed("aws_nat_gateway.other", HOURS)))


def test_a_resource_that_is_billed_twice_is_refused() -> None:
    assert "is in it twice" in refused(answer(billed(NAT, HOURS), billed(NAT, HOURS)))


@pytest.mark.parametrize("amount", [43.07, "NaN", "Infinity", "-1", "1,5", "", True, {}])
def test_an_amount_that_is_no_decimal_number_as_text_is_refused(amount: Any) -> None:
    bill = {**billed(NAT, HOURS), "monthlyCost": amount}
    assert "is not an amount" in refused(
        answer(billed(NAT, HOURS)) | {"projects": project(breakdown={"resources": [bill]})["projects"]}
    )
