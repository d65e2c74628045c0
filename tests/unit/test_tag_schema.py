"""One tag schema: default_tags, modules, policy, recorded plans and docs all follow `domain/tag_schema.py`."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import documents

from infragate.adapters.local import environments_file
from infragate.adapters.terraform import hcl
from infragate.domain import tag_schema

ROOT = Path(__file__).parents[2]
NAMES = list(tag_schema.NAMES)
PROJECT = environments_file.load(ROOT)
STACKS = [*(f"infra/envs/{name}" for name in PROJECT.names), "examples/fileflow-minimal"]
BOOTSTRAP = ["infra/bootstrap/state", "infra/bootstrap/environment"]
ROOTS = [*STACKS, *BOOTSTRAP]
MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/variables.tf"))


@cache
def document(name: str) -> dict[str, Any]:
    return hcl.document((ROOT / name).read_bytes(), name=name)


def blocks(folder: str, kind: str) -> list[dict[str, Any]]:
    return [
        block
        for path in sorted((ROOT / folder).glob("*.tf"))
        for block in document(str(path.relative_to(ROOT))).get(kind, ())
    ]


@pytest.mark.parametrize("folder", ROOTS)
def test_default_tags_of_a_root_are_the_schema(folder: str) -> None:
    (tags,) = [block["tags"] for block in blocks(folder, "locals") if "tags" in block]
    assert list(tags) == NAMES
    providers = [provider["aws"] for provider in blocks(folder, "provider")]
    assert [[entry["tags"] for entry in aws["default_tags"]] for aws in providers] == [["${local.tags}"]]


@pytest.mark.parametrize("folder", STACKS)
def test_every_module_of_a_stack_gets_these_tags(folder: str) -> None:
    calls = {name: call for block in blocks(folder, "module") for name, call in block.items()}
    assert calls
    assert {name: call["tags"] for name, call in calls.items()} == dict.fromkeys(calls, "${local.tags}")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_refuses_tags_that_are_not_the_schema(module: str) -> None:
    (tags,) = [block["tags"] for block in blocks(f"modules/{module}", "variable") if "tags" in block]
    (validation,) = tags["validation"]
    (listed,) = re.findall(r"for key in (\[[^\]]*\])", validation["condition"])
    assert json.loads(listed) == NAMES


def test_the_policy_requires_the_schema() -> None:
    rule = (ROOT / "policy/rego/tags/required/policy.rego").read_text()
    (listed,) = re.findall(r'context\.setting\("required_tags", (\[[^\]]*\])\)', rule)
    assert json.loads(listed) == NAMES


@pytest.mark.parametrize("page", ["runbooks/policies/IG-TAG-01.md", "runbooks/ko/policies/IG-TAG-01.md"])
def test_the_page_of_the_policy_shows_the_schema(page: str) -> None:
    (shown,) = re.findall(r"tags = \{\n(.*?)\}", (ROOT / page).read_text(), flags=re.DOTALL)
    assert re.findall(r"^ +(\w+) += ", shown, flags=re.MULTILINE) == NAMES


def test_the_template_of_pull_requests_asks_for_the_schema() -> None:
    text = (ROOT / ".github/PULL_REQUEST_TEMPLATE.md").read_text()
    assert f"the tags {', '.join(NAMES[:-1])} and {NAMES[-1]}." in text


def test_the_page_of_the_tags_is_rendered_from_the_schema() -> None:
    assert [row["tag"] for row in documents.tables("tags.md")["The schema / tag"]] == NAMES


@pytest.mark.parametrize("name", PROJECT.names)
def test_the_values_of_an_environment_are_those_of_the_project(name: str) -> None:
    environment = PROJECT.environment(name)
    values = document(f"{environment.directory}/{environment.var_file}")
    expected = tag_schema.expected(PROJECT, environment)
    assert {tag: values[tag] for tag in expected} == expected


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_every_taggable_resource_of_a_recorded_plan_has_the_tags_of_the_schema(name: str) -> None:
    plan = json.loads((ROOT / f"tests/data/plans/fileflow-{name}.json").read_text())
    afters = {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["mode"] == "managed"
    }
    taggable = {address: after["tags_all"] for address, after in afters.items() if "tags_all" in after}
    assert len(taggable) == 31
    expected = tag_schema.expected(PROJECT, PROJECT.environment(name))
    for address, tags in taggable.items():
        assert set(NAMES) <= set(tags), address
        assert {tag: tags[tag] for tag in expected} == expected, address


def test_a_project_may_name_other_tags() -> None:
    assert tag_schema.required({"required_tags": ["team"]}) == ("team",)
    assert tag_schema.required({}) == tag_schema.NAMES
