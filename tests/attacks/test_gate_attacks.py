"""A change that edits what judges it, or a plan after it was judged: nothing of that lets it pass."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.attacks.gate_rows import GATE_ATTACKS
from tests.verbs.test_apply_verb import APPLY, PLAN, folder, refused
from tests.verbs.test_gate_verb import GATE, order, reviews, rules
from tests.verbs.world import World

from infragate.domain.gate.sealed_verdict import SealedVerdict

STRICT = "schema_version: 1\ndefault: {required: [code, trivy-plan], apply: verdict}\n"
LOOSE = "schema_version: 1\ndefault: {required: [], apply: nothing}\n"
BASE = "refs/remotes/origin/main"
FAULT = {
    "ID": "AWS-0053",
    "Status": "FAIL",
    "Severity": "HIGH",
    "Message": "the load balancer is public",
    "CauseMetadata": {"Resource": "aws_lb.this"},
}
REPORT = {
    "SchemaVersion": 2,
    "Trivy": {"Version": "0.76.0"},
    "ArtifactName": "@PLAN@",
    "Results": [
        {
            "Type": "terraformplan",
            "Target": "plan.json",
            "MisconfSummary": {"Successes": 1, "Failures": 1},
            "Misconfigurations": [FAULT],
        }
    ],
}
WAIVER = """\
schema_version: 1
waivers:
  - id: AWS-0053
    address: aws_lb.this
    owner: "@acme/platform"
    reason: it is public on purpose
    link: https://a.example/1
    expires: "%s"
"""
# A trivy that finds one fault in every plan, the file that it is given last.
TRIVY = """#!/bin/sh
for plan in "$@"; do :; done
case "$*" in
*--version*) echo "Version: 0.76.0" ;;
*) echo '%s' | sed "s|@PLAN@|$plan|" ;;
esac
"""


@pytest.fixture
def base(dev: World) -> Iterator[World]:
    """dev on the base branch, where trivy must look at each plan and finds a fault in it."""
    program = dev.programs / "trivy"
    program.write_text(TRIVY % json.dumps(REPORT))
    program.chmod(0o755)
    rules(dev, STRICT)
    dev.git("update-ref", BASE, "HEAD")
    order(dev, "create")
    dev.extra["INFRAGATE_INSTALL"] = "never"
    yield dev
    dev.extra.clear()
    program.unlink()
    dev.git("update-ref", "-d", BASE)


@pytest.fixture
def allowed(base: World) -> World:
    """The same without the fault, with a plan that the gate allows."""
    rules(base, STRICT.replace(", trivy-plan", ""))
    base.git("update-ref", BASE, "HEAD")
    base.ok(*PLAN)
    base.ok(*GATE)
    return base


def write(world: World, name: str, text: str) -> None:
    path = world.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    world.commit("the attack")


def judged(world: World, *words: str) -> dict[str, Any]:
    """The result of the gate, which blocks because of the fault."""
    done = world.run(*GATE, *words, "--json")
    assert done.code == 8, done.err + done.out
    result: dict[str, Any] = done.document["result"]
    assert [row["id"] for row in result["findings"] if row["state"] == "blocks"] == ["AWS-0053"]
    return result


def _an_older_trivy(lock: str) -> str:
    return lock.replace('"0.76.0"', '"0.75.0"').replace('">=0.76,<0.77"', '">=0.75,<0.76"')


EDITS: dict[str, tuple[str, Callable[[str], str]]] = {
    "gate-that-requires-less": ("policy/gate.yaml", lambda _: LOOSE),
    "waiver-of-its-own": ("policy/waivers.yaml", lambda _: WAIVER % (datetime.now(UTC).date() + timedelta(days=9))),
    "rego-rule-that-allows": ("policy/rego/public/alb/policy.rego", lambda _: "package infragate.public.alb\n"),
    "lock-of-other-policies": ("policy/policies.lock", lambda _: '{"schema_version": 1, "policies": []}\n'),
    "lock-of-other-programs": ("policy/tools/tools.lock", _an_older_trivy),
    "prices-of-its-own": ("policy/prices/us-east-1.yaml", lambda _: "schema_version: 1\n"),
}


def edit(world: World, attack: str) -> str:
    """Commit an edit of the policy; the name of the file."""
    name, change = EDITS[attack]
    path = world.root / name
    write(world, name, change(path.read_text() if path.exists() else ""))
    return name


@pytest.mark.parametrize("attack", EDITS)
def test_a_file_of_the_policy_that_the_change_edits_is_named_and_has_no_effect(base: World, attack: str) -> None:
    before = judged(base)["policy"]
    name = edit(base, attack)
    after = judged(base)["policy"]
    assert (after["digest"], after["commit"]) == (before["digest"], before["commit"])
    assert after["changed"] == [name]


@pytest.mark.parametrize("attack", ["gate-that-requires-less", "waiver-of-its-own"])
def test_in_the_policy_of_the_change_it_would_pass(base: World, attack: str) -> None:
    edit(base, attack)
    base.ok(*GATE, "--policy-ref", ".")


def test_a_comment_that_skips_a_check_is_shown_and_has_no_effect(base: World) -> None:
    write(base, "infra/envs/dev/more.tf", "#trivy:ignore:AWS-0053\n")
    assert "skip-comment" in [row["id"] for row in judged(base)["findings"]]


def test_a_verdict_by_the_policy_of_the_change_lets_nothing_pass(base: World) -> None:
    edit(base, "gate-that-requires-less")
    base.ok(*GATE, "--policy-ref", ".")
    refused(base.run(*APPLY), 7, "the policy changed after the gate judged this plan")


@pytest.mark.parametrize("ref", [".", "HEAD", "main"])
def test_an_apply_does_not_take_the_policy_of_the_change(base: World, ref: str) -> None:
    edit(base, "gate-that-requires-less")
    base.ok(*PLAN)
    refused(base.run(*APPLY, "--policy-ref", ref), 3, "is not in origin/main")


@pytest.mark.parametrize("name", ["GITHUB_BASE_REF", "BASE_BRANCH_NAME"])
def test_a_branch_of_the_change_does_not_judge_it_whatever_its_files_say(base: World, name: str) -> None:
    edit(base, "gate-that-requires-less")
    base.git("update-ref", "refs/remotes/origin/mine", "HEAD")
    for file in (".env", ".github/infragate.env", "infra/.env"):
        write(base, file, "INFRAGATE_BASE_BRANCHES=mine\n")
    refused(base.run(*GATE, **{name: "mine"}), 3, "the base branch mine may not judge a change")
    base.git("update-ref", "-d", "refs/remotes/origin/mine")


def changed(value: Any) -> Any:
    """The same value with one byte changed."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [changed(value[0]), *value[1:]] if value else ["x"]
    return "x" if not value else chr(ord(value[0]) ^ 1) + value[1:]


