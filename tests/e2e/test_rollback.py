"""`rollback` of a prod that is applied on v0.7.0: proposed, refused, applied."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import applied, module_git, product
from tests.e2e.product import Done, Product

BACK = ("rollback", "--env", "prod", "--sandbox", "--reason", "INC-42: errors since v0.7.0")
BRANCH = "rollback/prod-v0.6.1"
LOCK = ("modules-lock", "--sandbox")
MAIN = "infra/envs/prod/main.tf"
LOCK_ID = "acme-fileflow-tfstate/fileflow/prod/terraform.tfstate"
HOLDER = {"ID": "541c4367-d18f-b3de-fe36-c9f2eef57e4c", "Who": "root@atlantis", "Operation": "OperationTypeApply"}


@pytest.fixture(scope="module")
def applied_prod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with applied.copy(tmp_path_factory.mktemp("rollback") / "prod", tmp_path_factory) as lent:
        yield lent


@pytest.fixture
def prod(applied_prod: Product) -> Iterator[Product]:
    """Lent: branches, commits and changes are gone afterwards."""
    tip = applied_prod.git("rev-parse", "main")
    yield applied_prod
    applied_prod.git("checkout", "-q", "--force", "-B", "main", tip)
    applied_prod.git("clean", "-q", "-fd")
    for branch in applied_prod.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split():
        if branch != "main":
            applied_prod.git("branch", "-q", "-D", branch)
    (applied_prod.root / ".infragate" / "sandbox" / "prod" / "rollback.json").unlink(missing_ok=True)


def refused(done: Done, code: int, *said: str) -> None:
    assert done.code == code, done.err + done.out
    for words in said:
        assert words in "\n".join(done.error), done.err


def untouched(prod: Product) -> bool:
    """Neither files nor branches have changed."""
    branches = prod.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    return prod.git("status", "--porcelain") == "" and branches == ["main"] and len(worktrees(prod)) == 1


def worktrees(prod: Product) -> list[str]:
    return prod.git("worktree", "list", "--porcelain").split("\n\n")


# What it goes back from


def test_prod_is_made_and_healthy_under_its_roles(
    applied_prod: Product, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert "Apply complete! Resources: 34 added" in applied.first_apply(tmp_path_factory, "prod")
    assert "4 of 4 targets healthy" in applied_prod.ok("smoke", "--env", "prod", "--sandbox").out


def test_a_destruction_of_prod_is_refused_when_it_is_planned(prod: Product) -> None:
    refused(prod.run("plan", "--env", "prod", "--sandbox", "--destroy"), 3, "service has lifecycle.prevent_destroy set")


# What is proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a proposal left, before it was aborted."""

    done: Done
    commits: str
    names: list[str]
    before: str
    after: str
    moves: str
    status: str
    branch: str
    worktrees: int
    abort: Done
    untouched: bool


@pytest.fixture(scope="module")
def proposal(applied_prod: Product) -> Proposal:
    prod, git = applied_prod, applied_prod.git
    return Proposal(
        done=prod.run(*BACK, "--to", "v0.6.1", "--json"),
        commits=git("rev-list", "--count", f"main..{BRANCH}"),
        names=git("diff", "--name-only", "main", BRANCH).split(),
        before=git("show", f"main:{MAIN}"),
        after=git("show", f"{BRANCH}:{MAIN}"),
        moves=git("show", f"{BRANCH}:infra/envs/prod/module_moves.tf"),
        status=git("status", "--porcelain"),
        branch=git("branch", "--show-current"),
        worktrees=len(worktrees(prod)),
        abort=prod.run("rollback", "--env", "prod", "--abort", "--sandbox"),
        untouched=untouched(prod),
    )


def test_a_proposal_is_one_commit_of_pins_lock_and_inverse_moves(proposal: Proposal) -> None:
    assert proposal.done.code == 0, proposal.done.err
    assert proposal.commits == "1"
    assert proposal.names == [MAIN, "infra/envs/prod/module_moves.tf", "infra/modules.lock"]


def test_nothing_of_the_code_changes_but_the_refs(proposal: Proposal) -> None:
    assert proposal.after == proposal.before.replace("?ref=v0.7.0", "?ref=v0.6.1")
    assert [line.split() for line in proposal.moves.splitlines() if "=" in line] == [
        ["from", "=", "module.rds.aws_db_instance.primary"],
        ["to", "=", "module.rds.aws_db_instance.this"],
    ]


