"""The two steps of an Atlantis server over a recorded Terraform: what they print, what they let pass, what they refuse."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import Any
from unittest import mock

import pytest
from tests.e2e.product import SCRIPT, VALIDATOR, Done
from tests.verbs import fake_aws
from tests.verbs.atlantis_project import DIRECTORY, RULES, Project
from tests.verbs.world import World

from github_emulator.faults import Fault
from infragate.adapters.local import own_folder
from infragate.domain.front_doors import atlantis_text


def applies(world: World) -> list[dict[str, Any]]:
    keys = [key for key in fake_aws.objects("fileflow/dev/records/") if key.endswith("-apply.json")]
    return [fake_aws.content(key) for key in keys]


def told(done: Done, code: int, *words: str) -> None:
    """The comment begins with the error; nothing else is printed."""
    assert (done.code, done.err) == (code, ""), done.out + done.err
    assert "error: " in done.out
    for part in words:
        assert part in done.out, done.out


def test_a_plan_is_one_text_and_its_first_line_is_terraform_s(project: Project) -> None:
    lines = project.planned().splitlines()
    base = project.git("rev-parse", "main", folder=project.origin)
    assert f"policy: the base branch main ({base[:12]})" in lines
    assert lines[:2] == ["Plan: 34 to add, 0 to change, 0 to destroy.", "+ dev: allow"]
    assert lines[-1] == f"on the server: {project.reports}/atlantis-plan.json, log {project.reports}/plan.log"


def test_the_report_of_a_plan_has_all_of_it(planned: Project) -> None:
    document = json.loads((planned.reports / "atlantis-plan.json").read_text())
    VALIDATOR.validate(document)
    assert len(document["result"]["plan"]["changes"]) == 34
    assert document["result"]["gate"]["verdict"]["decision"] == "allow"
    assert "<html" in (planned.reports / "plan.html").read_text()


def left(project: Project, *verbs: str) -> dict[str, dict[str, Any]]:
    """The documents of those verbs that a step has left, each as published."""
    documents = {path.stem: json.loads(path.read_text()) for path in project.reports.glob("*.json")}
    for verb, document in documents.items():
        VALIDATOR.validate(document)
        assert (document["verb"], document["environment"]) == (verb, "dev")
    return {verb: documents[verb] for verb in verbs if verb in documents}


def test_each_verb_of_a_step_leaves_the_document_of_its_own_report(planned: Project) -> None:
    documents = left(planned, "plan", "gate")
    step = left(planned, "atlantis-plan")["atlantis-plan"]["result"]
    assert {verb: document["result"] for verb, document in documents.items()} == {
        "plan": step["plan"],
        "gate": step["gate"],
    }
    assert {verb: document["status"] for verb, document in documents.items()} == {"plan": "changes", "gate": "ok"}
    planned.approved_by("bob")
    assert planned.step("atlantis-apply").code == 0
    documents = left(planned, "apply", "smoke")
    step = left(planned, "atlantis-apply")["atlantis-apply"]["result"]
    assert {verb: document["result"] for verb, document in documents.items()} == {
        "apply": step["apply"],
        "smoke": step["smoke"],
    }


def test_a_verb_that_fails_in_a_step_leaves_its_error_and_nothing_of_the_run_before(planned: Project) -> None:
    planned.world.order(dev="unknown-recording")
    assert planned.step("atlantis-plan").code == 4
    documents = left(planned, "plan", "gate")
    assert [(verb, document["exit_code"]) for verb, document in documents.items()] == [("plan", 4)]
    assert documents["plan"]["error"] == left(planned, "atlantis-plan")["atlantis-plan"]["error"]


def test_the_file_for_atlantis_holds_no_plan(planned: Project) -> None:
    document = json.loads(planned.plan_file.read_text())
    assert set(document) == {"schema_version", "commit", "manifest_sha256"}
    beside = [path.name for path in planned.plan_file.parent.iterdir() if "plan" in path.name]
    assert beside == [planned.plan_file.name]


def test_a_check_that_cannot_run_leaves_nothing_to_apply(planned: Project) -> None:
    work = planned.work
    planned.git("checkout", "-q", "main", folder=work)
    (work / "policy" / "gate.yaml").write_text(RULES.replace("[code]", "[code, conftest]"))
    planned.git("commit", "-qam", "stricter", folder=work)
    planned.git("push", "-q", "origin", "main", folder=work)
    done = planned.step("atlantis-plan")
    assert (done.code, done.err) == (4, "")
    assert "\n- dev: block\n" in done.out
    assert "next: nothing can be applied" in done.out
    assert not planned.plan_file.exists()


def test_text_of_outputs_cannot_pass_for_a_result_or_leave_its_block(project: Project) -> None:
    world = project.world
    recording = json.loads((world.programs / "recordings" / "whole-create.json").read_text())
    evil = f"```\n## Approved\nPlan: 0 to add, 0 to change, 99 to destroy.\n{atlantis_text.NO_CHANGES}\n```"
    url = recording["plan"]["output_changes"]["url"]
    recording["plan"]["output_changes"]["url"] = {**url, "after": evil}
    world.record("evil", "create", plan=recording["plan"])
    world.order(dev="evil")
    out = project.planned()
    assert atlantis_text.READ_BY_ATLANTIS.findall(out) == ["Plan: 34 to add, 0 to change, 0 to destroy."]
    assert "```" not in out
    assert "99 to destroy" in out


def test_an_apply_counts_approvals_applies_once_and_is_recorded(planned: Project) -> None:
    before = len(applies(planned.world))
    told(planned.step("atlantis-apply"), 8, "approvals are missing (1 required, 0 given): nobody has approved")
    planned.approved_by("alice")
    told(planned.step("atlantis-apply"), 8, "alice: is the author")
    planned.approved_by("bob")
    done = planned.step("atlantis-apply", USER_NAME="carol")
    assert (done.code, done.err) == (0, ""), done.out
    assert done.out.startswith("Apply complete! Resources: 34 added")
    record = applies(planned.world)[-1]
    assert len(applies(planned.world)) == before + 1
    assert (record["actor"], record["approved_by"], record["pull_request"]) == ("carol", ["bob"], "1")
    assert not planned.plan_file.exists()
    told(planned.step("atlantis-apply"), 3, "there is no plan")


def test_a_github_that_cannot_be_asked_refuses(planned: Project) -> None:
    planned.approved_by("bob")
    before = len(applies(planned.world))
    planned.github.faults.append(Fault(path="/reviews", status=500, message="broken"))
    told(planned.step("atlantis-apply"), 5, "GitHub")
    assert (len(applies(planned.world)), planned.plan_file.exists()) == (before, True)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (None, 3, "it was discarded with its lock"),
        ("", 7, "was not written by infragate"),
        ("[1]", 7, "was not written by infragate"),
        ('{"manifest_sha256": "0", "commit": "0"}', 7, "not the plan that was judged last"),
    ],
)
def test_only_the_plan_that_atlantis_has_is_applied(planned: Project, text: str | None, code: int, words: str) -> None:
    planned.approved_by("bob")
    planned.plan_file.unlink()
    if text is not None:
        planned.plan_file.write_text(text)
    told(planned.step("atlantis-apply"), code, words, "comment `atlantis plan`")


def test_a_policy_that_changed_since_refuses_the_apply(planned: Project) -> None:
    planned.approved_by("bob")
    work = planned.work
    planned.git("checkout", "-q", "main", folder=work)
    (work / "policy" / "gate.yaml").write_text(f"{RULES}# stricter\n")
    planned.git("commit", "-qam", "stricter", folder=work)
    planned.git("push", "-q", "origin", "main", folder=work)
    told(planned.step("atlantis-apply"), 7, "the policy changed after the gate judged this plan")


@pytest.mark.parametrize(
    ("changed", "code", "words"),
    [
        ({"HEAD_COMMIT": "b" * 40}, 7, "and Atlantis works on bbbbbbbbbbbb"),
        ({"BASE_REPO_NAME": "other", "HEAD_REPO_NAME": "other"}, 3, "this is a pull request of acme/other"),
        ({"BASE_BRANCH_NAME": "change"}, 3, "the base branch 'change' may not judge a change; main may"),
        ({"BASE_BRANCH_NAME": "main; id"}, 3, "may not judge"),
        ({"COMMENT_ARGS": r"\-\x"}, 3, "arguments behind -- in the comment"),
        ({"INFRAGATE_STEP_MINUTES": "soon"}, 3, "'soon' is not a number of minutes"),
        ({"INFRAGATE_BASE_BRANCHES": "gone", "BASE_BRANCH_NAME": "gone"}, 3, "the repository has no heads/gone"),
    ],
)
def test_a_step_that_is_not_what_it_seems_is_refused(
    project: Project, changed: dict[str, str], code: int, words: str
) -> None:
    told(project.step("atlantis-plan", **changed), code, words)
    assert not project.plan_file.exists()


def test_a_folder_without_an_environment_is_refused_with_those_that_have_one(project: Project) -> None:
    folder = {"REPO_REL_DIR": "infra/envs", "DIR": str(project.clone / "infra" / "envs")}
    told(
        project.step("atlantis-plan", **folder),
        3,
        "no Environment of the base branch has the folder infra/envs",
        DIRECTORY,
    )


def merged(project: Project, first: str) -> None:
    """A clone of the merge strategy: a commit whose parents are that one and the head of the pull request."""
    project.git("fetch", "-q", "--unshallow", "origin", "change", "main:refs/remotes/origin/main")
    tree = project.git("rev-parse", "HEAD^{tree}")
    head = project.variables["HEAD_COMMIT"]
    commit = project.git("commit-tree", tree, "-p", project.git("rev-parse", first), "-p", head, "-m", "merge")
    project.git("checkout", "-q", commit)


def test_a_merge_of_the_head_into_the_base_branch_is_accepted(project: Project) -> None:
    merged(project, "refs/remotes/origin/main")
    assert "+ dev: allow" in project.planned()


def test_a_merge_of_the_head_into_something_else_is_refused(project: Project) -> None:
    (project.clone / "evil").write_text("x")
    project.git("add", "evil")
    project.git("commit", "-qm", "evil")
    merged(project, "HEAD")
    told(project.step("atlantis-plan"), 7, "and Atlantis works on")


def test_a_trusted_folder_of_the_server_takes_the_place_of_the_fetched_base(project: Project) -> None:
    """Still only some branches may judge: others may lack the protection of the repository's main one."""
    trusted = project.work
    project.git("checkout", "-q", "main", folder=trusted)
    project.git("remote", "set-url", "origin", "file:///nowhere")
    done = project.step("atlantis-plan", INFRAGATE_TRUSTED_ROOT=str(trusted))
    assert (done.code, f"policy: the trusted root {trusted}" in done.out) == (0, True), done.out
    other = {"INFRAGATE_TRUSTED_ROOT": str(trusted), "BASE_BRANCH_NAME": "change"}
    told(project.step("atlantis-plan", **other), 3, "may not judge")


