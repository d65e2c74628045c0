"""What a reviewer sees of a resource that is created or destroyed, and what is open to everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.plan_documents import plan, resource

from infragate.domain import plan as plans
from infragate.domain.exposure import exposures
from infragate.domain.key_attributes import key_attributes
from infragate.domain.plan_fields import UNKNOWN

SECRET = "hunter2-do-not-show"


def shown(kind: str, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {attribute.name: attribute.value for attribute in key_attributes(kind, values, **more)}


@pytest.mark.parametrize(
    ("kind", "values", "telling"),
    [
        (
            "aws_vpc_security_group_ingress_rule",
            {
                "ip_protocol": "tcp",
                "from_port": 22,
                "to_port": 22,
                "cidr_ipv4": "0.0.0.0/0",
                "id": "x",
                "cidr_ipv6": None,
            },
            {"ip_protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0"},
        ),
        (
            "aws_security_group_rule",
            {"type": "ingress", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["10.0.0.0/8"]},
            {"type": "ingress", "protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["10.0.0.0/8"]},
        ),
        (
            "aws_db_instance",
            {"identifier": "o", "engine": "mysql", "instance_class": "db.r6g.large", "publicly_accessible": False},
            {"identifier": "o", "engine": "mysql", "instance_class": "db.r6g.large", "publicly_accessible": False},
        ),
        ("aws_cloudwatch_event_rule", {"schedule_expression": "rate(1 day)"}, {"schedule_expression": "rate(1 day)"}),
        (
            "aws_eks_node_group",
            {"scaling_config": [{"min_size": 1, "max_size": 9}]},
            {"scaling_config": [{"min_size": 1, "max_size": 9}]},
        ),
        (
            "aws_s3_bucket_versioning",
            {"versioning_configuration": [{"status": "Enabled"}]},
            {"versioning_configuration.status": "Enabled"},
        ),
        (
            "google_project_iam_member",
            {"role": "roles/owner", "member": "user:a"},
            {"role": "roles/owner", "member": "user:a"},
        ),
    ],
)
def test_a_type_of_the_table_shows_what_its_review_needs(
    kind: str, values: dict[str, Any], telling: dict[str, Any]
) -> None:
    assert shown(kind, values) == telling


def test_a_policy_is_given_as_sentences() -> None:
    trust = {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}},
            {
                "Effect": "Deny",
                "NotAction": ["s3:GetObject"],
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ]
    }
    assert shown("aws_iam_role", {"name": "r", "assume_role_policy": json.dumps(trust)})["assume_role_policy"] == [
        "Allow sts:AssumeRole for Service ecs-tasks.amazonaws.com",
        "Deny all but s3:GetObject on * if Bool aws:SecureTransport = false",
    ]


def test_of_a_container_image_size_and_ports_are_shown() -> None:
    document = [
        {"name": "app", "image": "i:1", "cpu": 1, "environment": [{"name": "A", "value": "1"}], "volumesFrom": []}
    ]
    values = {"family": "f", "container_definitions": json.dumps(document)}
    assert shown("aws_ecs_task_definition", values)["container_definitions"] == [
        {"name": "app", "image": "i:1", "cpu": 1}
    ]


def test_an_unknown_type_shows_its_most_telling_attributes() -> None:
    values = {
        "name": "n",
        "schedule": "daily",
        "principal": "p",
        "port": 5,
        "instance_size": "L",
        "etag": "e",
        "tags": {"a": "b"},
        "id": "i",
        "empty": [],
        **{f"odd_{number}": number for number in range(9)},
    }
    assert {"name", "schedule", "principal", "port", "instance_size"} <= set(shown("acme_gadget", values))
    assert not {"tags", "id", "empty", "etag"} & set(shown("acme_gadget", values))


def test_what_the_code_sets_comes_before_what_a_provider_fills_in() -> None:
    values = {**{f"name_{number}": "x" for number in range(9)}, "odd": 1}
    assert "odd" in shown("acme_gadget", values, configured=frozenset({"odd"}))


def test_an_unknown_value_is_named_where_the_code_sets_it() -> None:
    values, unknown = {"name": "p"}, {"policy": True, "multi_az": True}
    code = frozenset({"name", "policy"})
    assert shown("aws_iam_policy", values, unknown=unknown, configured=code) == {"name": "p", "policy": UNKNOWN}
    assert shown("aws_db_instance", {"engine": "x"}, unknown=unknown, configured=frozenset({"engine"})) == {
        "engine": "x"
    }


@pytest.mark.parametrize(("action", "side"), [("create", "after"), ("delete", "before")])
@pytest.mark.parametrize("kind", ["aws_iam_policy", "acme_gadget"])
def test_a_sensitive_attribute_stays_hidden(action: str, side: str, kind: str) -> None:
    entry = resource(
        action,
        f"{kind}.x",
        **{side: {"name": SECRET, "policy": SECRET}, f"{side}_sensitive": {"name": True, "policy": True}},
    )
    (change,) = plans.read(plan(entry)).changes
    assert SECRET not in repr(change.key_attributes)


def test_a_long_text_is_given_by_its_length() -> None:
    assert shown("acme_gadget", {"script": "x" * 5000}) == {"script": "(5000 characters)"}


@pytest.mark.parametrize("values", [None, [], "x", {}])
def test_odd_values_have_no_key_attributes(values: Any) -> None:
    assert key_attributes("aws_db_instance", values) == ()
    assert exposures("aws_db_instance", values) == ()


# Open to everybody.

EVERYBODY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*"}]})


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"}),
        ("aws_security_group_rule", {"type": "ingress", "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}]}),
        ("aws_db_instance", {"publicly_accessible": True}),
        ("aws_lb", {"internal": False}),
        ("aws_s3_bucket_policy", {"policy": EVERYBODY}),
        ("aws_s3_bucket_acl", {"acl": "public-read"}),
        ("aws_s3_bucket_public_access_block", {"block_public_policy": False}),
        ("aws_lambda_function_url", {"authorization_type": "NONE"}),
        ("aws_apigatewayv2_route", {"authorization_type": "NONE"}),
        ("aws_lambda_permission", {"principal": "*"}),
        ("aws_eks_cluster", {"vpc_config": [{"endpoint_public_access": True}]}),
        ("google_compute_firewall", {"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"]}),
        ("google_storage_bucket_iam_member", {"member": "allUsers"}),
        ("azurerm_network_security_rule", {"direction": "Inbound", "access": "Allow", "source_address_prefix": "*"}),
        (
            "azurerm_network_security_group",
            {"security_rule": [{"direction": "Inbound", "source_address_prefix": "Internet"}]},
        ),
    ],
)
def test_what_is_open_to_everybody_says_so(kind: str, values: dict[str, Any]) -> None:
    assert exposures(kind, values)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_vpc_security_group_egress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
        ("aws_security_group_rule", {"type": "egress", "cidr_blocks": ["0.0.0.0/0"]}),
        (
            "aws_security_group",
            {"egress": [{"cidr_blocks": ["0.0.0.0/0"]}], "ingress": [{"cidr_blocks": ["10.0.0.0/8"]}]},
        ),
        ("aws_route", {"destination_cidr_block": "0.0.0.0/0"}),
        ("aws_route_table", {"route": [{"cidr_block": "0.0.0.0/0"}]}),
        ("aws_network_acl_rule", {"egress": False, "rule_action": "deny", "cidr_block": "0.0.0.0/0"}),
        ("aws_db_instance", {"publicly_accessible": False}),
        ("aws_lb", {"internal": True}),
        ("aws_s3_bucket_policy", {"policy": EVERYBODY.replace("Allow", "Deny")}),
        ("aws_s3_bucket_public_access_block", {"block_public_policy": True}),
        ("azurerm_network_security_rule", {"direction": "Inbound", "access": "Deny", "source_address_prefix": "*"}),
        ("aws_lambda_permission", {"principal": "s3.amazonaws.com"}),
    ],
)
def test_what_is_not_open_is_not_marked(kind: str, values: dict[str, Any]) -> None:
    assert exposures(kind, values) == ()


def test_only_what_becomes_open_is_marked() -> None:
    stays = resource(
        "update", "aws_db_instance.a", before={"publicly_accessible": True}, after={"publicly_accessible": True}
    )
    opens = resource(
        "update", "aws_db_instance.b", before={"publicly_accessible": False}, after={"publicly_accessible": True}
    )
    changes = plans.read(plan(stays, opens)).changes
    assert [change.exposures for change in changes] == [(), ("publicly_accessible: true",)]
