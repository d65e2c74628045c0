"""`bootstrap-backend` over a recorded Terraform: first run, repeated run, differences, what was broken off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.product import Done
from tests.verbs import fake_aws, world
from tests.verbs.world import World

from infragate.adapters.local import own_folder

BOOTSTRAP = ("bootstrap-backend", "--env", "dev")


@pytest.fixture
def bare(tmp_path: Path, terraform: Path) -> Iterator[World]:
    """A checkout and accounts that hold nothing; applying the state account's root makes the backend."""
    with world.standing(tmp_path, terraform) as made:
        made.relay.when_applied = lambda name: fake_aws.make_backend() if name == "bootstrap-state" else None
        yield made


@pytest.fixture
def bootstrapped(bare: World) -> World:
    bare.ok(*BOOTSTRAP, "--yes")
    bare.relay.when_applied = lambda _name: None
    return bare


def roots(done: Done) -> dict[str, str]:
    return {root["name"]: root["status"] for root in done.document["result"]["roots"]}


def local_state(bare: World) -> Path:
    return own_folder.path(bare.root) / "aws" / "bootstrap" / "state" / "terraform.tfstate"


def difference(bare: World, address: str, field: str, before: object, after: object) -> None:
    """The next plan of the state account's root changes one setting."""
    kind, _, name = address.partition(".")
    change = {"actions": ["update"], "before": {field: before}, "after": {field: after}, "after_unknown": {}}
    change |= {"before_sensitive": {}, "after_sensitive": {}}
    entry = {"address": address, "mode": "managed", "type": kind, "name": name, "change": change}
    plan = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "resource_changes": [entry]}
    bare.record("differing", "bootstrap-state", plan=plan, headline="Plan: 0 to add, 1 to change, 0 to destroy.")
    bare.order(**{"bootstrap-state": "differing"})


def test_the_first_run_makes_everything_and_moves_its_state_into_the_bucket(bare: World) -> None:
    done = bare.ok(*BOOTSTRAP, "--yes", "--json")
    assert roots(done) == {"state": "done", "dev": "done"}
    assert "bucket acme-fileflow-tfstate" in done.document["result"]["roots"][0]["created"]
    assert [key for key in fake_aws.objects("bootstrap/") if key.endswith(".tfstate")] == [
        "bootstrap/dev/terraform.tfstate",
        "bootstrap/state/terraform.tfstate",
    ]
    assert not local_state(bare).exists()


def test_it_can_be_repeated_and_changes_nothing(bootstrapped: World) -> None:
    done = bootstrapped.ok(*BOOTSTRAP, "--json")
    assert (roots(done), done.document["status"]) == ({"state": "unchanged", "dev": "unchanged"}, "ok")


def test_a_look_at_bare_accounts_changes_nothing(bare: World) -> None:
    done = bare.ok(*BOOTSTRAP, "--plan")
    assert "create bucket acme-fileflow-tfstate" in done.out
    assert "nothing was changed; run it without --plan to do this" in done.out
    assert bare.relay.applied == []


def test_without_a_yes_nothing_is_changed(bare: World) -> None:
    done = bare.run(*BOOTSTRAP)
    assert (done.code, "you did not say yes" in done.error[0]) == (3, True)
    assert bare.relay.applied == []


def test_a_difference_from_the_standard_stops_everything_until_it_is_accepted(bootstrapped: World) -> None:
    difference(bootstrapped, "aws_dynamodb_table.lock", "billing_mode", "PROVISIONED", "PAY_PER_REQUEST")
    done = bootstrapped.run(*BOOTSTRAP, "--yes", "--json")
    assert (done.code, roots(done)) == (8, {"state": "blocked", "dev": "unchanged"})
    assert done.document["result"]["roots"][0]["differences"][0]["setting"] == "billing_mode"
    done = bootstrapped.ok(*BOOTSTRAP, "--yes", "--accept-differences", "--json")
    assert roots(done) == {"state": "done", "dev": "unchanged"}