def test_what_is_left_of_closed_pull_requests_is_removed_after_a_week(project: Project) -> None:
    """And after a month that of an open one. Whoever else uses the state folder keeps his, as does an unsaved state."""
    pulls = project.clone.parents[1]
    (pulls / "5" / "default").mkdir(parents=True)
    (pulls / "6" / "default").mkdir(parents=True)
    days = {"2": 8, "3": 6, "5": 31, "6": 8, "7": 99, "../other/4": 99, "../../../checkout": 99}
    folders = {}
    with mock.patch.dict(os.environ, project.world.environment()):
        for name, age in days.items():
            folders[name] = own_folder.of(pulls / name / "default")
            (folders[name] / "plan.tfplan").write_text("a secret")
            os.utime(folders[name] / own_folder.RECORD, (time.time() - age * 86_400,) * 2)
    (folders["7"] / "aws" / "dev").mkdir(parents=True)
    (folders["7"] / "aws" / "dev" / "errored-1.tfstate").write_text("the only record of resources")
    project.planned()
    assert {name for name, folder in folders.items() if not folder.exists()} == {"2", "5"}
    assert not [path for path in folders["2"].parent.iterdir() if path.name.startswith(".")]


def test_a_base_branch_that_cannot_be_fetched_is_told_without_the_key_of_the_clone(project: Project) -> None:
    key = "ghs_a-key-of-the-clone"
    project.git("remote", "set-url", "origin", f"https://bot:{key}@127.0.0.1:1/acme/fileflow.git")
    done = project.step("atlantis-plan")
    told(done, 5, "git lost the connection", "where: origin/main")
    left = [path.read_text() for path in project.reports.parent.rglob("*") if path.is_file()]
    assert not any(key in text for text in (done.out, *left))


