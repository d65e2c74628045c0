"""Pull requests through a real Atlantis server: planned, judged, approved, applied; and what hostile ones come to."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import atlantis_pulls as pulls
from tests.e2e import atlantis_server, product
from tests.e2e.atlantis_pulls import alarms, dev
from tests.e2e.atlantis_server import Atlantis
from tests.e2e.product import stored

from github_emulator import server as github_server
from github_emulator.github import REPOSITORY, TOKEN
from github_emulator.model import Pull
from infragate.adapters.local import own_folder
from infragate.domain.front_doors import atlantis_text
from infragate.domain.front_doors.sections import Owners

PLAN_OF_TWO = "Plan: 2 to add, 0 to change, 0 to destroy."


@pytest.fixture(scope="module")
def atlantis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Atlantis]:
    folder = tmp_path_factory.mktemp("atlantis")
    with product.checkout(folder / "origin", small=stored("one")) as origin, github_server.serving() as github:
        pulls.prepare(origin)
        github.members = {"acme/platform": {"bob": "active", "carol": "active"}}  # who owns infra/, as rendered
        with atlantis_server.running(folder / "server", origin, github) as server:
            yield server


@pytest.fixture(autouse=True)
def _closed(atlantis: Atlantis) -> Iterator[None]:
    """Each test begins without locks."""
    yield
    for pull in atlantis.github.pulls:
        if pull.state == "open" and pull.repository == REPOSITORY:
            atlantis.close(pull)


def plan_file(atlantis: Atlantis, pull: Pull, env: str = "dev") -> Path:
    return atlantis.clone(pull) / "infra" / "envs" / env / f"{env}-default.tfplan"


def records(atlantis: Atlantis) -> list[dict[str, Any]]:
    return [
        json.loads(atlantis.origin.object(key)) for key in atlantis.origin.record_keys() if key.endswith("-apply.json")
    ]


# ---- the life of a pull request ------------------------------------------------------------------------------------


@dataclass
class Life:
    """A pull request from its opening to its apply, and what was answered to each act."""

    pull: Pull
    first_plan: str
    first_file: str
    second_plan: str
    second_file: str
    unapproved: str
    badly_approved: str
    applied: str
    planned_still: bool
    again: str


@pytest.fixture(scope="module")
def life(atlantis: Atlantis) -> Life:
    pull = atlantis.propose("change", dev(stored("one"), stored("two")))
    first, first_file = atlantis.opened(pull), plan_file(atlantis, pull).read_text()
    old = pull.head_sha
    second = atlantis.pushed(pull, dev(stored("one"), stored("two", 2)))
    second_file = plan_file(atlantis, pull).read_text()
    unapproved = atlantis.asked(pull, "atlantis apply")
    atlantis.approve(pull, "alice")
    atlantis.github.review("carol", "APPROVED", old, number=pull.number)
    atlantis.github.review("dan", "APPROVED", pull.head_sha, permission="read", number=pull.number)
    badly_approved = atlantis.asked(pull, "atlantis apply")
    atlantis.approve(pull, "bob")
    applied = atlantis.asked(pull, "atlantis apply", user="carol")
    still = plan_file(atlantis, pull).exists()
    again = atlantis.asked(pull, "atlantis apply -p dev")
    atlantis.close(pull)
    return Life(pull, first, first_file, second, second_file, unapproved, badly_approved, applied, still, again)


def test_the_comment_of_a_plan_begins_with_the_only_line_that_atlantis_reads(life: Life) -> None:
    assert atlantis_text.block(life.first_plan).startswith(f"{PLAN_OF_TWO}\n+ dev: allow\n")
    assert atlantis_text.READ_BY_ATLANTIS.findall(atlantis_text.block(life.first_plan)) == [PLAN_OF_TWO]
    assert "+ create terraform_data.two" in life.first_plan


def test_no_progress_is_in_the_comment_and_the_log_that_has_it_is_named(life: Life) -> None:
    assert "terraform init" not in life.first_plan
    (log,) = re.findall(r"log (\S+/plan\.log)", life.second_plan)
    assert "terraform plan\n" in Path(log).read_text()
    (report,) = re.findall(r"on the server: (\S+/atlantis-plan\.json)", life.second_plan)
    document = json.loads(Path(report).read_text())
    product.VALIDATOR.validate(document)
    assert (document["verb"], document["environment"], document["result"]["can_apply"]) == (
        "atlantis-plan",
        "dev",
        True,
    )


def test_a_push_makes_a_new_plan_and_the_old_one_is_void(life: Life) -> None:
    assert atlantis_text.block(life.second_plan).startswith(PLAN_OF_TWO)
    first, second = json.loads(life.first_file), json.loads(life.second_file)
    assert second["commit"] == life.pull.head_sha != first["commit"]
    assert second["manifest_sha256"] != first["manifest_sha256"]


def test_an_apply_without_approval_is_refused(life: Life) -> None:
    assert "Pull request must be approved" in life.unapproved


def test_what_atlantis_calls_approved_is_not_enough(life: Life) -> None:
    assert "exit status 8" in life.badly_approved
    told = atlantis_text.block(life.badly_approved)
    assert "error: approvals are missing (1 required, 0 given)" in told
    for why in ("alice: is the author", "not this commit", "dan: may not write to the repository"):
        assert why in told


def test_an_approved_plan_is_applied_and_the_service_is_looked_at(life: Life) -> None:
    assert atlantis_text.block(life.applied).startswith("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.\n")
    assert "nothing to check" in life.applied  # the Stack has nothing that can be unhealthy


def test_an_apply_is_recorded_with_who_asked_for_it_and_who_approved(atlantis: Atlantis, life: Life) -> None:
    record = next(record for record in records(atlantis) if record["pull_request"] == str(life.pull.number))
    assert (record["outcome"], record["actor"], record["approved_by"]) == ("succeeded", "carol", ["bob"])
    assert record["approved_commit"] == life.pull.head_sha
    assert "record: s3://" in life.applied


def test_a_plan_is_applied_once(life: Life) -> None:
    assert not life.planned_still
    assert 'has status "applied" and cannot be applied' in life.again


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_what_the_gate_blocks_fails_the_plan_and_nobody_can_clear_that(atlantis: Atlantis) -> None:
    pull = atlantis.propose("evil", dev(stored("one"), pulls.program(f"touch /tmp/{pulls.MARK}")))
    comment = atlantis.opened(pull)
    assert "**Plan Error**" in comment
    assert "exit status 8" in comment
    assert "- high IG-SRC-04 (conftest): The provisioner local-exec runs programs" in comment
    assert "where: infra/envs/dev/main.tf:7 (terraform_data.evil)" in comment
    assert atlantis.status(pull, "atlantis/plan")[0] == "failure"
    atlantis.approve(pull, "bob", "carol")
    atlantis.asked(pull, "atlantis approve_policies", user="alice")
    assert "cannot be applied" in atlantis.asked(pull, "atlantis apply -p dev")
    assert not plan_file(atlantis, pull).exists()


def test_a_cost_over_the_threshold_needs_two_people(atlantis: Atlantis) -> None:
    pull = atlantis.propose("alarms", alarms("fileflow-stg-cpu", "fileflow-stg-memory"))
    comment = atlantis.opened(pull)
    assert "! stg: needs-approvals (2 approvals)" in comment
    assert "cost: 0.10 -> 0.20 a month, +0.10 USD a month (+100.00%)" in comment
    assert atlantis.status(pull, "atlantis/plan")[0] == "success"
    atlantis.approve(pull, "bob")
    assert "approvals are missing (2 required" in atlantis.asked(pull, "atlantis apply")
    atlantis.approve(pull, "carol")
    assert "Apply complete! Resources: 1 added" in atlantis.asked(pull, "atlantis apply")


def test_a_pull_request_cannot_let_itself_pass(atlantis: Atlantis) -> None:
    """Its rules, exceptions, Environments, tasks and workflows have no effect on itself."""
    root = atlantis.origin.root
    environments = (root / "infra" / "environments.yaml").read_text()
    register = root / "policy" / "waivers.yaml"
    before = register.read_text()
    product.add_waivers(root, [("IG-SRC-04", "terraform_data.*", "let me pass")])
    waivers = register.read_text()
    register.write_text(before)
    files = {
        **dev(stored("one"), pulls.program(f"touch /tmp/{pulls.MARK}")),
        "policy/gate.yaml": pulls.LAX,
        "policy/waivers.yaml": waivers,
        "policy/code.yaml": "schema_version: 1\n",
        "infra/environments.yaml": environments.replace('"111111111111"', '"333333333334"'),
        "tasks.py": f"open('/tmp/{pulls.MARK}', 'w')\n",
        ".github/workflows/apply.yml": "on: pull_request_target\n",
    }
    pull = atlantis.propose("pass", files)
    comment = atlantis.asked(pull, "atlantis plan -p dev")
    assert "- high IG-SRC-04" in comment
    assert "exit status 8" in comment
    for name in ("infra/environments.yaml", "policy/gate.yaml", "policy/waivers.yaml"):
        assert f"{name} differs from the trusted one: it needs its owners' approval and has no effect" in comment
    assert not Path(f"/tmp/{pulls.MARK}").exists()


def rendered(atlantis: Atlantis) -> str:
    return (atlantis.origin.root / "atlantis.yaml").read_text()


def test_another_name_of_the_project_changes_nothing(atlantis: Atlantis) -> None:
    """A pull request may call dev `prod`: folder, account and role stay dev's."""
    names = {"dev": "prod", "prod": "dev"}
    projects = re.sub('name: "(dev|prod)"', lambda found: f'name: "{names[found[1]]}"', rendered(atlantis))
    files = {**dev(stored("renamed")), "atlantis.yaml": projects}
    pull = atlantis.propose("renamed", files)
    comment = atlantis.opened(pull)
    assert "project: `prod` dir: `infra/envs/dev`" in comment
    assert "+ dev: allow" in comment
    assert "account 111111111111, ap-northeast-2, role fileflow-dev-plan" in comment


