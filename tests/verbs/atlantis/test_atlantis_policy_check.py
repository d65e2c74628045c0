"""The policy check of an Atlantis server over a recorded Terraform: one text and exit code 0, whatever happens."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.verbs.atlantis_project import DIRECTORY, RULES, Prepared, Project
from tests.verbs.world import World

from github_emulator.faults import Fault
from infragate.adapters.local import files

VERB = "atlantis-policy-check"


@pytest.fixture
def partial(dev: World, prepared: Prepared) -> Iterator[Project]:
    """A pull request after the step that plans, with a plan that needs one approval."""
    whole = json.loads((dev.programs / "recordings" / "whole-create.json").read_text())
    changes = whole["plan"]["resource_changes"][1:]  # one is left out, as with --target
    dev.record("partial", "create", plan={**whole["plan"], "resource_changes": changes})
    with prepared.begun("partial", planned=True) as project:
        assert "! dev: needs-approvals (1 approvals)" in project.comment
        yield project


def fails(done: Done, *words: str) -> None:
    """Atlantis reads a failure, and it is not one of the step."""
    assert (done.code, done.err) == (0, ""), done.out + done.err
    assert done.out.startswith("FAIL - 1 failure\n"), done.out
    for part in words:
        assert part in done.out, done.out


def rebase(project: Project, rules: str) -> None:
    """Put other rules onto the base branch."""
    work = project.work
    project.git("checkout", "-q", "main", folder=work)
    (work / "policy" / "gate.yaml").write_text(rules)
    project.git("commit", "-qam", "other rules", folder=work)
    project.git("push", "-q", "origin", "main", folder=work)


def test_a_plan_that_the_gate_allows_passes(planned: Project) -> None:
    done = planned.step(VERB)
    assert (done.code, done.out, done.err) == (0, "PASS - 0 failures\ndev: allow\n", "")


def test_approvals_that_are_missing_fail_it_until_they_are_given_on_github(partial: Project) -> None:
    why = "approvals are missing (1 required, 0 given)"
    fails(partial.step(VERB), "\ndev: needs-approvals\n", why, "approve_policies clears this check only")
    partial.approved_by("alice")
    fails(partial.step(VERB), why)
    partial.approved_by("bob")
    assert partial.step(VERB).out == "PASS - 0 failures\ndev: needs-approvals\n"


def test_what_atlantis_keeps_of_its_policy_check_does_not_open_the_apply(partial: Project, tmp_path: Path) -> None:
    fails(partial.step(VERB))
    outcome = tmp_path / "dev-default-policyout.json"
    outcome.write_text('[{"PolicySetName": "infragate", "Passed": true, "CurApprovals": 9}]')
    done = partial.step("atlantis-apply", POLICYCHECKFILE=str(outcome), ATLANTIS_PR_APPROVED="true")
    assert (done.code, "approvals are missing (1 required, 0 given)" in done.out) == (8, True)


def test_its_document_says_the_same(partial: Project) -> None:
    done = partial.step(VERB, "--json")
    VALIDATOR.validate(done.document)
    assert (done.code, done.document["environment"], done.document["status"]) == (0, "dev", "ok")
    result = done.document["result"]
    assert result.pop("refusal").startswith("approvals are missing")
    assert result == {
        "policy_set": "infragate",
        "passed": False,
        "decision": "needs-approvals",
        "approvals_required": 1,
    }


def test_it_leaves_what_the_plan_step_has_written(planned: Project) -> None:
    before = {path.name: path.read_bytes() for path in planned.reports.iterdir()}
    planned.step(VERB)
    assert {path.name: path.read_bytes() for path in planned.reports.iterdir()} == before


def test_a_blocked_plan_fails_it_although_the_clone_has_a_file_for_atlantis_and_lax_rules(project: Project) -> None:
    """What the pull request writes into the clone has no effect on what the gate has said."""
    rebase(project, RULES.replace("[code]", "[code, conftest]"))
    assert project.step("atlantis-plan").code == 4
    fails(project.step(VERB), "there is no plan")
    own = project.reports.parents[1] / "aws" / "dev" / "plan.tfplan.manifest.json"
    named = {"commit": project.variables["HEAD_COMMIT"], "manifest_sha256": files.sha256(own)}
    project.plan_file.write_text(json.dumps({"schema_version": 1, **named}))
    (project.clone / "policy" / "gate.yaml").write_text(RULES)
    fails(project.step(VERB), "\ndev: block\n", "the gate blocks this plan")
    project.approved_by("bob")
    assert project.step("atlantis-apply").code == 8


def test_no_plan_and_another_plan_fail_it(project: Project) -> None:
    fails(project.step(VERB), "\ndev: no Verdict\n", "there is no plan", "next: comment `atlantis plan`")
    project.planned()
    project.plan_file.write_text('{"manifest_sha256": "0", "commit": "0"}')
    fails(project.step(VERB), "this is not the plan that was judged last")


def test_a_plan_that_was_not_judged_fails_it(planned: Project) -> None:
    """A Manifest without a Verdict, or with one that somebody has edited."""
    own = planned.reports.parents[1] / "aws" / "dev" / "plan.tfplan.manifest.json"
    own.write_text(own.read_text().replace('"allow"', '"block"'))
    named = {"commit": planned.variables["HEAD_COMMIT"], "manifest_sha256": files.sha256(own)}
    planned.plan_file.write_text(json.dumps({"schema_version": 1, **named}))
    fails(planned.step(VERB), "\ndev: no Verdict\n")


def test_a_verdict_of_an_older_policy_fails_it(planned: Project) -> None:
    rebase(planned, f"{RULES}# stricter\n")
    fails(planned.step(VERB), "\ndev: allow\n", "the policy changed after the gate judged this plan")


def test_approvals_that_cannot_be_read_fail_it(partial: Project) -> None:
    partial.approved_by("bob")
    partial.github.faults.append(Fault(path="/reviews", status=500, message="broken"))
    fails(partial.step(VERB), "GitHub")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"HEAD_COMMIT": "b" * 40}, "and Atlantis works on bbbbbbbbbbbb"),
        ({"HEAD_COMMIT": ""}, "this is not a step of Atlantis"),
        ({"BASE_REPO_NAME": "other", "HEAD_REPO_NAME": "other"}, "this is a pull request of acme/other"),
        ({"HEAD_REPO_OWNER": "mallory"}, "the pull request is from a fork"),
        ({"BASE_BRANCH_NAME": "change"}, "the base branch 'change' may not judge a change"),
        ({"COMMENT_ARGS": r"\-\x"}, "arguments behind -- in the comment"),
        ({"INFRAGATE_STEP_MINUTES": "soon"}, "'soon' is not a number of minutes"),
    ],
)
def test_a_step_that_is_not_what_it_seems_fails_it(planned: Project, changed: dict[str, str], words: str) -> None:
    fails(planned.step(VERB, **changed), words)


def test_a_base_branch_that_cannot_be_fetched_fails_it(planned: Project) -> None:
    planned.git("remote", "set-url", "origin", "file:///nowhere")
    fails(planned.step(VERB), "\ninfragate: no Verdict\n")


def test_a_folder_without_an_environment_fails_it(planned: Project) -> None:
    folder = {"REPO_REL_DIR": "infra/envs", "DIR": str(planned.clone / "infra" / "envs")}
    fails(planned.step(VERB, **folder), "no Environment of the base branch has the folder infra/envs", DIRECTORY)
