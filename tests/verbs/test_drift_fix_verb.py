"""`drift-fix` over a recorded Terraform: what it proposes, what it leaves, and that a second run finds the first."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.unit.plan_documents import plan, resource
from tests.verbs import fake_aws
from tests.verbs.test_drift_verb import BY_HAND, GROUP, REFUSED
from tests.verbs.world import World

from github_emulator.github import GitHub
from github_emulator.server import client_environment, serving

FIX = ("drift-fix", "--env", "dev")
BRANCH = "drift-fix/dev"
RECORD, IMPORTED = "infra/envs/dev/drift.md", "infra/envs/dev/imported.tf"
ROLE, ADMIN = "aws_iam_role.task", f"arn:aws:iam::{fake_aws.DEV}:policy/AdministratorAccess"
_ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::x/${aws:username}"}
DEBUG = {"Version": "2012-10-17", "Statement": [_ALLOW]}
_STATE = {"address": ROLE, "mode": "managed", "type": "aws_iam_role", "values": {"name": "by-hand"}}
MANAGED = {"prior_state": {"values": {"root_module": {"resources": [_STATE]}}}}


@pytest.fixture
def changed(dev: World) -> World:
    """Somebody changed an attribute of dev."""
    dev.record("by-hand", "settled", **BY_HAND)
    dev.order(dev="by-hand")
    return dev


@pytest.fixture
def added(dev: World) -> Iterator[World]:
    """Somebody gave a role of dev two policies."""
    iam = fake_aws.client("iam", fake_aws.DEV)
    iam.create_role(RoleName="by-hand", AssumeRolePolicyDocument="{}")
    iam.create_policy(PolicyName="AdministratorAccess", PolicyDocument=json.dumps(DEBUG))
    iam.attach_role_policy(RoleName="by-hand", PolicyArn=ADMIN)
    iam.put_role_policy(RoleName="by-hand", PolicyName="debug", PolicyDocument=json.dumps(DEBUG))
    dev.record("added", "settled", changes=False, headline="No changes.", plan=plan(**MANAGED))
    dev.order(dev="added")
    yield dev
    iam.detach_role_policy(RoleName="by-hand", PolicyArn=ADMIN)
    iam.delete_role_policy(RoleName="by-hand", PolicyName="debug")
    iam.delete_role(RoleName="by-hand")
    iam.delete_policy(PolicyArn=ADMIN)


def result(done: Done) -> dict[str, Any]:
    """The result in a valid document."""
    VALIDATOR.validate(done.document)
    return dict(done.document["result"])


def planned(world: World, *addresses: str, **change: Any) -> None:
    """What the plan says once there is a file of imports."""
    values = {"importing": {"id": "x"}, **change}
    document = plan(*(resource(values.pop("action", "no-op"), address, **values) for address in addresses), **MANAGED)
    world.record("imports", "settled", changes=True, headline=f"Plan: {len(addresses)} to import", plan=document)
    world.order(**{"dev imported": "imports"})


def addresses(world: World) -> dict[str, str]:
    """Where what was added would be in the code, by id."""
    return {offer["id"]: offer["to"] for offer in result(world.run(*FIX, "--json"))["left"]}


def branches(world: World) -> list[str]:
    return world.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()


# ---- apply again -----------------------------------------------------------------------------------------------------


def test_what_an_apply_settles_is_proposed_with_a_file_that_terraform_does_not_read(changed: World) -> None:
    before = changed.git("status", "--porcelain")
    done = changed.run(*FIX, "--json")
    found = result(done)
    assert (done.code, done.document["status"], found["branch"]) == (0, "changes", BRANCH)
    assert found["again"] == [{"address": GROUP, "class": "out-of-band", "action": "update"}]
    assert changed.git("diff", "--name-only", "HEAD", BRANCH).split() == [RECORD]
    assert changed.git("show", f"{BRANCH}:{RECORD}").endswith(": 1 difference applied again")
    assert f"| ` {GROUP} ` | out-of-band | medium | ` retention_in_days `: ` 1 ` → ` 30 `" in found["body"]
    assert "**Plan:** 0 to add, 1 to change, 0 to destroy." in found["body"]
    assert "`` infragate apply --env dev" not in found["body"]
    assert (changed.git("status", "--porcelain"), changed.git("branch", "--show-current")) == (before, "main")


def test_the_file_makes_the_checks_plan_the_stack(changed: World) -> None:
    changed.ok(*FIX)
    base = changed.git("rev-parse", "HEAD")
    changed.git("switch", "-q", BRANCH)
    touched = changed.result("changed", "--base", base)
    assert touched["environments"] == ["dev"]


def test_a_person_reads_what_is_proposed_and_the_next_command(changed: World) -> None:
    done = changed.ok(*FIX)
    assert f"  applied again: {GROUP} (out-of-band)" in done.out
    assert "dev: settle the drift" in done.out
    assert f"next: git push --force-with-lease origin {BRANCH}, and open a pull request from it" in done.err


def test_a_dry_run_plans_it_and_makes_no_branch(changed: World) -> None:
    done = changed.run(*FIX, "--dry-run", "--json")
    assert (done.code, result(done)["headline"]) == (0, BY_HAND["headline"])
    assert (result(done)["branch"], branches(changed)) == (None, ["main"])


def test_a_second_run_finds_the_first(changed: World) -> None:
    first = result(changed.run(*FIX, "--json"))
    second = result(changed.run(*FIX, "--json"))
    assert (first["there_already"], second["there_already"]) == (False, True)
    assert second["commit"] == first["commit"] == changed.git("rev-parse", BRANCH)
    assert "where it was already" in changed.ok(*FIX).out


def test_another_drift_renews_the_branch(changed: World) -> None:
    first = result(changed.run(*FIX, "--json"))
    change = resource("update", GROUP, before={"retention_in_days": 7}, after={"retention_in_days": 30})
    was = resource("update", GROUP, before={"retention_in_days": 30}, after={"retention_in_days": 7})
    changed.record("by-hand", "settled", **{**BY_HAND, "plan": plan(change, resource_drift=[was])})
    second = result(changed.run(*FIX, "--json"))
    assert (second["there_already"], second["commit"] == first["commit"]) == (False, False)
    assert changed.git("rev-list", "--count", f"main..{BRANCH}") == "1"


def test_what_somebody_else_committed_on_the_branch_is_not_replaced(changed: World) -> None:
    changed.ok(*FIX)
    changed.git("switch", "-q", BRANCH)
    theirs = changed.commit("my own")
    changed.git("switch", "-q", "main")
    assert result(changed.run(*FIX, "--json"))["commit"] == theirs
    change = resource("update", GROUP, before={"retention_in_days": 7}, after={"retention_in_days": 30})
    changed.record("by-hand", "settled", **{**BY_HAND, "plan": plan(change)})
    done = changed.run(*FIX)
    assert (done.code, done.error[0]) == (3, f"error: {BRANCH} has commits of somebody else")
    assert changed.git("rev-parse", BRANCH) == theirs


def test_what_was_merged_waits_for_an_apply_and_is_not_proposed_again(changed: World) -> None:
    changed.ok(*FIX)
    changed.git("merge", "-q", "--ff-only", BRANCH)
    done = changed.run(*FIX)
    assert (done.code, "it waits for an apply" in done.out) == (0, True)
    assert "next: infragate plan --env dev, then infragate apply --env dev" in done.err


def test_what_would_lose_data_is_refused(changed: World) -> None:
    change = resource(
        "replace", "aws_db_instance.x", before={"storage_encrypted": False}, after={"storage_encrypted": True}
    )
    changed.record("by-hand", "settled", **{**BY_HAND, "plan": plan(change)})
    done = changed.run(*FIX, "--json")
    assert (done.code, done.document["status"], result(done)["branch"]) == (8, "blocked", None)
    assert [finding["id"] for finding in result(done)["findings"]] == ["stateful-lost"]
    assert branches(changed) == ["main"]


def test_without_drift_there_is_nothing_to_propose(dev: World) -> None:
    done = dev.run(*FIX, "--json")
    assert (done.code, done.document["status"], result(done)["plan"]) == (0, "ok", None)


def test_drift_that_is_not_known_is_an_error(dev: World) -> None:
    fake_aws.hold_lock()
    assert dev.run(*FIX).code == 6
    fake_aws.free_lock()
    dev.record("refused", "settled", **REFUSED)
    dev.order(dev="refused")
    done = dev.run(*FIX)
    assert (done.code, "not authorized" in done.error[0]) == (5, True)


# ---- what was added by hand ------------------------------------------------------------------------------------------


def test_what_was_added_is_never_imported_by_itself(added: World) -> None:
    done = added.run(*FIX, "--json")
    found = result(done)
    assert (done.code, found["branch"], found["imported"]) == (0, None, [])
    assert [(offer["id"], offer["severity"]) for offer in found["left"]] == [
        ("by-hand:debug", "critical"),
        (f"by-hand/{ADMIN}", "critical"),
    ]
    text = added.ok(*FIX)
    assert f"      keep it: --keep by-hand/{ADMIN}" in text.out
    assert "      remove it: aws iam delete-role-policy --role-name by-hand --policy-name debug" in text.out
    assert "next: infragate drift-fix --env dev --import brings what was added into the code" in text.err


def test_what_is_kept_becomes_code_that_imports_it(added: World) -> None:
    planned(added, *addresses(added).values())
    done = added.run(*FIX, "--import", "--json")
    found = result(done)
    assert (done.code, found["branch"], found["left"]) == (0, BRANCH, [])
    assert sorted(added.git("diff", "--name-only", "HEAD", BRANCH).split()) == [RECORD, IMPORTED]
    code = added.git("show", f"{BRANCH}:{IMPORTED}")
    assert 'id = "by-hand:debug"' in code
    assert 'Resource = "arn:aws:s3:::x/$${aws:username}"' in code
    assert f'policy_arn = "{ADMIN}"' in code
    assert "**CRITICAL security**: it touches security: the gate judges it in the pull request." in found["body"]


def test_one_of_them_is_kept_by_its_id_and_the_other_stays(added: World) -> None:
    planned(added, addresses(added)["by-hand:debug"])
    found = result(added.run(*FIX, "--keep", "by-hand:debug", "--json"))
    assert [offer["id"] for offer in found["imported"]] == ["by-hand:debug"]
    assert [offer["id"] for offer in found["left"]] == [f"by-hand/{ADMIN}"]
    assert "**Not settled here.**" in found["body"]
    assert ADMIN not in added.git("show", f"{BRANCH}:{IMPORTED}")


def test_the_tags_that_the_provider_gives_may_come_with_an_import(added: World) -> None:
    (address, other) = addresses(added).values()
    planned(added, address, other, action="update", before={"tags_all": {}}, after={"tags_all": {"env": "dev"}})
    assert result(added.run(*FIX, "--import", "--json"))["branch"] == BRANCH


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": "update", "before": {"policy": "a"}, "after": {"policy": "b"}}, "would also change policy"),
        (
            {"action": "create", "importing": None, "after": {"name": "x"}},
            "the plan would not only import by-hand:debug",
        ),
    ],
    ids=["changes", "creates"],
)
def test_an_import_that_would_change_something_is_refused(added: World, change: dict[str, Any], said: str) -> None:
    planned(added, addresses(added)["by-hand:debug"], **change)
    done = added.run(*FIX, "--keep", "by-hand:debug", "--json")
    (finding,) = result(done)["findings"]
    assert (done.code, finding["id"]) == (8, "import-changes")
    assert said in finding["message"]
    assert branches(added) == ["main"]


def test_a_name_that_was_not_added_is_refused_with_what_was(added: World) -> None:
    done = added.run(*FIX, "--keep", "sgr-0")
    assert (done.code, done.error[0]) == (3, "error: sgr-0 was not added by hand")
    assert f"by-hand:debug, by-hand/{ADMIN}" in done.error[2]


# ---- as a pull request -----------------------------------------------------------------------------------------------


@pytest.fixture
def pushed(changed: World) -> Iterator[tuple[World, GitHub]]:
    """With an origin, and GitHub."""
    origin = changed.home / "origin.git"
    changed.git("init", "-q", "--bare", "-b", "main", str(origin))
    changed.git("remote", "add", "origin", str(origin))
    changed.git("push", "-q", "origin", "main")
    with serving() as github:
        before = dict(changed.extra)
        changed.extra |= client_environment(github)
        yield changed, github
        changed.extra.clear()
        changed.extra.update(before)
    changed.git("remote", "remove", "origin")
    changed.git("update-ref", "-d", f"refs/infragate/sent/{BRANCH}")
    shutil.rmtree(origin)


def test_the_pull_request_is_opened_once(pushed: tuple[World, GitHub]) -> None:
    world, github = pushed
    found = [result(world.run(*FIX, "--open-pr", "--json")) for _ in range(2)]
    (pull,) = github.pulls
    assert (pull.head_ref, pull.base_ref, pull.title) == (BRANCH, "main", "dev: settle the drift")
    assert [each["pull_request"] for each in found] == ["https://github.com/acme/fileflow/pull/1"] * 2
    assert [each["there_already"] for each in found] == [False, True]
    assert world.git("rev-parse", BRANCH) == world.git("rev-parse", f"origin/{BRANCH}")


def test_another_clone_finds_the_branch_at_origin(pushed: tuple[World, GitHub]) -> None:
    world, _ = pushed
    first = result(world.run(*FIX, "--open-pr", "--json"))
    for name in (f"refs/heads/{BRANCH}", f"refs/remotes/origin/{BRANCH}", f"refs/infragate/sent/{BRANCH}"):
        world.git("update-ref", "-d", name)
    second = result(world.run(*FIX, "--open-pr", "--json"))
    assert (second["there_already"], second["commit"]) == (True, first["commit"])


def test_a_branch_that_was_merged_and_removed_at_origin_is_made_anew(pushed: tuple[World, GitHub]) -> None:
    world, _ = pushed
    world.ok(*FIX, "--open-pr")
    world.git("push", "-q", "origin", "--delete", BRANCH)
    world.git("branch", "-q", "-D", BRANCH)
    assert result(world.run(*FIX, "--open-pr", "--json"))["there_already"] is False
    assert world.git("ls-remote", "origin", f"refs/heads/{BRANCH}")


def test_without_a_token_nothing_is_looked_at(changed: World) -> None:
    done = changed.run(*FIX, "--open-pr")
    assert (done.code, "GITHUB_TOKEN" in done.error[0]) == (3, True)
    assert "terraform plan" not in done.err
