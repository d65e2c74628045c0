"""What the gate says about each point of the acceptance list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.unit import gate_results

from infragate.domain.finding import Finding
from infragate.domain.gate import acceptance
from infragate.domain.gate.acceptance import Point
from infragate.domain.verdict import Verdict
from infragate.report import comment

ALLOW = Verdict(decision="allow")
TEMPLATE = Path(__file__).parents[2] / ".github/PULL_REQUEST_TEMPLATE.md"


def points(**given: Any) -> dict[str, Point]:
    """All points by name, of a change for which everything is met but what is given."""
    known: dict[str, Any] = {"changes": 2, "verdict": ALLOW, "open_ids": (), "checks": {"conftest"}, "links": ()}
    return {point.name.split()[0].rstrip(","): point for point in acceptance.points(**(known | given))}


def test_whether_changes_are_intended_is_for_a_reviewer() -> None:
    assert points()["intended"].state == "open"
    assert points(changes=0)["intended"].state == "met"


def test_an_exit_code_is_named_as_the_verb_would_end() -> None:
    assert "ends 2" in points(changes=1)["intended"].detail
    assert "ends 0" in points(changes=0)["intended"].detail


def test_checks_are_met_only_when_the_verdict_allows() -> None:
    assert points()["security"].state == "met"
    assert points(verdict=Verdict(decision="block"))["security"].state == "not met"
    waiting = points(verdict=Verdict(decision="needs-approvals", approvals_required=2))["security"]
    assert (waiting.state, waiting.detail) == ("open", "wait for 2 approvals")


def test_a_finding_about_tags_means_that_they_are_missing() -> None:
    assert points(open_ids=["IG-TAG-01", "AVD-AWS-0107"])["tags"].detail == "1 finding IG-TAG-*"
    assert points(open_ids=["AVD-AWS-0107"])["tags"].state == "met"


def test_tags_are_not_met_where_their_rules_did_not_run() -> None:
    assert points(checks={"trivy-plan"})["tags"].state == "open"


def test_links_are_not_met_where_the_text_was_not_read() -> None:
    assert points(links=None)["links"].state == "open"
    assert points(links=("Change",))["links"] == Point(
        name="links to change, runbook, exception", state="not met", detail="missing: Change"
    )
    assert points()["links"].state == "met"


def test_there_is_a_point_for_each_line_of_the_template() -> None:
    boxes = TEMPLATE.read_text(encoding="utf-8").count("- [ ]")

    assert boxes == len(points())


def test_the_ids_of_the_rules_about_tags_are_known() -> None:
    rules = (TEMPLATE.parents[1] / "policy/rego/tags").glob("*/policy.rego")

    assert all(f"id: {acceptance.TAG_RULES}" in rule.read_text(encoding="utf-8") for rule in rules)


@given(
    changes=st.integers(0, 5),
    decision=st.sampled_from(["allow", "needs-approvals", "block"]),
    ids=st.lists(st.sampled_from(["IG-TAG-01", "IG-TAG-02", "x"])),
    checks=st.sets(st.sampled_from(["conftest", "tfsec"])),
    links=st.none() | st.lists(st.sampled_from(["Change", "Runbook"]), unique=True),
)
def test_nothing_is_met_that_was_not_checked(
    changes: int, decision: Any, ids: list[str], checks: set[str], links: list[str] | None
) -> None:
    seen = points(changes=changes, verdict=Verdict(decision=decision), open_ids=ids, checks=checks, links=links)

    assert seen["security"].state != "met" or decision == "allow"
    assert seen["tags"].state != "met" or ("conftest" in checks and not set(ids) & {"IG-TAG-01", "IG-TAG-02"})
    assert seen["links"].state != "met" or links == []
    assert seen["intended"].state != "met" or changes == 0


def test_the_comment_shows_each_point_with_its_state() -> None:
    text = comment.markdown(gate_results.view(Finding(id="x", source="tfsec", message="open")))

    assert "- ❌ security, policy and cost checks: the Verdict blocks" in text
    assert "- 👀 links to change, runbook, exception: not checked" in text
