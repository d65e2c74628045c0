"""`policy-test` by the real Conftest and OPA: small sets of policies, and the project's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.e2e.product import Done
from tests.integration import console
from tests.scanners.subjects import PLANS, ROOT

RULE = """package main

deny contains msg if {
	some rc in input.resource_changes
	rc.type == "aws_ecs_cluster"
	msg := sprintf("no %s", [rc.address])
}

warn contains "never" if input.never == 1
"""
CLUSTER = {"resource_changes": [{"type": "aws_ecs_cluster", "address": "a"}]}
TEST = "package main_test\n\nimport data.main\n\ntest_a if count(main.deny) == %d with input as %s\n"


def policy_test(*flags: str) -> Done:
    return console.run(("policy-test", *flags, "--json"), folder=ROOT, environment=dict(os.environ))


def small_set(folder: Path, *, count: int | None = None, bad: Any = None) -> Path:
    """A rule; with a test that expects `count` complaints about a cluster, and a known-bad input."""
    (folder / "main.rego").write_text(RULE)
    if count is not None:
        (folder / "main_test.rego").write_text(TEST % (count, json.dumps(CLUSTER)))
    if bad is not None:
        (folder / "bad.json").write_text(json.dumps(bad))
    return folder


def rule(done: Done) -> dict[str, Any]:
    ((only,),) = (tested["rules"] for tested in done.document["result"]["sets"])
    assert isinstance(only, dict)
    return only


def complaints(done: Done) -> list[tuple[str, str]]:
    return [(finding["id"], Path(finding["file"]).name) for finding in done.document["result"]["findings"]]


def test_the_own_policies_pass_refuse_what_is_bad_and_are_tested_to_the_last_line() -> None:
    done = policy_test()
    assert done.code == 0, done.err
    (own,) = done.document["result"]["sets"]
    assert (own["name"], len(own["rules"]) >= 25) == ("own", True)
    assert {(entry["known_bad"], entry["coverage"], entry["failed"]) for entry in own["rules"]} == {("refused", 100, 0)}
    assert all(entry["passed"] and entry["id"] for entry in own["rules"])


def test_a_rule_is_counted_over_a_plan_and_its_untested_lines_show(tmp_path: Path) -> None:
    plan = str(PLANS / "fileflow-dev.json")
    done = policy_test("--policies", str(small_set(tmp_path, count=1, bad=CLUSTER)), "--plan", plan)
    assert done.code == 0, done.err
    assert rule(done) == {
        "package": "main",
        "id": None,
        "passed": 1,
        "failed": 0,
        "known_bad": "refused",
        "fired": [{"plan": plan, "count": 1}],
        "coverage": 80,  # `warn` is the fifth line
    }


def test_each_plan_has_a_count_of_its_own(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    document = json.loads((PLANS / "fileflow-dev.json").read_text())
    for change in document["resource_changes"]:
        change["type"] = "aws_ecs_cluster"
    other.write_text(json.dumps(document))
    folder = small_set(tmp_path)
    done = policy_test("--policies", str(folder), "--plan", str(PLANS / "fileflow-dev.json"), "--plan", str(other))
    addresses = {change["address"] for change in document["resource_changes"]}
    assert [fired["count"] for fired in rule(done)["fired"]] == [1, len(addresses)]


def test_tests_in_the_package_of_the_rule_are_its_tests_and_none_of_its_lines(tmp_path: Path) -> None:
    folder = small_set(tmp_path)
    (folder / "main_test.rego").write_text(
        f"package main\n\ntest_a if count(deny) == 1 with input as {json.dumps(CLUSTER)}\n"
    )
    done = policy_test("--policies", str(folder))
    assert (rule(done)["passed"], rule(done)["coverage"]) == (1, 80)


def test_a_failing_test_ends_with_8_and_is_named(tmp_path: Path) -> None:
    done = policy_test("--policies", str(small_set(tmp_path, count=2, bad=CLUSTER)))
    assert (done.code, complaints(done)) == (8, [("policy/test-failed", "main_test.rego")])
    assert "main_test.test_a" in done.document["result"]["findings"][0]["message"]
    assert (rule(done)["passed"], rule(done)["failed"], rule(done)["coverage"]) == (0, 1, None)


def test_a_rule_that_does_not_refuse_its_known_bad_input_ends_with_8(tmp_path: Path) -> None:
    done = policy_test("--policies", str(small_set(tmp_path, count=1, bad={"resource_changes": []})))
    assert (done.code, complaints(done)) == (8, [("policy/not-refused", "bad.json")])
    assert rule(done)["known_bad"] == "not refused"


def test_a_set_without_tests_and_known_bad_inputs_is_shown_as_such(tmp_path: Path) -> None:
    done = policy_test("--policies", str(small_set(tmp_path)))
    assert done.code == 0, done.err
    assert (rule(done)["passed"], rule(done)["known_bad"], rule(done)["coverage"]) == (0, "none", 0)


def test_policies_that_do_not_compile_end_with_4(tmp_path: Path) -> None:
    small_set(tmp_path)
    (tmp_path / "more.rego").write_text("package more\n\ndeny contains x if x := unknown(input)\n")
    done = policy_test("--policies", str(tmp_path))
    assert (done.code, "undefined function unknown" in done.document["error"]["message"]) == (4, True)