def test_a_proposal_touches_neither_checkout_nor_state(proposal: Proposal) -> None:
    assert (proposal.status, proposal.branch, proposal.worktrees) == ("", "main", 1)
    assert proposal.done.document["result"]["applied"] is None


def test_a_proposal_says_who_why_and_what(proposal: Proposal) -> None:
    result = proposal.done.document["result"]
    assert (result["actor"], result["reason"]) == ("alice", "INC-42: errors since v0.7.0")
    assert result["plan"]["summary"]["move"] == 1
    assert {(pin["before"], pin["after"]) for pin in result["pins"]} == {("v0.7.0", "v0.6.1")}
    assert "+  to   = module.rds.aws_db_instance.this" in result["difference"]


def test_a_proposal_can_be_aborted(proposal: Proposal) -> None:
    assert proposal.abort.code == 0, proposal.abort.err
    assert f"its branch {BRANCH} removed; it had applied nothing" in proposal.abort.out
    assert proposal.untouched


# What is refused


def test_a_protected_environment_wants_a_reason(prod: Product) -> None:
    refused(prod.run("rollback", "--env", "prod", "--to", "v0.6.1", "--sandbox"), 3, "needs a reason", "--reason")


@pytest.mark.parametrize("tag", ["v0.6.2", "--upload-pack=touch marker", "${IFS}touch", "v0.6.1\nx", "../v0.6.1"])
def test_a_tag_that_does_not_exist_is_answered_with_those_that_do(prod: Product, tag: str) -> None:
    refused(prod.run(*BACK, f"--to={tag}"), 3, "there is no release", "v0.7.0, v0.6.1, v0.6.0")
    assert untouched(prod)
    assert not list(prod.root.rglob("marker"))


def test_a_tag_that_git_would_take_for_an_option_is_no_release(prod: Product, tmp_path: Path) -> None:
    tag = "--upload-pack=touch${IFS}marker"
    there = module_git.repository(prod)
    module_git.git(there, "update-ref", f"refs/tags/{tag}", "v0.6.1")
    try:
        refused(prod.run(*BACK, f"--to={tag}"), 3)
    finally:
        module_git.git(there, "update-ref", "-d", f"refs/tags/{tag}")
    assert untouched(prod)
    assert not list(prod.root.parent.rglob("marker"))


def test_a_release_that_was_never_locked_is_not_gone_back_to(prod: Product) -> None:
    refused(prod.run(*BACK, "--to", "v0.6.0"), 3, "was never locked here", "git fetch --unshallow")
    assert untouched(prod)


def test_a_release_that_would_replace_the_database_is_refused_before_anything_is_written(
    prod: Product, tmp_path: Path
) -> None:
    change = module_git.replaced("modules/rds/main.tf", "= var.database_name\n", '= "${var.database_name}_old"\n')
    module_git.publish(prod, tmp_path, "v0.5.0", change, base="v0.6.1")
    lock(prod, "v0.5.0")
    branches = prod.git("rev-parse", "main")
    done = prod.run(*BACK, "--module", "rds", "--to", "v0.5.0", "--json")
    assert done.code == 8, done.err
    document = done.document
    assert document["status"] == "blocked"
    kinds = {found["id"] for found in document["result"]["findings"]}
    lost = {found["address"] for found in document["result"]["findings"]}
    assert kinds == {"stateful-lost"}
    assert "module.rds.aws_db_instance.this" in lost
    assert document["result"]["commit"] is None
    assert untouched(prod)
    assert prod.git("rev-parse", "main") == branches


def test_a_tag_that_was_moved_since_it_was_locked_is_refused(prod: Product, tmp_path: Path) -> None:
    there = module_git.repository(prod)
    honest = module_git.git(there, "rev-parse", "refs/tags/v0.6.1")
    moved = module_git.publish(prod, tmp_path, "v0.6.1", module_git.replaced("modules/rds/main.tf", "\n", "\n# x\n"))
    locked = module_git.git(there, "rev-parse", f"{honest}^{{commit}}")
    try:
        refused(prod.run(*BACK, "--to", "v0.6.1"), 7, "was moved", locked, moved)
    finally:
        module_git.git(there, "update-ref", "refs/tags/v0.6.1", honest)
    assert untouched(prod)