@pytest.mark.parametrize(
    "lines",
    ["  workflow: mine\nworkflows: {mine: {plan: {steps: [run: id]}}}", "  apply_requirements: []"],
)
def test_a_pull_request_cannot_bring_a_workflow_or_drop_a_requirement(atlantis: Atlantis, lines: str) -> None:
    files = {**dev(stored("one")), "atlantis.yaml": f"version: 3\nprojects:\n- dir: infra/envs/dev\n{lines}\n"}
    pull = atlantis.propose("workflow", files)
    assert "parsing atlantis.yaml" in atlantis.opened(pull)


def test_a_folder_that_no_environment_has_is_refused(atlantis: Atlantis) -> None:
    projects = rendered(atlantis).replace("infra/envs/stg", "infra/envs/mine")
    files = {"infra/envs/mine/main.tf": stored("one"), "atlantis.yaml": projects}
    pull = atlantis.propose("folder", files)
    assert "no Environment of the base branch has the folder infra/envs/mine" in atlantis.asked(
        pull, "atlantis plan -p stg"
    )


def test_comments_and_names_with_shell_in_them_start_nothing(atlantis: Atlantis) -> None:
    mark = atlantis.folder / pulls.MARK
    pull = atlantis.propose(f"x$(touch${{IFS}}{mark})", dev(stored("one"), stored("quoted")))
    assert "+ dev: allow" in atlantis.opened(pull)
    for words in (f"-- -lock=false;touch {mark}", f"-- $(touch {mark})", f"-- `touch {mark}`"):
        comment = atlantis.asked(pull, f"atlantis plan -p dev {words}")
        assert "arguments behind -- in the comment are not taken" in comment, comment
    assert not mark.exists()


