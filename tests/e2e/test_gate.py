"""The gate on the example, with the real programs: what it allows, what a cost over the threshold asks for, the apply."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import applied, product
from tests.e2e.product import Product

GATE, PLAN, APPLY = (("gate", "--env", "dev", "--sandbox"), product.PLAN, product.APPLY)
ENGINES = {"tfsec", "trivy", "checkov", "conftest", "infracost"}
REPORTS = ("sarif", "junit", "html", "markdown")
BAD = product.ROOT / "tests" / "data" / "gate" / "bad-stack" / "plan.json"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """dev as it is applied, where an apply needs a Verdict; its waivers and lock file are the example's own."""
    with applied.copy(tmp_path_factory.mktemp("gate") / "dev", tmp_path_factory) as lent:
        rules = lent.root / "policy" / "gate.yaml"
        rules.write_text(rules.read_text().replace("apply: nothing", "apply: verdict"))
        for name in ("policy/waivers.yaml", "infra/envs/dev/.terraform.lock.hcl"):
            shutil.copy(product.ROOT / name, lent.root / name)
        lent.commit("an apply needs a Verdict")
        yield lent


@pytest.fixture(scope="module")
def first(dev: Product) -> dict[str, Any]:
    """The gate's document on dev as it is; its four reports are in HOME."""
    files = [word for kind in REPORTS for word in (f"--{kind}", str(dev.home / f"report.{kind}"))]
    document = dev.ok(*GATE, "--json", *files).document
    result: dict[str, Any] = document["result"]
    return result


def reviews(dev: Product, *entries: dict[str, str]) -> str:
    """A file of approvals; each entry differs from a good review of the present commit."""
    commit = dev.git("rev-parse", "HEAD").strip()
    good = {"state": "APPROVED", "commit": commit, "permission": "write", "submitted_at": "2026-11-26T07:00:00Z"}
    document = {
        "schema_version": 1,
        "commit": commit,
        "author": "alice",
        "files": ["infra/envs/dev/dev.tfvars"],
        "reviews": [{**good, **entry} for entry in entries],
    }
    path = dev.home / "reviews.json"
    path.write_text(json.dumps(document))
    return str(path)


def test_all_engines_look_at_the_example_and_allow_it(first: dict[str, Any]) -> None:
    assert first["verdict"]["decision"] == "allow"
    tools = {proof["tool"] for proof in first["evidence"]}
    assert tools == {*ENGINES, "infragate"}
    assert all(proof["scanned"] > 0 and proof["version"] for proof in first["evidence"])
    of_plan = {proof["check"]: proof["scanned"] for proof in first["evidence"]}
    assert {of_plan[check] for check in ("trivy-plan", "checkov-plan", "conftest", "infracost")} == {34}


def test_the_waivers_of_the_example_are_few_and_documented(first: dict[str, Any]) -> None:
    waived = [entry for entry in first["findings"] if entry["waived_by"]]
    assert {entry["id"] for entry in waived} == {"AWS-0053"}


def test_each_complaint_is_shown_once_with_all_engines(first: dict[str, Any]) -> None:
    (public,) = [entry for entry in first["findings"] if entry["id"] == "AWS-0053"]
    assert {public["engine"], *public["engines"]} == {"tfsec", "trivy"}
    assert (public["file"], public["address"]) == ("infra/envs/dev/main.tf", "module.alb.aws_lb.this")


@pytest.mark.parametrize("kind", REPORTS)
def test_each_report_of_the_run_is_written_and_names_the_waiver(dev: Product, first: dict[str, Any], kind: str) -> None:
    report = dev.home / f"report.{kind}"
    assert "AWS-0053" in report.read_text()
    assert report.stat().st_mode & 0o077 == 0


def test_a_cost_over_the_threshold_needs_two_people(dev: Product, first: dict[str, Any]) -> None:
    values = dev.root / "infra" / "envs" / "dev" / "dev.tfvars"
    text = values.read_text()
    assert "desired_count" in text
    changed = [
        "    desired_count = 4" if "desired_count" in line and "=" in line else line for line in text.splitlines()
    ]
    values.write_text("\n".join(changed) + "\n")
    dev.commit("more tasks")
    try:
        document = dev.run(*GATE, "--json").document
        assert (document["exit_code"], document["status"]) == (8, "needs-approvals")
        assert document["result"]["verdict"]["approvals_required"] == 2
        assert float(document["result"]["cost"]["percent"]) > 10
        old = {"commit": "0" * 40}
        few = reviews(
            dev,
            {"user": "alice"},
            {"user": "bob"},
            {"user": "BOB"},
            {"user": "carol", **old},
            {"user": "dave", "state": "DISMISSED"},
            {"user": "erin", "permission": "read"},
        )
        for words in ((), ("--approvals", few)):
            done = dev.run(*APPLY, *words)
            assert done.code == 8, done.err
            assert "approvals are missing (2 required" in done.error[0]
        two = reviews(dev, {"user": "bob"}, {"user": "carol"})
        dev.ok(*APPLY, "--approvals", two)
    finally:
        values.write_text(text)
        dev.commit("back")


def test_a_policy_of_the_change_itself_lets_nothing_through(dev: Product, tmp_path: Path) -> None:
    """With a base branch: the rules of the change have no effect, for the gate and for the apply."""
    origin = tmp_path / "origin.git"
    dev.git("clone", "--quiet", "--bare", ".", str(origin))
    dev.git("remote", "add", "origin", str(origin))
    dev.git("fetch", "--quiet", "origin")
    rules = dev.root / "policy" / "gate.yaml"
    text = rules.read_text()
    rules.write_text("schema_version: 1\ndefault: {required: [], apply: nothing}\n")
    dev.commit("no gate any more")
    try:
        dev.ok(*PLAN)
        assert dev.run(*APPLY).code == 8
        result = dev.ok(*GATE, "--json").document["result"]
        assert result["policy"]["changed"] == ["policy/gate.yaml"]
        assert {proof["tool"] for proof in result["evidence"]} == {*ENGINES, "infragate"}
    finally:
        rules.write_text(text)
        dev.commit("the gate again")
        dev.git("remote", "remove", "origin")


def test_a_bad_stack_of_another_repository_is_refused(dev: Product) -> None:
    document = dev.run("gate", "--plan", str(BAD), "--json").document
    assert (document["exit_code"], document["status"]) == (8, "blocked")
    assert len({entry["address"] for entry in document["result"]["findings"]}) >= 10
