"""Each setting of repos.yaml that was seen to open the door is a complaint."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infragate.domain.front_doors import atlantis_settings
from infragate.domain.front_doors.atlantis_files import POLICY_STEP, STAGES

GOOD: dict[str, Any] = {
    "workflows": {
        "ours": {stage: {"steps": [{"run": command} for command in commands]} for stage, commands in STAGES.items()}
    },
    "repos": [
        {
            "id": "github.com/acme/fileflow",
            "branch": "/^main$/",
            "workflow": "ours",
            "apply_requirements": ["approved", "mergeable", "undiverged"],
            "allowed_overrides": [],
            "allow_custom_workflows": False,
        }
    ],
}


def ids(document: Any) -> set[str]:
    return {found.id.removeprefix("atlantis/") for found in atlantis_settings.of_file(document)}


def checked(*, entry: bool = True, step: str = POLICY_STEP, **policies: Any) -> dict[str, Any]:
    """The good file with the policy check; `policies` changes its one set, None removes a key."""
    document = copy.deepcopy(GOOD)
    if entry:
        document["repos"][0]["custom_policy_check"] = True
    document["workflows"]["ours"]["policy_check"] = {"steps": [{"run": step}]}
    only = {"name": "infragate", "approve_count": 1, "prevent_self_approve": True, "owners": {"users": ["erin"]}}
    only = {key: value for key, value in {**only, **policies}.items() if value is not None}
    return {**document, "policies": {"policy_sets": [only]}}


def with_policies(**changes: Any) -> dict[str, Any]:
    return {**checked(), "policies": {**checked()["policies"], **changes}}


def with_entry(**changes: Any) -> dict[str, Any]:
    """The good file with changes in its entry; None removes a key."""
    document = copy.deepcopy(GOOD)
    entry = {**document["repos"][0], **changes}
    document["repos"] = [{key: value for key, value in entry.items() if value is not None}]
    return document


def with_later(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "repos": [*GOOD["repos"], *with_entry(**changes)["repos"]]}


def with_step(step: Any) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    document["workflows"]["ours"]["plan"]["steps"].append(step)
    return document


def without_stage(stage: str) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    del document["workflows"]["ours"][stage]
    return document


BAD = {
    "an entry without requirements": (with_entry(apply_requirements=None), "apply-requirements"),
    "an entry with no requirement": (with_entry(apply_requirements=[]), "apply-requirements"),
    "an entry with fewer requirements": (with_entry(apply_requirements=["approved"]), "apply-requirements"),
    "a later entry that drops them": (
        with_later(id="github.com/acme/x", apply_requirements=None),
        "apply-requirements",
    ),
    "override of the workflow": (with_entry(allowed_overrides=["workflow"]), "allowed-overrides"),
    "override of requirements": (with_entry(allowed_overrides=["apply_requirements"]), "allowed-overrides"),
    "a later entry with overrides": (with_later(allowed_overrides=["workflow"]), "allowed-overrides"),
    "workflows of the repository": (with_entry(allow_custom_workflows=True), "custom-workflows"),
    "workflows of the repository, in other words": (with_entry(allow_custom_workflows="yes"), "custom-workflows"),
    "a pattern of repositories": (with_entry(id="/.*/"), "repository"),
    "an entry without an id": (with_entry(id=None), "repository"),
    "every branch": (with_entry(branch=None), "branch"),
    "an expression for every branch": (with_entry(branch="/.*/"), "branch"),
    "an expression that cannot be read": (with_entry(branch="/(/"), "branch"),
    "no workflow": (with_entry(workflow=None), "workflow"),
    "a workflow that is not defined": (with_entry(workflow="default"), "workflow"),
    "a step that is not ours": (with_step({"run": "make plan"}), "steps"),
    "a step of Atlantis": (with_step("plan"), "steps"),
    "a stage that is left to Atlantis": (without_stage("apply"), "steps"),
    "an import by Atlantis": (without_stage("import"), "steps"),
    "hidden output": (with_step({"run": {"command": "x", "output": "hide"}}), "hidden-output"),
    "hidden output in a list": (with_step({"run": {"command": "x", "output": ["hide"]}}), "hidden-output"),
    "hidden output of variables": (with_step({"multienv": {"command": "x", "output": "hide"}}), "hidden-output"),
    "a map of filter_regex": (with_step({"run": {"command": "x", "output": {"filter_regex": "a"}}}), "filter-regex"),
    "a list of filter_regex": (
        with_step({"run": {"command": "x", "output": [{"filter_regex": ["a"]}]}}),
        "filter-regex",
    ),
    "a policy check without policy sets": (with_entry(custom_policy_check=True), "policy-check"),
    "Atlantis' own policy check": (with_entry(policy_check=True), "policy-check"),
    "policy sets without the check": (checked(entry=False), "policy-check"),
    "both policy checks": (
        {**checked(), "repos": [{**checked()["repos"][0], "policy_check": True}]},
        "policy-check",
    ),
    "a later entry without the check": ({**checked(), "repos": [*checked()["repos"], *GOOD["repos"]]}, "policy-check"),
    "a policy check of others": (checked(step="make check"), "steps"),
    "policy sets without the step": ({**GOOD, "policies": checked()["policies"]}, "steps"),
    "the step without policy sets": ({**GOOD, "workflows": checked()["workflows"]}, "steps"),
    "another policy set": (checked(name="other"), "policy-sets"),
    "two policy sets": (with_policies(policy_sets=checked()["policies"]["policy_sets"] * 2), "policy-sets"),
    "no policy set": (with_policies(policy_sets=[]), "policy-sets"),
    "policies that are none": ({**checked(), "policies": None}, "policy-sets"),
    "people who approve every set": (with_policies(owners={"users": ["root"]}), "policy-sets"),
    "a check of Conftest": (checked(path="policy", source="local"), "policy-sets"),
    "approvals that outlive a change": (checked(sticky_policy_approvals=True), "policy-sets"),
    "approval by the author": (checked(prevent_self_approve=None), "policy-sets"),
    "no approval": (checked(approve_count=0), "policy-sets"),
    "a number of approvals that is none": (checked(approve_count=True), "policy-sets"),
    "no owners": (checked(owners=None), "policy-sets"),
    "owners who are nobody": (checked(owners={"users": []}), "policy-sets"),
    "owners of another kind": (checked(owners={"users": ["erin"], "groups": ["x"]}), "policy-sets"),
    "no entries": ({**GOOD, "repos": []}, "no-entry"),
    "nothing": (None, "no-entry"),
}


def test_a_good_file_has_no_complaint() -> None:
    assert ids(GOOD) == set()
    assert ids(checked()) == set()
    assert ids(checked(owners={"users": ["erin"], "teams": ["security"]})) == set()


@pytest.mark.parametrize(("document", "name"), BAD.values(), ids=BAD.keys())
def test_a_setting_that_opens_the_door_is_refused(document: Any, name: str) -> None:
    assert name in ids(document)
    assert all(found.fails for found in atlantis_settings.of_file(document))


def test_a_filter_that_works_is_not_called_one_that_hides_nothing() -> None:
    document = with_step({"run": {"command": "x", "output": ["strip_refreshing", {"filter_regex": "a"}]}})
    assert "filter-regex" not in ids(document)


def test_a_complaint_names_file_line_and_setting() -> None:
    places: list[tuple[str, ...]] = []

    def line_of(keys: tuple[str, ...]) -> int:
        places.append(keys)
        return 7

    (found,) = atlantis_settings.of_file(with_entry(allowed_overrides=["workflow"]), file="r.yaml", line_of=line_of)
    assert (found.where, found.address) == ("r.yaml:7", "repos.0.allowed_overrides")
    assert places == [("repos", "0", "allowed_overrides")]


VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.sampled_from(["hide", "approved", "ours", "/.*/", "workflow"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["run", "output", "filter_regex", "steps", "id", "workflow", "branch"]), inner
        )
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["id", "branch", "workflow", "apply_requirements", "allowed_overrides", "allow_custom_workflows"]
)
ENTRIES = st.one_of(VALUES, st.dictionaries(KEYS, VALUES))


@given(before=st.lists(ENTRIES, min_size=1, max_size=3), added=ENTRIES, at=st.integers(0, 3))
def test_one_more_entry_never_removes_a_complaint(before: list[Any], added: Any, at: int) -> None:
    after = [*before[:at], added, *before[at:]]
    assert ids({**GOOD, "repos": before}) <= ids({**GOOD, "repos": after})


@given(steps=st.lists(VALUES, max_size=3), added=VALUES, at=st.integers(0, 3))
def test_one_more_step_never_removes_a_complaint(steps: list[Any], added: Any, at: int) -> None:
    plan = [{"run": "make"}, *steps]

    def judged(content: list[Any]) -> set[str]:
        return ids({**GOOD, "workflows": {"ours": {**GOOD["workflows"]["ours"], "plan": {"steps": content}}}})

    assert judged(plan) <= judged([*plan[:at], added, *plan[at:]])


@given(document=VALUES)
def test_any_document_is_judged_and_none_but_a_good_one_passes(document: Any) -> None:
    assert ids(document)