def test_another_base_branch_may_not_judge(atlantis: Atlantis) -> None:
    atlantis.write("lax", {"policy/gate.yaml": pulls.LAX}, start="main")
    pull = atlantis.propose("into-lax", dev(stored("one"), stored("lax")), base="lax")
    assert atlantis.hook.pull_request(pull, "opened").status_code == 200
    assert atlantis.hook.comment(pull, "alice", "atlantis plan -p dev").status_code == 200
    atlantis.hook.wait_idle()
    assert not any("Ran Plan" in comment.body for comment in atlantis.said(pull))


def test_a_clone_that_is_newer_than_what_atlantis_knows_is_refused(atlantis: Atlantis) -> None:
    pull = atlantis.propose("newer", dev(stored("one"), stored("early")))
    atlantis.write("newer", dev(stored("one"), stored("late")))
    comment = atlantis.opened(pull)
    assert f"and Atlantis works on {pull.head_sha[:12]}" in comment
    assert "exit status 7" in comment


def test_requests_of_others_are_refused(atlantis: Atlantis) -> None:
    pull = atlantis.propose("others", dev(stored("one"), stored("others")))
    assert atlantis.hook.pull_request(pull, "opened", secret="guessed").status_code == 400
    fork = atlantis.propose("fork", dev(stored("one"), stored("fork")))
    fork.head_repository = "mallory/fileflow"
    assert "can't be run on fork pull requests" in atlantis.asked(fork, "atlantis plan")
    atlantis.github.repositories.add("mallory/fileflow")
    foreign = atlantis.github.propose(pull.head_sha, repository="mallory/fileflow")
    assert atlantis.hook.pull_request(foreign, "opened").status_code == 403
    assert atlantis.said(pull) == []


