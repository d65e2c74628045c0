"""Policies that other people wrote for Conftest: as they are, from a folder and from a registry; the real Conftest."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.scanners import registry
from tests.scanners.subjects import PLANS, ROOT, subject

from infragate.adapters.scanners import rego_folder
from infragate.adapters.scanners.conftest import Conftest
from infragate.adapters.scanners.rego_folder import PolicyFolder
from infragate.domain.errors import BadInput, Integrity
from infragate.domain.finding import Finding
from infragate.domain.gate.gate_policy import PolicySet
from infragate.usecases.gate import policy_sets
from infragate.usecases.gate.policy_sets import PolicyLockRequest

STRINGS = """\
package main # the default of Conftest

import data.lib.plan

deny contains msg if {
	some change in plan.created("aws_db_instance")
	msg := sprintf("%s is a database", [change.address])
}

deny_alb contains msg if {
	some change in plan.created("aws_lb")
	msg := sprintf("%s is a load balancer", [change.address])
}

warn contains "there is a log group" if count(plan.created("aws_cloudwatch_log_group")) > 0
"""
OBJECTS = """\
package terraform.network

violation contains {"msg": "a group", "details": {"a": 1}, "id": 7, "severity": "moderate"} if {
	some change in input.resource_changes
	change.type == "aws_security_group"
}
"""
LIBRARY = """\
package lib.plan

created(kind) := [change |
	some change in input.resource_changes
	change.type == kind
	"create" in change.change.actions
]
"""
OLD = 'package main\n\ndeny[msg] {\n  input.resource_changes[_].type == "aws_lb"\n  msg := "no"\n}\n'
SET = {"main.rego": STRINGS, "network/group.rego": OBJECTS, "lib/plan.rego": LIBRARY}


def found(tmp_path: Path, files: dict[str, str], *, known_bad: bool = False) -> tuple[Finding, ...]:
    folder = tmp_path / "theirs"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    policies = PolicyFolder(name="theirs", folder=folder, known_bad=known_bad)
    plan = (PLANS / "fileflow-dev.json").read_bytes()
    return Conftest(policies=(policies,)).run(subject(tmp_path, plan, root=ROOT)).findings


def test_texts_objects_warnings_suffixes_and_libraries_work_as_they_are(tmp_path: Path) -> None:
    said = {(finding.id, finding.severity.name) for finding in found(tmp_path, SET)}
    assert said == {
        ("conftest/main.deny", "HIGH"),
        ("conftest/main.deny_alb", "HIGH"),
        ("conftest/main.warn", "MEDIUM"),
        ("conftest/terraform.network.violation", "CRITICAL"),  # a severity that nobody knows is the worst
        ("conftest/unproven", "LOW"),
    }


def test_a_set_without_known_bad_inputs_is_used_only_if_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no input that they must refuse"):
        found(tmp_path, SET, known_bad=True)


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"old.rego": OLD}, "old.rego:3"),
        ({"old.rego": OLD.replace("deny[msg] {", "deny[msg] if {")}, "old.rego:3"),
        ({"a.rego": STRINGS, "lib.rego": "package lib.plan\n\ncreated(kind) = x {\n  x := kind\n}\n"}, "lib.rego:3"),
        ({"a.rego": OBJECTS + "\n\n  is_open {\n  true\n}\n"}, "a.rego:9"),  # what only Conftest sees
    ],
)
def test_policies_in_the_old_language_are_told_what_to_change(
    files: dict[str, str], place: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="Rego v0") as refused:
        found(tmp_path, files)
    assert refused.value.where is not None
    assert refused.value.where.endswith(place)
    assert "opa fmt --write --v0-v1" in str(refused.value.fix)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('deny contains "no" if any([input.x])\n', "deprecated built-in function calls in expression: any"),
        (
            'deny contains "no" if re_match("a", input.x)\n',
            "deprecated built-in function calls in expression: re_match",
        ),
        ('deny contains "no" if {\n\tinput := 1\n\tinput == 2\n}\n', "variables must not shadow input"),
        ('import data.a\nimport data.a\n\ndeny contains "no" if a.b\n', "import must not shadow import"),
        ('deny contains "no" if {\n\tin := 1\n\tin == 2\n}\n', "unexpected in keyword"),
    ],
)
def test_what_the_present_language_has_no_more_is_named_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"Rego v0.*{words}") as refused:
        found(tmp_path, {"a.rego": f"package main\n\n{text}"})
    assert re.search(r"a\.rego:[3-5]$", str(refused.value.where))
    assert "opa check --v0-v1" in str(refused.value.fix)


@pytest.mark.parametrize(
    "value",
    ["names := {", "names := [x | some x in {", "names = {", "allowed contains x if {", 'x := f({"a": 1}) if {'],
)
def test_the_present_language_is_not_taken_for_the_old_one(value: str, tmp_path: Path) -> None:
    text = f"package main\n\ndeny contains 1 if input.x\n\n{value}\n"
    (tmp_path / "a.rego").write_text(text)
    rego_folder.read(PolicyFolder(name="theirs", folder=tmp_path, known_bad=False))


# ---- from a registry -----------------------------------------------------------------------------------------------


def locked(root: Path, artifact: str) -> Path:
    """Lock the artifact in a checkout, and return its folder."""
    shutil.copytree(ROOT / "policy" / "tools", root / "policy" / "tools")
    text = f'schema_version: 1\npolicies:\n  - {{name: theirs, source: "{artifact}", known_bad: optional}}\n'
    (root / "policy" / "gate.yaml").write_text(text)
    policy_sets.write_lock(PolicyLockRequest(root=root, say=lambda _line: None))
    entry = PolicySet(name="theirs", source=artifact, known_bad=False)
    return policy_sets.ready((entry,), root, pins=ROOT, say=lambda _line: None)[0].folder


def test_an_artifact_is_pulled_by_its_digest_and_locked(tmp_path: Path) -> None:
    with registry.serving({f"policy/{name}": text for name, text in SET.items()}) as served:
        folder = locked(tmp_path, served.artifact)
    assert {path.name for path in folder.rglob("*.rego")} == {"main.rego", "group.rego", "plan.rego"}


def test_an_artifact_that_the_registry_changed_is_refused(tmp_path: Path) -> None:
    with registry.serving({"policy/main.rego": STRINGS}) as served:
        served.tamper()
        with pytest.raises(Integrity, match="something else than what the digest names"):
            locked(tmp_path, served.artifact)


def test_an_artifact_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with registry.serving({"policy/main.rego": STRINGS}) as served:
        nothing = served.artifact.rpartition(":")[0] + ":" + "0" * 64
        with pytest.raises(BadInput, match="cannot be pulled"):
            locked(tmp_path, nothing)