@pytest.mark.parametrize("name", [field.name for field in fields(SealedVerdict)])
def test_a_verdict_with_one_byte_changed_is_not_applied(allowed: World, name: str) -> None:
    path = folder(allowed) / "plan.tfplan.manifest.json"
    document = json.loads(path.read_text())
    document["verdict"][name] = changed(document["verdict"][name])
    path.write_text(json.dumps(document))
    refused(allowed.run(*APPLY), 7, "Manifest")


def test_a_verdict_that_blocks_is_not_made_one_that_allows(base: World) -> None:
    judged(base)
    path = folder(base) / "plan.tfplan.manifest.json"
    document = json.loads(path.read_text())
    document["verdict"] |= {"decision": "allow", "reasons": []}
    path.write_text(json.dumps(document))
    refused(base.run(*APPLY), 7, "Manifest")


@pytest.mark.parametrize("swapped", ["plan.tfplan", "plan.tfplan.json", "plan.tfplan.manifest.json"])
def test_a_part_of_a_plan_that_was_judged_does_not_fit_another_plan(
    allowed: World, tmp_path: Path, swapped: str
) -> None:
    kept = tmp_path / "judged"
    shutil.copytree(folder(allowed), kept)
    order(allowed, "upgrade")
    allowed.ok(*PLAN)
    theirs, ours = (kept, folder(allowed)) if swapped.endswith("manifest.json") else (folder(allowed), kept)
    for name in ("plan.tfplan", "plan.tfplan.json", "plan.tfplan.manifest.json"):
        data = ((theirs if name == swapped else ours) / name).read_bytes()
        (tmp_path / name).write_bytes(data)
    refused(allowed.run(*APPLY, "--plan", str(tmp_path / "plan.tfplan")), 7, "")


def test_a_change_does_not_bring_its_own_approvals(base: World) -> None:
    order(base, "create", "aws_x.left_out")
    rules(base, STRICT.replace(", trivy-plan", ""))
    base.git("update-ref", BASE, "HEAD")
    write(base, "approvals.json", "{}")
    file = Path(reviews(base, "bob", "carol"))
    (base.root / "approvals.json").write_text(file.read_text())
    done = base.run(*GATE, "--approvals", str(base.root / "approvals.json"))
    refused(done, 3, "the change could have written it")
    base.git("checkout", "-q", "approvals.json")
    base.ok(*GATE, "--approvals", str(file))


def test_approvals_of_another_commit_let_nothing_pass(base: World) -> None:
    order(base, "create", "aws_x.left_out")
    rules(base, STRICT.replace(", trivy-plan", ""))
    base.git("update-ref", BASE, "HEAD")
    theirs = reviews(base, "bob", "carol")
    write(base, "infra/envs/dev/more.tf", "# nobody has read this\n")
    refused(base.run(*GATE, "--approvals", theirs), 7, "its approvals do not count")


def test_each_attack_on_the_files_of_the_policy_has_a_row() -> None:
    assert EDITS.keys() <= GATE_ATTACKS.keys()