def lock(prod: Product, tag: str) -> None:
    """A release that was used and locked once, and left again."""
    path = prod.stack / "main.tf"
    text = path.read_text()
    applied.pin(path, tag, "rds")
    prod.ok(*LOCK)
    prod.commit(f"rds at {tag}")
    path.write_text(text)
    prod.git("checkout", "-q", "HEAD~1", "--", "infra/modules.lock")
    prod.commit("and back")


def test_uncommitted_changes_are_not_taken_along(prod: Product) -> None:
    (prod.root / MAIN).write_text((prod.root / MAIN).read_text() + "\n# mine\n")
    refused(prod.run(*BACK, "--to", "v0.6.1"), 3, "not committed", MAIN, "git stash")
    assert (prod.root / MAIN).read_text().endswith("# mine\n")


def test_an_environment_that_was_never_applied_has_nothing_to_go_back_from(prod: Product) -> None:
    refused(prod.run("rollback", "--env", "stg", "--to", "v0.6.1", "--sandbox"), 3, "nothing was applied yet")


def test_a_source_that_is_computed_is_not_guessed(prod: Product) -> None:
    path = prod.root / MAIN
    path.write_text(path.read_text().replace("modules/rds?ref=v0.7.0", "modules/rds?ref=${local.tag}"))
    prod.commit("computed")
    refused(prod.run(*BACK, "--to", "v0.6.1"), 3, "cannot be edited", f"{MAIN}:")


def test_a_shallow_clone_says_that_its_history_is_cut_off(prod: Product, tmp_path: Path) -> None:
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", prod.root.as_uri(), str(tmp_path / "shallow")], check=True, timeout=60
    )
    whole = tmp_path / "whole"
    lock_file = prod.root / "infra" / "modules.lock"
    text = lock_file.read_text()
    shutil.move(prod.root / ".git", whole)
    shutil.move(tmp_path / "shallow" / ".git", prod.root / ".git")
    try:
        assert prod.git("rev-parse", "--is-shallow-repository") == "true"
        refused(prod.run(*BACK, "--to", "v0.6.1"), 3, "never locked", "git fetch --unshallow")
        assert lock_file.read_text() == text
    finally:
        shutil.rmtree(prod.root / ".git")
        shutil.move(whole, prod.root / ".git")


def test_opening_a_pull_request_wants_a_token_before_anything_is_planned(prod: Product) -> None:
    done = prod.run(*BACK, "--to", "v0.6.1", "--open-pr")
    refused(done, 3, "GITHUB_TOKEN is not set")
    assert "terraform plan" not in done.err


def test_a_module_that_the_stack_does_not_call_is_named_with_those_that_it_does(prod: Product) -> None:
    refused(prod.run(*BACK, "--to", "v0.6.1", "--module", "rdss"), 3, "calls no module rdss", "did you mean rds?")


def test_there_may_be_nothing_to_abort(prod: Product) -> None:
    done = prod.ok("rollback", "--env", "prod", "--abort", "--sandbox")
    assert "no rollback to abort" in done.out


# Locks


@pytest.fixture
def held(prod: Product) -> Iterator[Product]:
    table: dict[str, Any] = {"TableName": prod.project.state.lock_table}
    item = {"LockID": {"S": LOCK_ID}, "Info": {"S": json.dumps(HOLDER)}}
    dynamodb = prod.administrator("dynamodb")
    dynamodb.put_item(**table, Item=item)
    yield prod
    dynamodb.delete_item(**table, Key={"LockID": {"S": LOCK_ID}})


def test_nothing_is_applied_while_the_state_is_locked(held: Product) -> None:
    refused(held.run(*BACK, "--to", "v0.6.1", "--apply", "--yes"), 6, "root@atlantis", HOLDER["ID"])
    assert untouched(held)


