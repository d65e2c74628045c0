"""The rules name only types and arguments that the AWS provider has.

A rule that names an argument wrongly never complains, and its tests do not notice: they use the same wrong name. So what
is compared with the provider's names is what the tests put into plans. `test_policy_mutants.py` keeps that complete: a
test fails if a name in a rule is another one. A rule that names no types (`code/plain_secret`) is not compared.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.scanners.mutation import ENVIRONMENT
from tests.scanners.provider_schema import BAD_PLANS, NAMES, POLICIES, ROOT, rule_files, types_of, unknown_names

from infragate.adapters.tools import tool_store

Used: TypeAlias = tuple[str, Any]  # a type, and values of a resource of it; None of one that is only referred to

RECORDED: dict[str, list[str]] = json.loads(NAMES.read_text(encoding="utf-8"))
RULES = [path for path in rule_files() if types_of(path)]
IDS = [str(path.relative_to(POLICIES)) for path in RULES]
MARK = "a plan of a test: "
# The functions of lib/testing.rego that every plan comes from, and what they show of it.
PLANS = {
    '\t"configuration": {"root_module": {}},\n}': "resources",
    '{"configuration": {"root_module": root_module}})': "root_module",
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Used]]:
    """File of tests -> the resources in its plans, as the tests really make them."""
    folder = tmp_path_factory.mktemp("policies") / "rego"
    shutil.copytree(POLICIES, folder)
    text = (folder / "lib" / "testing.rego").read_text(encoding="utf-8")
    for end, argument in PLANS.items():
        assert text.count(end) == 1
        text = text.replace(end, f'{end} if print(concat("", ["{MARK}", json.marshal({argument})]))')
    (folder / "lib" / "testing.rego").write_text(text, encoding="utf-8")
    argv = [str(tool_store.program("opa", ROOT).path), "test", "--format=json", "--ignore=*.json", "."]
    done = subprocess.run(argv, cwd=folder, check=True, capture_output=True, timeout=120, env=ENVIRONMENT)
    used: dict[str, list[Used]] = {}
    for test in json.loads(done.stdout):
        lines = base64.b64decode(test.get("output", "")).decode().splitlines()
        shown = [json.loads(line.partition(MARK)[2]) for line in lines if MARK in line]
        used.setdefault(test["location"]["file"], []).extend(resource for part in shown for resource in resources(part))
    return used


def resources(part: object) -> Iterator[Used]:
    """The resources in a part of a plan: changes, planned values and expressions of the configuration."""
    if isinstance(part, list):
        for element in part:
            yield from resources(element)
    elif isinstance(part, dict):
        yield from _resource(part)
        yield from ((name.split(".")[0], None) for name in part.get("references", []))
        for value in part.values():
            yield from resources(value)


def _resource(part: dict[str, Any]) -> Iterator[Used]:
    match = re.search(r"(?:^|\.)(?P<type>aws_\w+)\.[^.]+$", str(part.get("address", "")))
    if match is None or re.search(r"(^|\.)data\.", part["address"]) or part.get("mode") == "data":
        return
    type_ = str(part.get("type", match["type"]))
    change = part.get("change", {})
    known, unknown = change.get("after"), change.get("after_unknown")
    for values in (known, unknown, part.get("values"), given(part.get("expressions"))):
        yield type_, values


def given(expression: Any) -> Any:
    """The names of arguments in expressions, without what is said of each."""
    if isinstance(expression, list):
        return [given(element) for element in expression]
    if not isinstance(expression, dict) or {"references", "constant_value"} & expression.keys():
        return None
    return {name: given(value) for name, value in expression.items()}


@pytest.mark.parametrize("rules", RULES, ids=IDS)
def test_every_type_that_a_rule_names_is_of_the_provider(rules: Path) -> None:
    assert {name for name in types_of(rules) if not {name, f"data.{name}"} & RECORDED.keys()} == set()


@pytest.mark.parametrize("rules", RULES, ids=IDS)
def test_the_tests_of_a_rule_use_every_type_with_names_that_the_provider_has(
    inputs: dict[str, list[Used]], rules: Path
) -> None:
    tests = rules.with_name(f"{rules.stem}_test.rego").relative_to(POLICIES)
    named = types_of(rules) & RECORDED.keys()
    used = [(type_, values) for type_, values in inputs[str(tests)] if type_ in named]
    assert set().union(*(unknown_names(type_, values, RECORDED) for type_, values in used)) == set()
    assert named - {type_ for type_, _ in used} == set()


@pytest.mark.parametrize("plan", BAD_PLANS, ids=[str(plan.parent.relative_to(POLICIES)) for plan in BAD_PLANS])
def test_a_known_bad_plan_has_only_names_of_the_provider(plan: Path) -> None:
    used = list(resources(json.loads(plan.read_text(encoding="utf-8"))))
    assert {type_ for type_, values in used if values and type_ not in RECORDED} == set()
    assert set().union(*(unknown_names(type_, values, RECORDED) for type_, values in used if values)) == set()


def test_a_wrong_name_is_found_at_any_depth() -> None:
    values: object = {
        "ingress": [{"cidr_blocks": [], "cidr": []}],
        "tags": {"any": "x"},
        "egress": [{}],
        "name_prefixed": None,
    }
    assert unknown_names("aws_security_group", values, RECORDED) == {
        "aws_security_group.ingress.cidr",
        "aws_security_group.name_prefixed",
    }


def test_what_rules_read_of_data_sources_is_of_the_provider() -> None:
    assert {"id", "cidr_blocks"} <= set(RECORDED["data.aws_prefix_list"])
    assert {"id", "entries.cidr"} <= set(RECORDED["data.aws_ec2_managed_prefix_list"])
