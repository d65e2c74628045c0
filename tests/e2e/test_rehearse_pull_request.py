"""The life of a pull request, and of a drift, in one command: a real Atlantis server, emulators of GitHub, Slack and AWS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import atlantis_pulls, product
from tests.e2e.product import Done, Product

from infragate.adapters.local import own_folder, settings

STEPS = (
    "the Environment is applied in a sandbox",
    "GitHub and Atlantis start",
    "a pull request is opened: planned",
    "a push: a new plan, the old one is void",
    "an apply without approval is refused",
    "approved: applied and healthy, merged",
    "a policy violation: the plan fails",
    "a cost over the threshold: planned, needs more approvals",
    "one approval too few: the apply is refused",
    "all approvals: applied and healthy, merged",
    "a change by hand: drift finds it and tells it",
    "drift again: nothing is told twice",
    "a pull request applies the code again",
    "drift again: settled, told, the issue is closed",
)
BASE = atlantis_pulls.alarm("fileflow-dev-base").replace(
    '"fileflow-dev-base"\n', '"fileflow-dev-base-${count.index}"\n  count               = 30\n'
)
RULES = """schema_version: 1
default: {required: [code, conftest, infracost], apply: nothing}
policies:
  - {name: own, source: policy/rego}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """dev has thirty alarms, so that one more is not over the threshold of costs."""
    folder = tmp_path_factory.mktemp("rehearse") / "checkout"
    with product.checkout(folder, small=BASE) as made:
        (made.root / "policy" / "gate.yaml").write_text(RULES)
        made.commit("rules that are quickly checked")
        yield made


@pytest.fixture(scope="module")
def rehearsal(checkout: Product) -> Done:
    return checkout.run("rehearse", "--pull-request", "--json")


@pytest.fixture(scope="module")
def result(rehearsal: Done) -> dict[str, Any]:
    found: dict[str, Any] = rehearsal.document["result"]
    return found


def detail(result: dict[str, Any], number: int) -> str:
    return str(result["steps"][number]["detail"])


def test_every_step_ends_well_and_is_timed(rehearsal: Done, result: dict[str, Any]) -> None:
    assert rehearsal.code == 0, rehearsal.err + rehearsal.out
    assert tuple(step["name"] for step in result["steps"]) == STEPS
    assert all(step["status"] == "ok" and step["duration_seconds"] > 0 for step in result["steps"])


def test_the_evidence_of_the_steps_is_what_the_server_said(result: dict[str, Any]) -> None:
    assert detail(result, 2).startswith("Plan: 1 to add, 0 to change, 0 to destroy.; + dev: allow; cost: 3.00 -> 3.10")
    assert "no longer that of" in detail(result, 3)
    assert detail(result, 4).startswith("Pull request must be approved")
    assert detail(result, 5).startswith("Apply complete! Resources: 1 added")
    assert "IG-NET-01" in detail(result, 6)
    assert "! dev: needs-approvals (2 approvals)" in detail(result, 7)
    assert detail(result, 8).startswith("approvals are missing (2 required, 1 given)")
    assert detail(result, 9).startswith("Apply complete! Resources: 4 added")


def test_what_was_changed_by_hand_is_found_told_once_and_settled(result: dict[str, Any]) -> None:
    alarm = "aws_cloudwatch_metric_alarm.rehearsal"
    told = f"out-of-band: {alarm}, actions_enabled: false; issue 4 opened, Slack told"
    assert detail(result, 10) == told
    assert detail(result, 11) == "drift as before; issue 4 and Slack stay as they are"
    assert detail(result, 12).startswith("Plan: 0 to add, 1 to change, 0 to destroy.; + dev: allow; ")
    assert "Apply complete! Resources: 0 added, 1 changed" in detail(result, 12)
    assert detail(result, 13) == "clean; issue 4 closed, Slack told: No drift in dev any more"
    assert [
        (entry["who"], entry["what"].split(":")[0]) for entry in result["timeline"] if entry["pull_request"] == 4
    ] == [
        ("somebody", "has switched off the actions of the alarm fileflow-dev-rehearsal"),
        ("drift", "opened the issue"),
        ("drift", "told Slack"),
        ("acme-bot", "commented"),
        ("drift", "closed the issue"),
        ("drift", "told Slack"),
    ]


def test_the_document_holds_what_was_commented(result: dict[str, Any]) -> None:
    comments = [(entry["pull_request"], entry["author"], entry["body"]) for entry in result["comments"]]
    assert (1, "bob", "atlantis apply") in comments
    assert any(number == 2 and "**Plan Error**" in body and "IG-NET-01" in body for number, _, body in comments)
    assert any(number == 3 and "Apply complete!" in body for number, _, body in comments)


def test_the_document_holds_the_commit_statuses(result: dict[str, Any]) -> None:
    states = {(entry["pull_request"], entry["context"], entry["state"]) for entry in result["statuses"]}
    assert {
        (1, "atlantis/apply", "success"),
        (2, "atlantis/plan", "failure"),
        (3, "atlantis/apply", "failure"),
    } <= states
    assert {entry["pull_request"] for entry in result["statuses"]} == {1, 2, 3, 5}


def test_the_timeline_says_who_did_what_in_order(result: dict[str, Any]) -> None:
    assert [entry["at"] for entry in result["timeline"]] == sorted(entry["at"] for entry in result["timeline"])
    of_third = [(entry["who"], entry["what"]) for entry in result["timeline"] if entry["pull_request"] == 3]
    acts = [(who, what.split()[0]) for who, what in of_third if who != "acme-bot"]
    assert acts == [
        ("alice", "opened"),
        ("bob", "approved"),
        ("bob", "commented:"),
        ("carol", "approved"),
        ("bob", "commented:"),
        ("bob", "merged"),
    ]
    assert any("error: approvals are missing" in what for _, what in of_third)


def test_nothing_is_left_behind(rehearsal: Done, checkout: Product) -> None:
    assert rehearsal.code == 0
    place = settings.state_folder() / "rehearsals" / own_folder.path(checkout.root).name
    assert not place.exists()
    assert not [entry for entry in own_folder.recorded() if entry.root.is_relative_to(place)]
    lines = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [line for line in lines if place.name.encode() in line]
