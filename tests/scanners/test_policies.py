"""The Rego policies by the real OPA and Conftest: form, tests, known-bad plans, the example's own plans."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import yaml
from tests.scanners.subjects import PLANS, ROOT

from infragate.adapters.local.files import private_folder
from infragate.adapters.scanners import rego_folder
from infragate.adapters.scanners.conftest import Evaluation, results
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.adapters.tools import tool_store
from infragate.domain.stateful import STATEFUL_TYPES

POLICIES = ROOT / "policy" / "rego"
RULES = sorted(POLICIES.glob("*/*/policy.rego"))
NAMES = [str(rule.parent.relative_to(POLICIES)) for rule in RULES]
BAD_DATA = json.loads((POLICIES / "bad-data.json").read_text())["infragate"]


@dataclass(frozen=True)
class Bounds:
    timeout: float = 120.0
    stop: Event = field(default_factory=Event)


def opa(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """OPA in the folder of the policies; JSON files there are plans and no data."""
    argv = [str(tool_store.program("opa", ROOT).path), *map(str, arguments)]
    return subprocess.run(argv, cwd=POLICIES, check=False, capture_output=True, text=True, timeout=120)


def judged(tmp_path: Path, data: dict[str, Any], *plans: Path) -> dict[str, list[dict[str, Any]]]:
    """The complaints of Conftest over each plan; an error of a built-in function is an error here."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "data.json").write_text(json.dumps({"infragate": data}))
    options = ["--parser=json", "--output=json", "--all-namespaces", "--show-builtin-errors", "--no-fail"]
    argv = [tool_store.program("conftest", ROOT).path, "test", f"--policy={POLICIES}", f"--data={folder}", *options]
    done = subprocess.run([*map(str, argv), *map(str, plans)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    complaints: dict[str, list[dict[str, Any]]] = {str(plan): [] for plan in plans}
    for entry in json.loads(done.stdout):
        complaints[entry["filename"]] += [failure["metadata"] for failure in entry.get("failures", [])]
    return complaints


@cache
def metadata(rule: Path) -> dict[str, Any]:
    """The METADATA block at the head of a rule."""
    lines = rule.read_text(encoding="utf-8").split("\npackage ")[0].splitlines()
    assert lines[0] == "# METADATA"
    read: dict[str, Any] = yaml.safe_load("\n".join(line.removeprefix("# ") for line in lines[1:]))
    return read


def test_there_are_at_least_twenty_five_rules_with_an_id_of_their_own() -> None:
    assert len({metadata(rule)["custom"]["id"] for rule in RULES}) == len(RULES) >= 25


def test_the_policies_are_formatted() -> None:
    done = opa("fmt", "--list", ".")
    assert (done.stdout, done.returncode) == ("", 0)


def test_the_policies_are_strict_and_name_only_fields_that_a_plan_has() -> None:
    whole = opa("check", "--strict", "--ignore=*.json", ".")
    assert (whole.stderr, whole.returncode) == ("", 0)
    fields = opa("check", "--schema=plan.schema.json", "--ignore=*.json", "--ignore=*_test.rego", ".")
    assert (fields.stderr, fields.returncode) == ("", 0)


def test_a_field_that_no_plan_has_is_found(tmp_path: Path) -> None:
    (tmp_path / "wrong.rego").write_text("package a\n\ndeny contains x if some x in input.resource_change\n")
    done = opa("check", "--schema=plan.schema.json", tmp_path / "wrong.rego")
    assert "undefined ref: input.resource_change" in done.stderr


def test_the_tests_of_the_policies_pass_and_reach_every_line() -> None:
    done = opa("test", "--coverage", "--threshold=100", "--ignore=*.json", ".")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_says_what_it_is_and_has_a_page_in_both_languages(rule: Path) -> None:
    said = metadata(rule)
    custom, text = said["custom"], rule.read_text(encoding="utf-8")
    assert f'rule := {{"id": "{custom["id"]}", "severity": "{custom["severity"]}"}}' in text
    assert re.fullmatch(r"IG-(TAG|NAM|NET|PUB|ENC|IAM|DEL|BKP|IMG|SRC|COD)-\d\d", custom["id"])
    assert custom["runbook"] == f"runbooks/policies/{custom['id']}.md"
    english, korean = ROOT / custom["runbook"], ROOT / f"runbooks/ko/policies/{custom['id']}.md"
    assert english.read_text(encoding="utf-8").startswith(f"# {custom['id']}: {said['title']}\n")
    for page in (english, korean):
        assert f"`{rule.parent.relative_to(ROOT)}`" in page.read_text(encoding="utf-8")
        assert "```hcl\n" in page.read_text(encoding="utf-8")


def test_every_page_is_of_a_rule() -> None:
    ids = {metadata(rule)["custom"]["id"] for rule in RULES}
    for folder in ("runbooks/policies", "runbooks/ko/policies"):
        assert {page.stem for page in (ROOT / folder).glob("*.md")} == ids


def test_each_known_bad_plan_is_refused_by_its_rule_and_by_no_other(tmp_path: Path) -> None:
    plans = [rule.with_name("bad.json") for rule in RULES]
    complaints = judged(tmp_path, BAD_DATA, *plans)
    found = {
        name: {complaint["id"] for complaint in complaints[str(plan)]} for name, plan in zip(NAMES, plans, strict=True)
    }
    assert found == {name: {metadata(rule)["custom"]["id"]} for name, rule in zip(NAMES, RULES, strict=True)}


@pytest.mark.parametrize(("environment", "protected"), [("dev", False), ("prod", True)])
def test_the_plan_of_the_example_is_allowed(tmp_path: Path, environment: str, protected: bool) -> None:
    plan = PLANS / f"fileflow-{environment}.json"
    data = {"environment": environment, "protected": protected, "modules": {}, "settings": {}}
    assert judged(tmp_path, data, plan) == {str(plan): []}


def test_no_rule_breaks_on_values_that_are_null_or_unknown(tmp_path: Path) -> None:
    plans = []
    for name, rule in zip(NAMES, RULES, strict=True):
        for kind, value in (("null", None), ("unknown", True)):
            plan = json.loads(rule.with_name("bad.json").read_text())
            for change in (resource["change"] for resource in plan["resource_changes"] if resource["change"]["after"]):
                change["after_unknown" if value else "after"] = dict.fromkeys(change["after"], value)
            plans.append(tmp_path / f"{name.replace('/', '-')}-{kind}.json")
            plans[-1].write_text(json.dumps(plan))
    assert len(judged(tmp_path, BAD_DATA, *plans)) == 2 * len(RULES)


def without_modes(part: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key not in {"mode", "prior_state"}}


def test_every_rule_judges_a_plan_of_another_program(tmp_path: Path) -> None:
    """Format 1.0, entries without `mode`, no prior state."""
    plans = []
    for name, rule in zip(NAMES, RULES, strict=True):
        plan = json.loads(rule.with_name("bad.json").read_text(), object_hook=without_modes)
        plans.append(tmp_path / f"{name.replace('/', '-')}.json")
        plans[-1].write_text(json.dumps({**plan, "format_version": "1.0"}))
    complaints = judged(tmp_path, BAD_DATA, *plans)
    ids = {plan: {complaint["id"] for complaint in complaints[str(plan)]} for plan in plans}
    assert ids == {plan: {metadata(rule)["custom"]["id"]} for plan, rule in zip(plans, RULES, strict=True)}


def test_every_rule_about_resources_judges_a_plan_without_its_configuration(tmp_path: Path) -> None:
    about_code = {"code", "sources"}
    rules = [rule for rule in RULES if rule.parent.parent.name not in about_code]
    plans = []
    for rule in rules:
        plan = json.loads(rule.with_name("bad.json").read_text())
        del plan["configuration"]
        plans.append(tmp_path / f"{metadata(rule)['custom']['id']}.json")
        plans[-1].write_text(json.dumps(plan))
    complaints = judged(tmp_path, BAD_DATA, *plans)
    silent = [plan.stem for plan in plans if plan.stem not in {entry["id"] for entry in complaints[str(plan)]}]
    assert silent == []


DEEP = ["module.a", 'module.b["x.y"]', 'module.c["[0]"]', 'module.d["say \\"]\\"."]']


def test_every_rule_judges_a_resource_four_modules_deep(tmp_path: Path) -> None:
    """With keys that hold dots, quotes and brackets."""
    plans = []
    prefix = ".".join(DEEP)
    for name, rule in zip(NAMES, RULES, strict=True):
        plan = json.loads(rule.with_name("bad.json").read_text())
        for entry in plan["resource_changes"]:
            entry |= {"address": f"{prefix}.{entry['address']}", "module_address": prefix}
        root = plan["configuration"]["root_module"]
        for call in "dcba":
            root = {"module_calls": {call: {"source": f"./{call}", "expressions": {}, "module": root}}}
        plan["configuration"]["root_module"] = root
        plans.append(tmp_path / f"{name.replace('/', '-')}.json")
        plans[-1].write_text(json.dumps(plan))
    complaints = judged(tmp_path, BAD_DATA, *plans)
    ids = {plan: {complaint["id"] for complaint in complaints[str(plan)]} for plan in plans}
    assert ids == {plan: {metadata(rule)["custom"]["id"]} for plan, rule in zip(plans, RULES, strict=True)}


def test_the_rule_of_deletions_knows_the_types_of_the_summary_of_a_plan() -> None:
    done = opa("eval", "--format=json", "--ignore=*.json", "--data=.", "data.infragate.deletion.stateful._types")
    types = json.loads(done.stdout)["result"][0]["expressions"][0]["value"]
    assert set(types) == STATEFUL_TYPES


def test_the_rules_together_say_what_each_says_by_itself(tmp_path: Path) -> None:
    """Ours are evaluated in one package, those of others as Conftest does it."""
    plans = [rule.with_name("bad.json") for rule in RULES]
    answers = []
    for known_bad in (True, False):
        policies = PolicyFolder(name="policy/rego", folder=POLICIES, known_bad=known_bad)
        evaluation = Evaluation(
            located=tool_store.program("conftest", ROOT),
            policies=policies,
            bounds=Bounds(),
            place=private_folder(tmp_path / str(known_bad)),
            data=json.dumps({"infragate": BAD_DATA}).encode(),
        )
        entries, _ = evaluation.of(plans, rego_folder.read(policies))
        answers.append(
            {
                (entry["filename"], entry["namespace"], kind, json.dumps(result, sort_keys=True))
                for entry, kind, result in results(entries)
            }
        )
    assert answers[0] == answers[1]
    assert len(answers[0]) >= len(RULES)