def test_a_second_pull_request_is_told_of_the_lock_and_an_unlocked_plan_is_not_applied(atlantis: Atlantis) -> None:
    first = atlantis.propose("first", dev(stored("one"), stored("first")))
    second = atlantis.propose("second", dev(stored("one"), stored("second")))
    assert "+ dev: allow" in atlantis.opened(first)
    assert f"locked by an unapplied plan from pull #{first.number}" in atlantis.opened(second)
    atlantis.approve(first, "bob")
    assert "plans discarded" in atlantis.asked(first, "atlantis unlock")
    before = records(atlantis)
    comment = atlantis.asked(first, "atlantis apply -p dev")
    assert "there is no plan: it was discarded with its lock" in comment
    assert records(atlantis) == before


# ---- Atlantis' own policy check ------------------------------------------------------------------------------------


@pytest.fixture
def checked(atlantis: Atlantis, tmp_path: Path) -> Iterator[Atlantis]:
    """A second server for the same repository, with the rendered policy check; erin may approve it."""
    doors = atlantis.origin.project.front_doors
    assert doors.atlantis is not None
    with github_server.serving() as github:
        github.members = atlantis.github.members
        doors = replace(
            doors,
            atlantis=replace(doors.atlantis, policy_check=True),
            owners=Owners(platform=("@acme/platform",), security=("@erin",)),
        )
        with atlantis_server.running(tmp_path / "checked", atlantis.origin, github, doors=doors) as server:
            yield server


def test_an_approval_in_atlantis_clears_its_policy_check_and_not_our_verdict(checked: Atlantis) -> None:
    pull = checked.propose("checked", alarms("fileflow-stg-cpu", "fileflow-stg-disk", "fileflow-stg-queue"))
    assert "! stg: needs-approvals (2 approvals)" in checked.opened(pull)
    check = checked.said(pull)[-1].body
    assert "Ran Policy Check" in check
    assert "FAIL - 1 failure" in check
    assert "approvals are missing (2 required, 0 given)" in check
    assert checked.status(pull, "atlantis/policy_check")[0] == "failure"
    checked.approve(pull, "bob")
    assert "All policies must pass" in checked.asked(pull, "atlantis apply -p stg")
    assert "is not a policy owner" in checked.asked(pull, "atlantis approve_policies", user="bob")
    assert "Approved Policies for 1 projects" in checked.asked(pull, "atlantis approve_policies", user="erin")
    assert checked.status(pull, "atlantis/policy_check")[0] == "success"
    refused = checked.asked(pull, "atlantis apply -p stg")
    assert "exit status 8" in refused
    assert "approvals are missing (2 required, 1 given)" in refused