def test_encryption_is_never_weakened_whoever_accepts_it(bootstrapped: World) -> None:
    difference(bootstrapped, "aws_kms_key.state", "enable_key_rotation", True, False)
    done = bootstrapped.run(*BOOTSTRAP, "--yes", "--accept-differences")
    assert done.code == 8
    assert "a key is never weakened" in done.out


def test_a_first_run_with_differences_leaves_the_other_accounts_waiting(bare: World) -> None:
    difference(bare, "aws_s3_bucket.state", "object_lock_enabled", True, False)
    done = bare.run(*BOOTSTRAP, "--yes", "--json")
    assert (done.code, roots(done)) == (8, {"state": "blocked", "dev": "waiting"})


def test_what_must_stay_is_not_replaced(bootstrapped: World) -> None:
    error = {"summary": "Instance cannot be destroyed", "detail": "aws_s3_bucket.state has lifecycle.prevent_destroy"}
    bootstrapped.record("replaced", "bootstrap-state", error=error)
    bootstrapped.order(**{"bootstrap-state": "replaced"})
    done = bootstrapped.run(*BOOTSTRAP, "--yes")
    assert (done.code, "never replaced or destroyed" in done.error[0]) == (8, True)


def test_a_first_run_that_was_broken_off_is_gone_on_with(bare: World) -> None:
    bare.record("broken", "bootstrap-state", error_at_apply="creating IAM Role: AccessDenied", leaves="left.tfstate")
    bare.order(**{"bootstrap-state": "broken"})
    assert bare.run(*BOOTSTRAP, "--yes").code == 5
    fake_aws.make_backend()
    bare.relay.when_applied = lambda _name: None
    resources = json.loads((bare.programs / "recordings" / "bootstrap-state.json").read_text())["resources"]
    state = {"version": 4, "serial": 1, "lineage": "broken-off", "outputs": {}, "resources": resources}
    local_state(bare).write_text(json.dumps(state))
    bare.order(**{"bootstrap-state": None})
    done = bare.ok(*BOOTSTRAP, "--yes", "--json")
    assert roots(done)["dev"] == "done"
    assert "bootstrap/state/terraform.tfstate" in fake_aws.objects("bootstrap/")


def test_a_local_state_that_is_a_stranger_to_the_one_in_the_bucket_is_kept(bootstrapped: World) -> None:
    stranger = {"mode": "managed", "type": "aws_iam_role", "name": "stranger", "instances": [{"attributes": {}}]}
    state = {"version": 4, "serial": 1, "lineage": "x", "outputs": {}, "resources": [stranger]}
    local_state(bootstrapped).write_text(json.dumps(state))
    done = bootstrapped.run(*BOOTSTRAP, "--yes")
    assert (done.code, "the state in the bucket does not have" in done.error[0]) == (7, True)
    assert local_state(bootstrapped).exists()


def test_a_root_that_is_not_complete_is_named(bare: World) -> None:
    (bare.root / "infra" / "bootstrap" / "state" / ".terraform.lock.hcl").unlink()
    done = bare.run(*BOOTSTRAP, "--plan")
    assert (done.code, "git checkout infra/bootstrap/state" in done.error[2]) == (3, True)


def test_no_environment_can_be_named_state(bare: World) -> None:
    path = bare.root / "infra" / "environments.yaml"
    path.write_text(path.read_text().replace("\n  stg:\n", "\n  state:\n"))
    assert bare.run("bootstrap-backend", "--plan").code == 3


def test_with_lock_files_alone_the_digests_in_the_table_are_removed(bootstrapped: World) -> None:
    path = bootstrapped.root / "infra" / "environments.yaml"
    bootstrapped.edit(path, "  lock: dynamodb", "  lock: s3")
    item = {"LockID": {"S": f"{fake_aws.LOCK_ID}-md5"}, "Digest": {"S": "0" * 32}}
    fake_aws.client("dynamodb").put_item(TableName=fake_aws.TABLE, Item=item)
    done = bootstrapped.ok(*BOOTSTRAP, "--yes")
    assert "removed 1 digests" in done.err