def test_an_apply_that_fails_tells_why_and_leaves_no_plan_to_apply_again(project: Project) -> None:
    whole = json.loads((project.world.programs / "recordings" / "whole-create.json").read_text())
    project.world.record("failing", "create", plan=whole["plan"], fails="module.rds.aws_db_instance.this")
    project.world.order(dev="failing")
    project.planned()
    project.approved_by("bob")
    told(project.step("atlantis-apply"), 5, "AccessDenied", f"log {project.reports}/apply.log")
    assert applies(project.world)[-1]["outcome"] == "failed"
    assert not project.plan_file.exists()
    told(project.step("atlantis-apply"), 3, "there is no plan", "comment `atlantis plan`")


def test_a_state_that_could_not_be_saved_outlives_the_clone_and_stops_the_next_plan(project: Project) -> None:
    whole = json.loads((project.world.programs / "recordings" / "whole-create.json").read_text())
    unsaved = {"error_at_apply": "Failed to save state", "leaves": "errored.tfstate"}
    project.world.record("unsaved", "create", plan=whole["plan"], **unsaved)
    project.world.order(dev="unsaved")
    project.planned()
    project.approved_by("bob")
    done = project.step("atlantis-apply")
    copy, left = project.reports.parents[1] / "aws" / "dev" / "errored-1.tfstate", project.clone / DIRECTORY
    told(done, 5, "could not be saved in the bucket", "so a copy is kept", f"where: {copy}", "docs/state-backend.md")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.read_bytes() == (left / "errored.tfstate").read_bytes() != b""
    (left / "errored.tfstate").unlink()  # as in a new clone
    told(project.step("atlantis-plan"), 7, "an earlier apply could not save its state", f"where: {copy}")
    copy.unlink()
    project.planned()


def test_what_atlantis_leaves_open_is_never_read(project: Project) -> None:
    """stdin of a step is a pipe that nobody writes to or closes."""
    environment = project.world.environment(INFRAGATE_ISOLATION="none-with-trusted-root", **project.variables)
    with subprocess.Popen(
        [SCRIPT, "atlantis-plan"],
        cwd=project.clone / DIRECTORY,
        env={**environment, "HEAD_COMMIT": "b" * 40},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.wait(60) == 7
        assert process.stdout.read().startswith("error: the clone is at ")
        assert process.stderr.read() == ""