# ---- five projects at once -----------------------------------------------------------------------------------------


@dataclass
class Side:
    """What one of the projects that were planned side by side has left."""

    comment: str
    documents: dict[str, dict[str, Any]]
    plan: dict[str, Any]
    manifest: bytes
    for_atlantis: dict[str, Any]

    @property
    def time(self) -> tuple[datetime, datetime]:
        step = self.documents["atlantis-plan"]
        begun = datetime.fromisoformat(step["started_at"])
        return begun, begun + timedelta(seconds=step["duration_seconds"])


@dataclass
class Five:
    """A pull request that touches five Environments: what each has left, and the answer to an apply of the second."""

    sides: dict[str, Side]
    second_before_first: str


@pytest.fixture(scope="module")
def five(atlantis: Atlantis) -> Five:
    pull = atlantis.propose("five", pulls.of_each(atlantis.origin.root))
    comment, own = atlantis.opened(pull), own_folder.path(atlantis.clone(pull))
    parts = dict(re.findall(r"(?ms)^### \d+\. project: `(\w+)`(.*?)(?=^### |\Z)", comment))
    assert [env for env in pulls.ENVIRONMENTS if f"+ {env}: allow" not in parts.get(env, "")] == [], comment
    assert len(list((own / "base").iterdir())) == 1  # one copy of the base branch for all five
    sides = {
        env: Side(
            comment=atlantis_text.block(parts[env]),
            documents={path.stem: json.loads(path.read_text()) for path in (own / "atlantis" / env).glob("*.json")},
            plan=json.loads((own / "sandbox" / env / "plan.tfplan.json").read_text()),
            manifest=(own / "sandbox" / env / "plan.tfplan.manifest.json").read_bytes(),
            for_atlantis=json.loads(plan_file(atlantis, pull, env).read_text()),
        )
        for env in pulls.ENVIRONMENTS
    }
    atlantis.approve(pull, "bob")
    return Five(sides, atlantis.asked(pull, "atlantis apply -p stg"))


def test_five_projects_are_planned_side_by_side(five: Five) -> None:
    begins, ends = zip(*(side.time for side in five.sides.values()), strict=True)
    assert max(begins) < min(ends)


@pytest.mark.parametrize("env", pulls.ENVIRONMENTS)
def test_a_project_beside_others_has_its_own_comment_plan_and_documents(
    atlantis: Atlantis, five: Five, env: str
) -> None:
    side, others = five.sides[env], [pulls.only(other) for other in pulls.ENVIRONMENTS if other != env]
    account = atlantis.origin.project.environment(env).account_id
    first, verdict, *_ = side.comment.splitlines()
    assert atlantis_text.READ_BY_ATLANTIS.fullmatch(first)
    assert verdict == f"+ {env}: allow"
    assert f"account {account}, ap-northeast-2, role fileflow-{env}-plan" in side.comment
    assert f"+ create {pulls.only(env)}" in side.comment
    created = [row["address"] for row in side.plan["resource_changes"] if row["change"]["actions"] == ["create"]]
    assert pulls.only(env) in created
    assert {document["environment"] for document in side.documents.values()} == {env}
    assert side.documents.keys() == {"atlantis-plan", "plan", "gate"}
    texts = (side.comment, json.dumps(side.documents), json.dumps(side.plan))
    assert [name for name in others for text in texts if name in text] == []
    assert side.for_atlantis["manifest_sha256"] == hashlib.sha256(side.manifest).hexdigest()
    assert json.loads(side.manifest)["environment"] == env


