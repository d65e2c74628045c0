"""`cost-check` over a recorded Terraform and a stand-in for Infracost: which plan, which rules, which exit code."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.scanners import fake_infracost
from tests.verbs.world import World

from infragate.adapters.local import own_folder

ROOT = Path(__file__).parents[2]
CHECK = ("cost-check", "--env", "dev")


@pytest.fixture
def priced(dev: World) -> Iterator[World]:
    """A settled dev, whose recorded plan holds no resource, and a stand-in for Infracost."""
    fake_infracost.install(dev.programs)
    yield dev
    (dev.programs / "infracost").unlink()


def planned(folder: Path, tasks: int) -> Path:
    """A plan of the example's dev, of another repository: its two tasks become another number."""
    document = json.loads((ROOT / "tests" / "data" / "plans" / "fileflow-dev.json").read_text())
    document["prior_state"] = {"values": copy.deepcopy(document["planned_values"])}
    (service,) = (
        entry
        for child in document["planned_values"]["root_module"]["child_modules"]
        for entry in child["resources"]
        if entry["type"] == fake_infracost.SERVICE
    )
    service["values"]["desired_count"] = tasks
    path = folder / "other.json"
    path.write_text(json.dumps(document))
    return path


def reviewed(world: World, folder: Path, *reviews: tuple[str, str], author: str = "cat", commit: str = "") -> Path:
    """A file of `--approvals`: user and state of each review."""
    head = world.git("rev-parse", "HEAD")
    entries = [
        {
            "user": user,
            "state": state,
            "commit": commit or head,
            "permission": "write",
            "submitted_at": f"2026-11-26T09:{minute:02}:00Z",
        }
        for minute, (user, state) in enumerate(reviews)
    ]
    path = folder / "approvals.json"
    path.write_text(
        json.dumps({"schema_version": 1, "commit": head, "author": author, "files": [], "reviews": entries})
    )
    return path


def test_an_environment_without_a_plan_is_planned_first(priced: World) -> None:
    for path in own_folder.path(priced.root).rglob("plan.tfplan*"):  # the state folder is that of all tests
        path.unlink()
    done = priced.run(*CHECK, "--json")
    assert done.code == 0, done.err
    result = done.document["result"]
    assert "dev has no plan yet: planning" in done.err
    assert (result["before"], result["after"], result["delta"], result["percent"]) == ("0", "0", "0", None)
    assert (result["threshold_percent"], result["verdict"]["decision"]) == ("10", "allow")


def test_the_last_plan_is_priced_without_another_one(priced: World) -> None:
    priced.ok("plan", "--env", "dev")
    done = priced.ok(*CHECK)
    assert "planning" not in done.err
    assert "cost: 0.00 -> 0.00 USD a month, +0.00 USD a month (no cost before)" in done.out


def test_more_than_the_threshold_is_shown_with_the_resource_and_ends_with_8(priced: World, tmp_path: Path) -> None:
    done = priced.run(*CHECK, "--plan", str(planned(tmp_path, 4)))
    assert done.code == 8, done.err
    assert "module.ecs_service.aws_ecs_service.this  200.00  400.00  +200.00" in done.out
    assert "cost: 200.00 -> 400.00 USD a month, +200.00 USD a month (+100.00%)" in done.out
    assert "10% are allowed, more needs 2 approvals" in done.out
    assert "verdict: needs-approvals (2 approvals)" in done.out
    assert "runbooks/cost-approval.md" in done.err


@pytest.mark.parametrize(
    ("reviews", "code"),
    [
        ([], 8),
        ([("ann", "APPROVED")], 8),
        ([("ann", "APPROVED"), ("ben", "APPROVED")], 0),
        ([("ann", "APPROVED"), ("cat", "APPROVED")], 8),
        ([("ann", "APPROVED"), ("ann", "APPROVED")], 8),
        ([("ann", "APPROVED"), ("ben", "APPROVED"), ("ben", "DISMISSED")], 8),
    ],
    ids=["none", "one", "two", "the author's", "one person twice", "a dismissed one"],
)
def test_two_people_allow_it(reviews: list[tuple[str, str]], code: int, priced: World, tmp_path: Path) -> None:
    file = reviewed(priced, tmp_path, *reviews)
    done = priced.run(*CHECK, "--plan", str(planned(tmp_path, 4)), "--approvals", str(file), "--json")
    assert done.code == code, done.err
    assert done.document["status"] == ("ok" if code == 0 else "needs-approvals")


def test_approvals_of_an_older_commit_do_not_count(priced: World, tmp_path: Path) -> None:
    file = reviewed(priced, tmp_path, ("ann", "APPROVED"), ("ben", "APPROVED"), commit="0" * 40)
    done = priced.run(*CHECK, "--plan", str(planned(tmp_path, 4)), "--approvals", str(file))
    assert done.code == 8
    assert "not counted: ann: reviewed 000000000000, not this commit" in done.out


