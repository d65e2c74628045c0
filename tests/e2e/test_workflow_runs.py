"""The jobs of GitHub Actions: their `run:` lines in a clean clone, with a runner's environment and a GitHub of our own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.e2e import product
from tests.e2e.job_machines import Actions, with_wrapper
from tests.e2e.product import stored
from tests.e2e.workflow_job import WORKFLOWS, Ran, Runner

from github_emulator.model import Pull
from github_emulator.server import serving

CHECKS = "schema_version: 1\ndefault: {required: [code, conftest], blocks: high, apply: nothing}\n"
BLOCKED = 'output "hosts" {\n  value = file("/etc/hosts")\n}\n'


@pytest.fixture(scope="module")
def actions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Actions]:
    folder = tmp_path_factory.mktemp("actions")
    with product.checkout(folder / "origin", small=stored("one")) as origin, serving() as github:
        (origin.root / "policy" / "gate.yaml").write_text(CHECKS)
        with_wrapper(origin)
        origin.ok("render")
        origin.commit("as rendered")
        (folder / "runners").mkdir()
        yield Actions(origin, github, folder / "runners")


def codes(ran: dict[str, Ran]) -> dict[str, int]:
    return {name: step.code for name, step in ran.items()}


STACK = "infra/envs/dev/main.tf"
SLACK = ("secrets.INFRAGATE_SLACK_TOKEN", "secrets.INFRAGATE_SLACK_WEBHOOK")


@dataclass(frozen=True)
class Judged:
    """What the jobs of one pull request came to."""

    pull: Pull
    runner: Runner
    code: dict[str, Ran]
    plan: dict[str, Ran]
    comment: dict[str, Ran]


def judged(actions: Actions, branch: str, text: str) -> Judged:
    pull = actions.propose(branch, STACK, text)
    runner = actions.of(pull)
    code, plan = runner.run("infra-checks", "code"), runner.run("infra-checks", "plan")
    return Judged(pull, runner, code, plan, runner.run("infra-checks", "comment"))


@pytest.fixture(scope="module")
def good(actions: Actions) -> Judged:
    text = (actions.origin.root / STACK).read_text()
    return judged(actions, "good", text + 'output "more" {\n  value = "more"\n}\n')


@pytest.fixture(scope="module")
def bad(actions: Actions) -> Judged:
    return judged(actions, "bad", (actions.origin.root / STACK).read_text() + BLOCKED)


def said(actions: Actions, pull: Pull) -> list[str]:
    return [comment.body for comment in actions.github.said(pull.number)]


def test_a_good_change_passes_every_step(good: Judged) -> None:
    assert {*codes(good.code).values(), *codes(good.plan).values(), *codes(good.comment).values()} == {0}, good


def test_the_jobs_run_for_the_environments_that_the_change_touches(good: Judged) -> None:
    assert json.loads(good.runner.outputs["changed"]["environments"]) == ["dev"]


def test_the_reports_lie_where_the_next_steps_look_for_them(good: Judged) -> None:
    reports = {path.name for path in (good.runner.clone / "reports").iterdir()}

    assert reports == {"dev.plan.json", "dev.gate.json", "dev.gate.md", "dev.html", "dev.sarif", "dev.xml"}


def test_a_good_change_gets_one_comment_that_allows_it(actions: Actions, good: Judged) -> None:
    (comment,) = said(actions, good.pull)

    assert "the change may go on" in comment


def test_the_next_commit_changes_that_comment(actions: Actions, good: Judged) -> None:
    text = (good.runner.clone / STACK).read_text() + 'output "most" {\n  value = "most"\n}\n'
    actions.origin.git("switch", "-q", "good")
    (actions.origin.root / STACK).write_text(text)
    commit = actions.origin.commit("more")
    actions.origin.git("switch", "-q", "main")
    good.pull.head_sha = commit
    (before,) = said(actions, good.pull)
    runner = actions.of(good.pull)
    for job in ("code", "plan", "comment"):
        assert set(codes(runner.run("infra-checks", job)).values()) == {0}

    (after,) = said(actions, good.pull)
    assert after != before
    assert commit[:7] in after


def test_a_bad_change_fails_where_it_is_judged(bad: Judged) -> None:
    assert codes(bad.code)["Judge the code"] == 8
    assert [code for code in codes(bad.plan).values() if code] == [8]


def test_a_bad_change_gets_a_comment_that_says_why(actions: Actions, bad: Judged) -> None:
    (comment,) = said(actions, bad.pull)

    assert "infra/envs/dev/main.tf" in comment
    assert "name a file of this folder" in comment


@pytest.mark.parametrize(
    ("code", "plan", "ends"),
    [("success", "success", 0), ("success", "skipped", 0), ("failure", "skipped", 1), ("success", "failure", 1)],
)
def test_the_check_for_branch_protection_fails_with_any_job(actions: Actions, code: str, plan: str, ends: int) -> None:
    results = {"needs.code.result": code, "needs.plan.result": plan}
    runner = actions.runner("main", **results, **{"github.event.pull_request.number": "1"})

    assert set(codes(runner.run("infra-checks", "infra-checks")).values()) == {ends}


def test_a_merge_is_applied_by_the_second_workflow(actions: Actions, good: Judged) -> None:
    before = actions.origin.git("rev-parse", "main")
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    actions.origin.git(*who, "merge", "-q", "--no-ff", "-m", "merge", "good")
    runner = actions.runner("main", **{"github.event.before": before})
    changed, applied = runner.run("apply", "changed"), runner.run("apply", "apply")

    assert json.loads(runner.outputs["changed"]["environments"]) == ["dev"], changed
    assert set(codes(applied).values()) == {0}, applied
    assert {"Plan", "Gate", "Apply", "Is the service healthy?"} == set(applied)


@pytest.fixture(scope="module")
def watched(actions: Actions) -> tuple[Runner, dict[str, dict[str, Ran]]]:
    """The jobs of one run of the drift workflow, after a commit that nobody has applied, and no open pull request."""
    for pull in actions.github.pulls:
        pull.state = "closed"
    file = actions.origin.root / STACK
    file.write_text(file.read_text() + 'output "later" {\n  value = "later"\n}\n')
    actions.origin.commit("not applied")
    facts = {"inputs.environments": "dev", **dict.fromkeys(SLACK, "")}
    runner = actions.runner("main", **facts)
    ran = {}
    for part in ("1/2", "2/2"):
        runner.facts["matrix.shard"] = part
        ran[part] = runner.run("drift", "drift")
    return runner, {**ran, "merge": runner.run("drift", "merge")}


def test_drift_ends_well_in_every_part_and_is_merged(watched: tuple[Runner, dict[str, dict[str, Ran]]]) -> None:
    runner, ran = watched
    reports = {path.name for path in (runner.clone / "drift").iterdir()}

    assert [set(codes(steps).values()) for steps in ran.values()] == [{0}, {0}, {0}], ran
    assert reports == {"drift.html", "drift.json", "drift.md", "drift.xml"}


def test_what_is_not_applied_is_on_the_page_and_in_one_issue(
    actions: Actions, watched: tuple[Runner, dict[str, dict[str, Ran]]]
) -> None:
    runner, _ = watched
    document = json.loads((runner.clone / "drift" / "drift.json").read_text())
    [stack] = document["result"]["stacks"]
    page = (runner.clone / "drift" / "drift.html").read_text()
    [issue] = [one for one in actions.github.issues.values() if not isinstance(one, Pull)]

    assert (stack["environment"], stack["status"], document["result"]["missing"]) == ("dev", "drift", [])
    assert "output.later" in page
    assert "Differences in the last run" in page
    assert issue.title == "Drift: dev (infra/envs/dev)"


def test_the_tests_are_the_test_command_of_the_readme() -> None:
    text = (WORKFLOWS / "verify.yml").read_text()

    assert "run: ./nox\n" in text
    assert "./nox  " in (product.ROOT / "README.md").read_text()
