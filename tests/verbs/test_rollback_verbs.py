"""`rollback` and `config-rollback` over a recorded Terraform: proposed, refused, applied, aborted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.e2e.product import Done
from tests.verbs import fake_aws
from tests.verbs.world import World

from github_emulator.server import client_environment, serving
from infragate.adapters.local import own_folder

BACK = ("rollback", "--env", "dev", "--to", "v0.6.1")
CONFIG = ("config-rollback", "--env", "dev")
ABORT = ("rollback", "--env", "dev", "--abort")
BRANCH = "rollback/dev-v0.6.1"


@pytest.fixture(scope="module")
def newest(applied: World) -> str:
    """The commit at which dev is on v0.7.0."""
    first = applied.git("rev-parse", "HEAD")
    applied.order(dev="upgrade")
    applied.ok("module-upgrade", "--env", "dev", "--to", "v0.7.0")
    commit = applied.commit("all modules at v0.7.0")
    applied.git("tag", "newest")
    applied.restore(first)
    return commit


@pytest.fixture
def newer(newest: str, dev: World) -> Iterator[World]:
    """dev on v0.7.0, committed; the plan of the way back moves the database."""
    dev.restore(newest)
    dev.hold("upgrade")
    dev.order(dev="moves-back")
    yield dev
    (own_folder.path(dev.root) / "aws" / "dev" / "rollback.json").unlink(missing_ok=True)


@pytest.fixture
def retuned(dev: World) -> Iterator[World]:
    """dev with another value than a commit before."""
    dev.edit(dev.stack / "dev.tfvars", "cpu                = 256", "cpu                = 512")
    dev.commit("more cpu")
    yield dev
    (own_folder.path(dev.root) / "aws" / "dev" / "rollback.json").unlink(missing_ok=True)


def refused(done: Done, code: int, *said: str) -> None:
    assert done.code == code, done.err + done.out
    for words in said:
        assert words in "\n".join(done.error), done.err


def branches(world: World) -> list[str]:
    return world.git("for-each-ref", "--format=%(refname:short)", "refs/heads").split()


def test_a_proposal_is_one_commit_on_a_branch_and_leaves_the_checkout_alone(newer: World) -> None:
    result = newer.result(*BACK, "--reason", "INC-42: errors")
    assert result["branch"] == BRANCH
    assert newer.git("rev-list", "--count", f"main..{BRANCH}") == "1"
    changed = set(newer.git("diff", "--name-only", "main", BRANCH).split())
    assert changed == {"infra/envs/dev/main.tf", "infra/envs/dev/module_moves.tf", "infra/modules.lock"}
    assert newer.git("status", "--porcelain") == ""
    assert "INC-42" in newer.git("log", "-1", "--format=%B", BRANCH)


def test_a_person_reads_the_text_of_the_pull_request(newer: World) -> None:
    done = newer.ok(*BACK)
    assert "text of the pull request" in done.out
    assert f"next: git push --force-with-lease origin {BRANCH}" in done.err


def test_a_proposal_is_aborted_and_nothing_is_left(newer: World) -> None:
    newer.ok(*BACK)
    assert "it had applied nothing" in newer.ok(*ABORT).out
    assert branches(newer) == ["main"]
    assert "no rollback to abort" in newer.ok(*ABORT).out


def test_an_applied_rollback_is_healthy_and_on_record(newer: World) -> None:
    result = newer.result(*BACK, "--apply", "--reason", "INC-42")
    assert result["healthy"]
    record = fake_aws.content(result["record"])
    assert (record["target"], record["reason"], record["actor"]) == ("v0.6.1", "INC-42", "alice")
    assert record["apply"] == result["applied"]["record"]


def test_a_rollback_that_has_applied_is_not_aborted(newer: World) -> None:
    newer.ok(*BACK, "--apply")
    refused(newer.run(*ABORT), 8, "is applied and cannot be aborted")


def test_an_apply_that_fails_says_how_to_go_on(newer: World) -> None:
    newer.record("failing-back", "moves-back", error_at_apply="creating it: AccessDenied: not authorized")
    newer.order(dev="failing-back")
    refused(newer.run(*BACK, "--apply"), 5, "not authorized", "infragate rollback --env dev --to v0.6.1 --apply")
    refused(newer.run(*ABORT), 8, "has begun to apply")
    newer.order(dev="moves-back")
    assert newer.result(*BACK, "--apply")["healthy"]


def test_an_environment_that_is_not_healthy_afterwards_ends_with_8(
    newer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infragate.usecases.rollback.rollback.SMOKE_SECONDS", 0.0)
    fake_aws.tasks_run(1)
    done = newer.run(*BACK, "--apply")
    assert done.code == 8
    assert "dev is NOT healthy" in done.out


def test_a_rollback_that_would_lose_the_database_ends_with_8_and_leaves_no_branch(newer: World) -> None:
    newer.order(dev="loss")
    done = newer.run(*BACK, "--json")
    assert (done.code, done.document["status"]) == (8, "blocked")
    assert branches(newer) == ["main"]


def test_nothing_to_take_back_changes_nothing(dev: World) -> None:
    result = dev.result(*BACK)
    assert (result["branch"], result["commit"]) == (None, None)


def test_a_branch_of_that_name_that_is_not_ours_is_kept(newer: World) -> None:
    newer.git("branch", BRANCH)
    refused(newer.run(*BACK), 3, f"git branch -D {BRANCH}")


def test_a_lock_that_is_held_stops_an_apply(newer: World) -> None:
    fake_aws.hold_lock()
    refused(newer.run(*BACK, "--apply"), 6, "root@atlantis")


def test_a_protected_environment_needs_a_reason(dev: World) -> None:
    refused(dev.run("rollback", "--env", "prod", "--to", "v0.6.1"), 3, "needs a reason", "--reason")


def test_applying_to_a_protected_environment_without_a_terminal_needs_yes(dev: World) -> None:
    words = ("rollback", "--env", "prod", "--to", "v0.6.1", "--apply", "--reason", "INC-42")
    done = dev.run(*words)
    refused(
        done, 3, "needs a confirmation", "fix: infragate rollback --env prod --to v0.6.1 --apply --yes --reason INC-42"
    )
    assert "terraform" not in done.err


def test_an_environment_that_was_never_applied_cannot_go_back(dev: World) -> None:
    refused(dev.run("rollback", "--env", "stg", "--to", "v0.6.0"), 3, "nothing was applied yet")


def test_what_another_program_has_applied_can_go_back_with_a_warning(
    newer: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infragate.adapters.aws.state_store.StateStore.records", lambda _store: ())
    done = newer.ok(*BACK)
    assert "warning: no successful apply of infragate is on record" in done.err
    assert BRANCH in branches(newer)


def test_a_pin_that_is_older_already_is_left_and_named(newer: World) -> None:
    pinned(newer, "alb", "v0.6.0")
    result = newer.result(*BACK)
    assert "alb" not in {pin["module"] for pin in result["pins"]}
    kept = [pin for pin in result["kept"] if pin["module"] == "alb"]
    assert [(pin["ref"], pin["reason"]) for pin in kept] == [("v0.6.0", "it is older than v0.6.1")]
    assert "modules/alb?ref=v0.6.0" in newer.git("show", f"{BRANCH}:infra/envs/dev/main.tf")
    assert "stays: alb at v0.6.0: it is older than v0.6.1" in newer.ok(*BACK).out


def test_a_rollback_that_would_only_go_forward_is_refused(dev: World) -> None:
    refused(dev.run("rollback", "--env", "dev", "--to", "v0.7.0"), 3, "never moves a pin forward", "module-upgrade")


def test_a_pin_without_an_order_is_asked_for(newer: World) -> None:
    repository = newer.home / "modules.git"
    newer.git("-C", str(repository), "tag", "stable", "v0.6.0")
    pinned(newer, "alb", "stable")
    refused(newer.run(*BACK), 3, "alb stands at stable", "--move alb", "--keep alb")
    assert "alb" not in {pin["module"] for pin in newer.result(*BACK, "--keep", "alb")["pins"]}
    assert "alb" in {pin["module"] for pin in newer.result(*BACK, "--move", "alb")["pins"]}
    newer.git("-C", str(repository), "tag", "-d", "stable")


def test_a_call_that_is_to_stay_stays(newer: World) -> None:
    kept = newer.result(*BACK, "--keep", "rds")["kept"]
    assert [(pin["module"], pin["reason"]) for pin in kept] == [("rds", "--keep")]
    refused(newer.run(*BACK, "--keep", "rdz"), 3, "has no call rdz")


@pytest.mark.parametrize("to", ["latest", "~> 0.6"])
def test_a_rollback_is_to_one_exact_tag(dev: World, to: str) -> None:
    refused(dev.run("rollback", "--env", "dev", "--to", to), 3, "one exact tag")


def pinned(world: World, module: str, ref: str) -> None:
    """Pin one module otherwise, locked and committed."""
    path = world.stack / "main.tf"
    path.write_text(re.sub(rf"(modules/{module}\?ref=)[\w.]+", rf"\g<1>{ref}", path.read_text()))
    world.ok("modules-lock")
    world.commit(f"{module} at {ref}")


def test_a_release_that_was_never_locked_is_not_gone_back_to(newer: World) -> None:
    refused(newer.run("rollback", "--env", "dev", "--to", "v0.6.0", "--module", "rds"), 3, "was never locked here")


def test_a_rollback_needs_a_target(dev: World) -> None:
    refused(dev.run("rollback", "--env", "dev"), 3, "--to")


def test_a_rollback_is_pushed_and_proposed_on_github(newer: World) -> None:
    newer.git("init", "-q", "--bare", str(newer.home / "origin.git"))
    newer.git("remote", "add", "origin", str(newer.home / "origin.git"))
    with serving() as server:
        done = newer.ok(*BACK, "--open-pr", **client_environment(server))
    newer.git("remote", "remove", "origin")
    assert "https://github.com/acme/fileflow/pull/1" in done.out
    assert server.pull().head_ref == BRANCH


def test_without_a_token_nothing_is_planned_for_a_pull_request(newer: World) -> None:
    refused(newer.run(*BACK, "--open-pr"), 3, "GITHUB_TOKEN")


def test_values_go_back_and_nothing_else(retuned: World) -> None:
    commit = retuned.git("rev-parse", "HEAD~1")
    result = retuned.result(*CONFIG, "--to", "HEAD~1")
    assert result["branch"] == f"config-rollback/dev-{commit[:12]}"
    assert retuned.git("diff", "--name-only", "main", result["branch"]) == "infra/envs/dev/dev.tfvars"


def test_values_that_lose_the_database_are_not_proposed(retuned: World) -> None:
    retuned.order(dev="loss")
    assert retuned.run(*CONFIG, "--to", "HEAD~1").code == 8


def test_values_that_are_the_same_change_nothing(dev: World) -> None:
    assert dev.result(*CONFIG, "--to", "HEAD")["commit"] is None


def test_a_revision_that_is_not_there_is_named(dev: World) -> None:
    refused(dev.run(*CONFIG, "--to", "v77"), 3, "v77", "git log --oneline")


def test_a_revision_with_values_for_variables_that_are_gone_is_refused(dev: World) -> None:
    with (dev.stack / "dev.tfvars").open("a") as file:
        file.write('\nretired = "yes"\n')
    old = dev.commit("a value that nothing reads")
    dev.edit(dev.stack / "dev.tfvars", 'retired = "yes"\n', "")
    dev.commit("without it")
    refused(dev.run(*CONFIG, "--to", old), 3, "retired")


def test_a_revision_without_the_file_is_refused(dev: World) -> None:
    tree = dev.git("hash-object", "-t", "tree", "-w", "/dev/null")
    empty = dev.git("commit-tree", tree, "-m", "empty")
    refused(dev.run(*CONFIG, "--to", empty), 3, "has no infra/envs/dev/dev.tfvars")