def test_an_environment_is_not_applied_before_those_before_it(five: Five) -> None:
    assert "apply your project unless you apply its dependencies: [dev]" in five.second_before_first


# ---- what a plan can read ------------------------------------------------------------------------------------------


def test_a_plan_reads_none_of_the_server_s_secrets(atlantis: Atlantis) -> None:
    """The rules of this base branch let the output read files: only the wall is between it and them."""
    clone = atlantis.folder / "data" / "repos" / "acme" / "fileflow" / str(atlantis.github.next_number()) / "default"
    paths: dict[str, str | Path] = {
        "control": "${path.module}/main.tf",
        "server": f"/proc/{atlantis.pid}/environ",
        "arguments": f"/proc/{atlantis.pid}/cmdline",
        "own": "/proc/self/environ",
        "parent": f"/proc/{atlantis.pid}/task/{atlantis.pid}/environ",
        "git": clone / ".git" / "config",
        "git_by_module": "${path.module}/../../../.git/config",
        "home": atlantis.folder / "home" / ".gitconfig",
        "workflow": atlantis.folder / "repos.yaml",
        "database": atlantis.folder / "data" / "atlantis.db",
        "log": atlantis.server.log,
    }
    assert TOKEN in (atlantis.folder / "home" / ".gitconfig").read_text()
    pull = atlantis.propose("thief", dev(stored("one"), pulls.stolen(paths)))
    comment = atlantis.opened(pull)
    assert TOKEN in (clone / ".git" / "config").read_text()
    own = own_folder.path(clone)
    document = json.loads((own / "sandbox" / "dev" / "plan.tfplan.json").read_text())
    stolen = document["planned_values"]["outputs"]["stolen"]["value"]
    assert stolen.pop("control") != "unreadable"
    assert set(stolen.values()) == {"unreadable"}, stolen
    left_behind = [path.read_bytes() for path in (own / "atlantis").rglob("*") if path.is_file()]
    for secret in (TOKEN, atlantis.server.secret):
        for form in pulls.forms(secret):
            assert not any(form in data for data in [comment.encode(), *left_behind])


# ---- what goes on during an apply ----------------------------------------------------------------------------------


def applying(atlantis: Atlantis, branch: str) -> Pull:
    """A pull request whose apply has begun and takes its time."""
    before = len(records(atlantis))
    pull = atlantis.propose(branch, dev(stored("one"), product.slow(6, "terraform_data.one", branch)))
    assert "+ dev: allow" in atlantis.opened(pull)
    atlantis.approve(pull, "bob")
    assert atlantis.hook.comment(pull, "bob", "atlantis apply -p dev").status_code == 200
    product.until(lambda: len(records(atlantis)) > before and records(atlantis)[-1]["outcome"] == "running")
    return pull


def test_an_apply_during_which_somebody_pushes_is_recorded_although_its_comment_is_lost(atlantis: Atlantis) -> None:
    pull = applying(atlantis, "push")
    atlantis.hook.push(pull, atlantis.write("push", dev(stored("one"))))
    product.until(lambda: records(atlantis)[-1]["outcome"] == "succeeded")
    atlantis.hook.wait_idle()
    assert not any("Apply complete!" in comment.body for comment in atlantis.said(pull))
    assert records(atlantis)[-1]["pull_request"] == str(pull.number)


def test_an_apply_goes_on_when_the_server_is_killed(atlantis: Atlantis) -> None:
    pull = applying(atlantis, "kill")
    atlantis.kill()
    product.until(lambda: records(atlantis)[-1]["outcome"] == "succeeded")
    assert "terraform_data.kill" in atlantis.origin.addresses()
    atlantis.server.start()
    assert "run `atlantis plan`" in atlantis.asked(pull, "atlantis apply")
