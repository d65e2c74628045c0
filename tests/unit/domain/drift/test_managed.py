"""What a plan and the code of a Stack say about what Terraform manages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.drift import managed
from infragate.domain.drift.managed import IgnoredTags
from infragate.domain.terraform import code_blocks
from infragate.domain.terraform.code_module import CodeModule, Disk
from infragate.domain.terraform.static_values import Scope

DISK = Disk(kind_of=lambda _: "missing", text_of=lambda _: None)


def code(text: str, key: str = "") -> CodeModule:
    file = code_blocks.read_native(text, "main.tf")
    assert not file.unreadable
    return CodeModule(key=key, files=(file,), scope=Scope(), disk=DISK)


def entry(address: str, mode: str = "managed", **values: Any) -> dict[str, Any]:
    return {"address": address, "type": address.split(".")[-2], "mode": mode, "values": values}


def test_resources_of_all_modules_are_those_after_the_refresh() -> None:
    inner = {"resources": [entry('module.a["x"].aws_sqs_queue.q[0]', name="q")]}
    root = {"resources": [entry("aws_vpc.v", mode="data"), entry("aws_sns_topic.t")], "child_modules": [inner]}
    found = managed.of_plan({"prior_state": {"values": {"root_module": root}}}, [])
    assert [resource.address for resource in found.resources] == ["aws_sns_topic.t", 'module.a["x"].aws_sqs_queue.q[0]']
    assert found.of("aws_sqs_queue")[0].text("name") == "q"


def test_what_somebody_has_deleted_still_owns_and_is_not_looked_at() -> None:
    block = entry("aws_s3_bucket_public_access_block.b", bucket="data")
    found = managed.of_plan({"planned_values": {"root_module": {"resources": [block]}}}, [])
    assert found.of("aws_s3_bucket_public_access_block") == ()
    (owner,) = found.owners("aws_s3_bucket_public_access_block")
    assert owner.text("bucket") == "data"


def test_the_code_says_what_is_set_also_in_dynamic_blocks_modules_and_override_files() -> None:
    text = """
    resource "aws_security_group" "g" {
      name = "g"
      dynamic "ingress" {
        for_each = []
        content {}
      }
    }
    """
    override = 'resource "aws_security_group" "g" {\n  egress = []\n}\n'
    root = {"child_modules": [{"resources": [entry('module.a[1].aws_security_group.g["x"]')]}]}
    found = managed.of_plan({"prior_state": {"values": {"root_module": root}}}, [code(text, "a"), code(override, "a")])
    (group,) = found.resources
    assert [found.sets(group, name) for name in ("ingress", "egress", "name", "tags")] == [True, True, True, False]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"constant_value": ["a"]}, IgnoredTags(keys=frozenset("a"))),
        ({"references": ["var.ignored"]}, IgnoredTags(keys=frozenset("bc"))),
        ({"references": ["local.ignored"]}, None),
        ({"references": ["var.ignored", "var.more"]}, None),
        ({"references": ["var.missing"]}, None),
    ],
)
def test_ignored_tags_are_read_or_unknown(expression: dict[str, Any], expected: IgnoredTags | None) -> None:
    document = {
        "configuration": {"provider_config": {"aws": {"expressions": {"ignore_tags": [{"keys": expression}]}}}},
        "variables": {"ignored": {"value": ["b", "c"]}},
    }
    assert managed.of_plan(document, []).ignored_tags == expected


def test_prefixes_and_tags_of_aws_itself_are_ignored() -> None:
    block = {"key_prefixes": {"constant_value": ["kubernetes.io/"]}}
    document = {"configuration": {"provider_config": {"aws": {"expressions": {"ignore_tags": [block]}}}}}
    ignored = managed.of_plan(document, []).ignored_tags
    assert ignored is not None
    keys = ("kubernetes.io/cluster", "aws:cloudformation:stack-name", "owner")
    assert [ignored.covers(key) for key in keys] == [True, True, False]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=10,
)


@given(json_values, json_values, json_values)
def test_parts_of_any_other_shape_hold_no_resources(one: Any, two: Any, three: Any) -> None:
    document = {
        "prior_state": one,
        "planned_values": one,
        "configuration": {"provider_config": two},
        "variables": three,
    }
    found = managed.of_plan(document, [])
    assert found.resources == ()