def test_what_gets_cheaper_is_allowed(priced: World, tmp_path: Path) -> None:
    result = priced.run(*CHECK, "--plan", str(planned(tmp_path, 1)), "--json").document["result"]
    assert (result["delta"], result["percent"], result["verdict"]["decision"]) == ("-100", "-50.00", "allow")


@pytest.mark.parametrize(("environment", "code"), [("dev", 0), ("prod", 8)])
def test_an_unknown_cost_blocks_a_protected_environment(
    environment: str, code: int, priced: World, tmp_path: Path
) -> None:
    rules = priced.root / "policy" / "gate.yaml"
    rules.write_text("schema_version: 1\ndefault: {cost: {over: warn}}\n")
    plan = planned(tmp_path, 12)
    done = priced.run("cost-check", "--env", environment, "--plan", str(plan), "--policy-ref", ".", "--json")
    assert done.code == code, done.err
    result = done.document["result"]
    assert result["unpriced"] == [
        {"address": "module.ecs_service.aws_ecs_service.this", "reason": "no price for Tasks"}
    ]
    assert not result["known"]


@pytest.mark.parametrize(
    ("cost", "code"),
    [
        ("{threshold_percent: 100}", 0),
        ("{floor: 200}", 0),
        ("{over: warn}", 0),
        ("{over: block}", 8),
        ("{approvals: 3}", 8),
    ],
)
def test_the_rules_of_the_environment_decide(cost: str, code: int, priced: World, tmp_path: Path) -> None:
    rules = f"schema_version: 1\nenvironments:\n  dev: {{cost: {cost}}}\n  prod: {{cost: {{over: block}}}}\n"
    (priced.root / "policy" / "gate.yaml").write_text(rules)
    done = priced.run(*CHECK, "--plan", str(planned(tmp_path, 4)), "--policy-ref", ".")
    assert done.code == code, done.err


def test_a_plan_of_ours_is_priced_as_its_manifest_says(priced: World, tmp_path: Path) -> None:
    priced.ok("plan", "--env", "dev", "--out", str(tmp_path / "own"))
    assert priced.result(*CHECK, "--plan", str(tmp_path / "own"))["evidence"]["check"] == "infracost"


def test_an_exception_takes_an_unknown_cost_out_of_the_count(priced: World, tmp_path: Path) -> None:
    entry = {
        "id": "cost/unknown",
        "address": "module.ecs_service.aws_ecs_service.this",
        "environment": "prod",
        "owner": "@acme/platform",
        "reason": "priced by hand, see the link",
        "link": "https://example.com/1",
        "expires": (datetime.now(tz=UTC) + timedelta(days=30)).date().isoformat(),
    }
    register = priced.root / "policy" / "waivers.yaml"
    register.write_text(json.dumps({"schema_version": 1, "waivers": [entry]}))
    rules = priced.root / "policy" / "gate.yaml"
    rules.write_text("schema_version: 1\ndefault: {cost: {over: warn}}\n")
    done = priced.run("cost-check", "--env", "prod", "--plan", str(planned(tmp_path, 12)), "--policy-ref", ".")
    assert done.code == 0, done.err + done.out
    assert "waived: module.ecs_service.aws_ecs_service.this: its cost is unknown" in done.out


def test_a_plan_whose_json_was_edited_is_refused(priced: World, tmp_path: Path) -> None:
    priced.ok("plan", "--env", "dev", "--out", str(tmp_path / "own"))
    path = tmp_path / "own.json"
    path.write_text(path.read_text().replace('"desired_count":2', '"desired_count":1') + " ")
    done = priced.run(*CHECK, "--plan", str(tmp_path / "own"))
    assert done.code == 7, done.err


def test_a_file_that_is_no_plan_is_refused(priced: World, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("{}")
    assert priced.run(*CHECK, "--plan", str(path)).code == 3


def test_a_price_book_that_is_wrong_is_refused_with_its_line(priced: World) -> None:
    path = priced.root / "policy" / "prices" / "global.yaml"
    path.write_text(path.read_text().replace('price: "0.50"', "price: 0.50"))
    done = priced.run(*CHECK, "--policy-ref", ".")
    assert done.code == 3
    assert "policy/prices/global.yaml:" in done.err


def test_an_infracost_that_fails_ends_with_4_and_shows_no_cost(priced: World) -> None:
    path = priced.programs / "infracost"
    path.write_text(path.read_text().replace("exec ", "echo '{}'; exit 0; "))
    done = priced.run(*CHECK)
    assert done.code == 4
    assert "cost:" not in done.out
    assert "the output of infracost cannot be trusted" in done.err


def test_a_plan_of_another_repository_needs_no_environment(priced: World, tmp_path: Path) -> None:
    result = priced.result("cost-check", "--plan", str(planned(tmp_path, 2)))
    assert (result["before"], result["after"]) == ("200", "200")


def test_neither_an_environment_nor_a_plan_is_bad_input(priced: World) -> None:
    done = priced.run("cost-check")
    assert (done.code, done.error[0]) == (3, "error: no Environment and no plan")
