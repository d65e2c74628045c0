"""What of a plan Infracost gets to see. That the totals stay the same, the real program shows (tests/scanners)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.domain.infracost_documents import PROVIDER, plan, planned

from infragate.domain.gate import infracost_types
from infragate.domain.gate.priced_plan import PricedPlan, cut

NAT, ROLE, TEMPLATE = "aws_nat_gateway.n", "aws_iam_role.r", "aws_lb_listener.l"


def resources(priced: PricedPlan, side: str = "planned_values") -> list[str]:
    holder = priced.document[side]
    module = (holder["values"] if side == "prior_state" else holder)["root_module"]
    return [entry["address"] for entry in module.get("resources", [])]


def test_what_infracost_calls_free_is_left_out() -> None:
    priced = cut(plan(planned(NAT), planned(ROLE), planned("data.aws_iam_policy_document.p")))
    assert resources(priced) == [NAT]
    assert (list(priced.seen), priced.free) == ([NAT], 1)


def test_a_type_that_infracost_does_not_know_is_kept() -> None:
    assert resources(cut(plan(planned("aws_quicksight_user.q")))) == ["aws_quicksight_user.q"]


def test_what_is_destroyed_is_seen_as_gone() -> None:
    priced = cut(plan(planned(NAT), prior=[planned(NAT), planned("aws_kms_key.k"), planned(ROLE)]))
    assert resources(priced, "prior_state") == [NAT, "aws_kms_key.k"]
    assert list(priced.gone) == ["aws_kms_key.k"]
    assert priced.document["resource_changes"] == [{"address": NAT}, {"address": "aws_kms_key.k"}]


@pytest.mark.parametrize("name", ["id", "name", "arn", "family"])
def test_what_a_priced_resource_refers_to_by_value_is_kept(name: str) -> None:
    service = planned("aws_ecs_service.s", task_definition="td-1")
    task = planned("data.aws_ecs_task_definition.t", **{name: "td-1"})
    other = planned("data.aws_ecs_task_definition.u", **{name: "td-2"})
    assert resources(cut(plan(service, prior=[service, task, other])), "prior_state") == [
        service["address"],
        task["address"],
    ]


def test_what_a_priced_resource_refers_to_by_its_expression_is_kept() -> None:
    references = {"references": ["aws_lb_listener.l.arn", "aws_lb_listener.l"]}
    code = [
        {
            "address": "aws_route53_record.a",
            "type": "aws_route53_record",
            "expressions": {"alias": [{"name": references}]},
        }
    ]
    assert TEMPLATE in resources(
        cut(plan(planned("aws_route53_record.a"), planned(TEMPLATE), planned(ROLE), code=code))
    )


def test_a_reference_leads_to_the_resources_of_its_own_module_with_all_their_indices() -> None:
    code = {
        "module_calls": {
            "m": {
                "source": "./m",
                "module": {
                    "resources": [
                        {
                            "address": "aws_route53_record.a",
                            "type": "aws_route53_record",
                            "provider_config_key": "m:aws",
                            "expressions": {"alias": [{"name": {"references": ["aws_lb_listener.l"]}}]},
                        }
                    ]
                },
            }
        }
    }
    inside = [
        planned(f"module.m[0].{address}")
        for address in ("aws_route53_record.a", "aws_lb_listener.l[0]", "aws_lb_listener.l[1]")
    ]
    document = plan(planned(TEMPLATE), configuration={"provider_config": PROVIDER, "root_module": code})
    document["planned_values"]["root_module"]["child_modules"] = [{"address": "module.m[0]", "resources": inside}]
    priced = cut(document)
    assert list(priced.seen) == [entry["address"] for entry in inside]
    (left,) = priced.document["configuration"]["root_module"]["module_calls"]["m"]["module"]["resources"]
    assert (left["address"], left["provider_config_key"]) == ("aws_route53_record.a", "m:aws")


def test_of_the_configuration_only_what_infracost_follows_is_left() -> None:
    code = [
        {
            "address": NAT,
            "type": "aws_nat_gateway",
            "provider_config_key": "aws",
            "expressions": {"tags": {"constant_value": {}}},
        },
        {
            "address": "aws_kms_key.k",
            "type": "aws_kms_key",
            "provider_config_key": "aws.other",
            "expressions": {"policy": {}},
        },
        {
            "address": "aws_eip_association.e",
            "type": "aws_eip_association",
            "expressions": {
                "allocation_id": {"references": ["aws_eip.e"]},
                "instance_id": {"references": ["aws_instance.i"]},
            },
        },
    ]
    addresses = [str(entry["address"]) for entry in code]
    priced = cut(plan(*(planned(address) for address in addresses), code=code))
    assert priced.document["configuration"]["root_module"]["resources"] == [
        {"address": "aws_kms_key.k", "provider_config_key": "aws.other", "expressions": {}},
        {
            "address": "aws_eip_association.e",
            "provider_config_key": "",
            "expressions": {"allocation_id": {"references": ["aws_eip.e"]}},
        },
    ]


def test_no_variable_and_no_setting_of_a_provider_is_passed_on_but_the_region() -> None:
    provider = {
        "name": "aws",
        "expressions": {"region": {"references": ["var.region"]}, "secret_key": {"constant_value": "hunter2"}},
    }
    variables = {"region": {"value": "us-east-1"}, "password": {"value": "hunter2"}}
    priced = cut(
        plan(planned(NAT), configuration={"provider_config": {"aws": provider}, "root_module": {}}, variables=variables)
    )
    assert "hunter2" not in json.dumps(priced.document)
    assert priced.document["variables"] == {"region": {"value": "us-east-1"}}
    assert priced.homeless == ()


@pytest.mark.parametrize(
    ("providers", "variables", "homeless"),
    [
        (PROVIDER, {}, ()),
        ({}, {}, ("aws",)),
        ({"aws": {"expressions": {}}}, {}, ("aws",)),
        ({"aws": {"expressions": {"region": {"references": ["var.region"]}}}}, {}, ("aws",)),
        ({"aws": {"expressions": {"region": {"references": ["var.region"]}}}}, {"region": {"value": "us-east-1"}}, ()),
        ({"aws": {"expressions": {"region": {"references": ["local.region"]}}}}, {"region": {"value": "x"}}, ("aws",)),
    ],
    ids=str,
)
def test_a_provider_without_a_region_in_the_plan_is_named(providers: Any, variables: Any, homeless: Any) -> None:
    configuration = {"provider_config": providers, "root_module": {}}
    assert cut(plan(planned(NAT), configuration=configuration, variables=variables)).homeless == homeless
    assert cut(plan(planned(ROLE), configuration=configuration, variables=variables)).homeless == ()


def test_what_has_a_default_may_be_unknown_and_what_the_code_sets_may_not() -> None:
    database = "aws_db_instance.d"
    code = [{"address": database, "type": "aws_db_instance", "expressions": {"engine": {}, "instance_class": {}}}]
    unknown = {database: {"allocated_storage": True, "engine": True, "instance_class": False}}
    assert cut(plan(planned(database), code=code, unknown=unknown)).undecided == {database: "engine"}


def test_an_attribute_of_which_a_part_is_unknown_is_unknown() -> None:
    group = "aws_eks_node_group.g"
    code = [{"address": group, "type": "aws_eks_node_group", "expressions": {"scaling_config": [{}]}}]
    unknown = {group: {"scaling_config": [{"desired_size": True, "max_size": False}]}}
    assert cut(plan(planned(group), code=code, unknown=unknown)).undecided == {group: "scaling_config"}


def test_a_plan_without_a_state_keeps_it_that_way() -> None:
    document = plan(planned(NAT))
    del document["prior_state"]
    assert "prior_state" not in cut(document).document


def test_the_tables_of_types_do_not_contradict_each_other() -> None:
    assert not infracost_types.FREE & infracost_types.PRICED
    assert infracost_types.FOLLOWED.keys() <= infracost_types.PRICED
    assert infracost_types.DECISIVE.keys() <= infracost_types.PRICED