def test_of_two_rollbacks_at_once_the_second_is_told(prod: Product) -> None:
    first = prod.start(*BACK, "--to", "v0.6.1")
    product.until(lambda: (prod.root / ".infragate" / "drafts" / "rollback-prod").exists())
    refused(prod.run(*BACK, "--to", "v0.6.1"), 6, "another change of pins runs in this checkout")
    refused(prod.run("rollback", "--env", "prod", "--abort", "--sandbox"), 6)
    assert product.ended(first).code == 0


# What is applied; last, since it changes the world of the others


@dataclass(frozen=True, slots=True)
class World:
    """What a person finds in the account."""

    database: str
    targets: list[str]
    state: dict[str, str]


def world(prod: Product) -> World:
    balancing = prod.administrator("elbv2", product.PROD)
    healthy = [
        one["TargetHealth"]["State"]
        for group in balancing.describe_target_groups()["TargetGroups"]
        for one in balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    ]
    found = prod.administrator("rds", product.PROD).describe_db_instances()["DBInstances"]
    document = state(prod)
    ids = {
        f"{entry['module']}.{entry['type']}.{entry['name']}": entry["instances"][0]["attributes"]["id"]
        for entry in document["resources"]
        if entry["type"] in ("aws_db_instance", "aws_cloudwatch_log_group")
    }
    return World(found[0]["DbiResourceId"], healthy, ids)


def state(prod: Product) -> dict[str, Any]:
    key = prod.project.environment("prod").state_key
    document: dict[str, Any] = json.loads(prod.object(key, "prod"))
    return document


@dataclass(frozen=True, slots=True)
class Applied:
    """A rollback that was applied in one command."""

    prod: Product
    before: World
    done: Done
    after: World
    planned: Done
    abort: Done
    again: Done


@pytest.fixture(scope="module")
def rolled_back(applied_prod: Product) -> Iterator[Applied]:
    prod = applied_prod
    report = prod.root.parent / "report.json"
    before = world(prod)
    done = prod.run(*BACK, "--to", "v0.6.1", "--apply", "--yes", "--json", "--report", str(report))
    assert json.loads(report.read_text()) == json.loads(done.out)
    after = world(prod)
    again = prod.run(*BACK, "--to", "v0.6.1", "--apply", "--yes", *product.EMERGENCY)
    abort = prod.run("rollback", "--env", "prod", "--abort", "--sandbox")
    prod.git("checkout", "-q", BRANCH)
    planned = prod.run("plan", "--env", "prod", "--sandbox", "--json", "--detailed-exitcode")
    yield Applied(prod, before, done, after, planned, abort, again)


def test_one_command_goes_back(rolled_back: Applied) -> None:
    assert rolled_back.done.code == 0, rolled_back.done.err
    result = rolled_back.done.document["result"]
    assert result["healthy"] is True
    assert result["applied"]["snapshot"]


def test_the_data_stores_are_the_same_ones(rolled_back: Applied) -> None:
    before, after = rolled_back.before, rolled_back.after
    assert after.database == before.database
    assert set(after.state.values()) == set(before.state.values())
    assert "module.rds.aws_db_instance.primary" in before.state
    assert "module.rds.aws_db_instance.this" in after.state


def test_all_targets_are_healthy_afterwards(rolled_back: Applied) -> None:
    assert rolled_back.after.targets
    assert set(rolled_back.after.targets) == {"healthy"}


def test_the_next_plan_of_what_was_applied_is_empty(rolled_back: Applied) -> None:
    assert rolled_back.planned.code == 0, rolled_back.planned.out


def test_the_record_says_who_what_and_why(rolled_back: Applied) -> None:
    result = rolled_back.done.document["result"]
    record = json.loads(rolled_back.prod.object(result["record"], "prod"))
    assert (record["actor"], record["target"]) == ("alice", "v0.6.1")
    assert record["reason"] == "INC-42: errors since v0.7.0"
    assert record["apply"] == result["applied"]["record"]


def test_an_engineer_on_call_may_run_it_once_more_and_changes_nothing(rolled_back: Applied) -> None:
    assert rolled_back.again.code == 0, rolled_back.again.err
    assert "Resources: 0 added, 0 changed, 0 destroyed" in rolled_back.again.out


def test_what_was_applied_cannot_be_aborted(rolled_back: Applied) -> None:
    refused(rolled_back.abort, 8, "is applied and cannot be aborted", f"merge {BRANCH}")
