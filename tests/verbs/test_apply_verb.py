"""`apply` over a recorded Terraform: only the planned file, only where nothing has moved, and on record."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from tests.e2e import product
from tests.e2e.product import Done
from tests.verbs import fake_aws
from tests.verbs.kept_world import KeptWorld
from tests.verbs.world import World

from infragate.adapters.local import locks, own_folder
from infragate.adapters.process import output
from infragate.domain.errors import Locked

PLAN, APPLY = ("plan", "--env", "dev"), ("apply", "--env", "dev")
DEVICE = ("--break-glass", "--mfa-serial", "arn:aws:iam::999999999999:mfa/oncall-kim", "--mfa-code")
RECORDS = "fileflow/dev/records/"


def refused(done: Done, code: int, *said: str) -> None:
    assert done.code == code, done.err + done.out
    for words in said:
        assert words in "\n".join(done.error), done.err


def folder(world: World) -> Path:
    """Where the plan of dev lies."""
    return own_folder.path(world.root) / "aws" / "dev"


@pytest.fixture(scope="module")
def kept(applied: World, tip: str) -> KeptWorld:
    return KeptWorld(applied)


def plan(world: World) -> None:
    world.order(dev="create")
    world.ok(*PLAN)


@pytest.fixture
def planned(dev: World, kept: KeptWorld) -> World:
    """dev, with a plan to apply."""
    return kept.after("planned", plan)


def test_an_apply_keeps_the_state_before_it_and_writes_a_record(planned: World) -> None:
    before = fake_aws.content(fake_aws.STATE_KEY)
    result = planned.result(*APPLY)
    assert result["headline"].startswith("Apply complete! Resources: 34 added")
    assert (result["serial_before"], result["serial_after"]) == (before["serial"], before["serial"] + 1)
    assert fake_aws.content(result["snapshot"]) == before
    record = fake_aws.content(result["record"])
    assert (record["outcome"], record["actor"], len(record["done"])) == ("succeeded", "alice", 34)


def test_an_apply_ends_with_the_outputs_and_hides_the_sensitive_ones(dev: World) -> None:
    recording = json.loads((dev.programs / "recordings" / "create.json").read_text())
    changes = recording["plan"]["output_changes"]
    changes["token"] = {**changes["url"], "after": "hunter2-hunter2", "after_sensitive": True}
    dev.record("with_token", "create", plan=recording["plan"])
    dev.order(dev="with_token")
    dev.ok(*PLAN)
    out = dev.ok(*APPLY).out
    assert 'output.url: "https://fileflow.dev.example.com"' in out
    assert 'output.token: "(sensitive value)"' in out
    assert "hunter2" not in out


def test_the_document_of_an_apply_has_the_outputs_and_the_target(planned: World) -> None:
    result = planned.result(*APPLY)
    assert result["outputs"]["url"] == "https://fileflow.dev.example.com"
    assert (result["target"]["cloud"], result["target"]["account_id"]) == ("aws", "111111111111")


def test_progress_is_told_step_by_step(planned: World) -> None:
    assert "[34/34]" in planned.ok(*APPLY).err


def test_without_a_plan_there_is_nothing_to_apply(dev: World) -> None:
    refused(dev.run(*APPLY, "--plan", str(dev.home / "none")), 3, "none does not exist", "infragate plan --env dev")


def test_a_plan_is_applied_once(planned: World) -> None:
    planned.ok(*APPLY)
    refused(planned.run(*APPLY), 7, "state serial")


@pytest.mark.parametrize(
    ("name", "said"),
    [("main.tf", "files of the Stack"), ("dev.tfvars", "tfvars"), (".terraform.lock.hcl", "provider lock file")],
)
def test_a_stack_that_was_changed_since_is_not_applied(planned: World, name: str, said: str) -> None:
    with (planned.stack / name).open("a") as file:
        file.write("\n# later\n")
    refused(planned.run(*APPLY), 7, said, "infragate plan --env dev")


def test_another_commit_than_the_planned_one_is_not_applied(planned: World) -> None:
    planned.commit("later")
    refused(planned.run(*APPLY), 7, "commit")


@pytest.mark.parametrize("name", ["plan.tfplan", "plan.tfplan.json"])
def test_a_plan_that_was_edited_is_not_applied(planned: World, name: str) -> None:
    path = folder(planned) / name
    path.write_text(path.read_text() + " ")
    refused(planned.run(*APPLY), 7, "the plan is stale")


def rewritten(**values: object) -> Callable[[World], None]:
    def change(world: World) -> None:
        product.edit_manifest(folder(world) / "plan.tfplan.manifest.json", **values)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (rewritten(created="2020-01-01T00:00:00+00:00"), "older than"),
        (rewritten(mode="destroy"), "the plan contradicts its Manifest"),
        (rewritten(targets=["module.rds"]), "the plan contradicts its Manifest"),
        (rewritten(schema_version=1), "Manifest"),
    ],
)
def test_a_manifest_that_cannot_be_true_is_refused(planned: World, change: Callable[[World], None], said: str) -> None:
    change(planned)
    refused(planned.run(*APPLY), 7, said)


def test_a_lock_that_somebody_holds_refuses_it_and_names_the_holder(planned: World) -> None:
    fake_aws.hold_lock()
    refused(planned.run(*APPLY), 6, "root@atlantis")


def test_one_apply_at_a_time_in_a_checkout(planned: World) -> None:
    with locks.hold(folder(planned) / "turn.lock", lambda: Locked("held", where="", fix="")):
        refused(planned.run(*APPLY), 6, "another run works on this Stack in this checkout")


def test_a_manifest_that_was_edited_is_refused(planned: World) -> None:
    path = folder(planned) / "plan.tfplan.manifest.json"
    path.write_text(path.read_text().replace('"actor": "alice"', '"actor": "mallory"'))
    refused(planned.run(*APPLY), 7, "it was edited, or sealed with another key")


def test_a_plan_of_another_machine_is_applied_if_both_have_the_same_seal(planned: World, tmp_path: Path) -> None:
    secret = {"INFRAGATE_SEAL": "env:PLAN_SEAL", "PLAN_SEAL": "a secret that both machines have"}
    out = tmp_path / "plan"
    planned.ok(*PLAN, "--out", str(out), **secret)
    refused(planned.run(*APPLY, "--plan", str(out)), 7, "sealed with another key")
    planned.ok(*APPLY, "--plan", str(out), INFRAGATE_STATE=str(tmp_path / "other machine"), **secret)


@pytest.mark.parametrize(
    ("seal", "said"),
    [("env:NOTHING", "0 bytes"), ("file:/none", "cannot be read"), ("file:x", "none of"), ("hmac", "none of")],
)
def test_a_seal_that_cannot_be_had_is_bad_input(planned: World, seal: str, said: str) -> None:
    refused(planned.run(*APPLY, INFRAGATE_SEAL=seal), 3, said)


def test_terraform_gets_a_private_copy_of_the_plan_which_is_gone_afterwards(planned: World) -> None:
    planned.ok(*APPLY)
    calls = [json.loads(line) for line in (planned.programs / "calls.jsonl").read_text().splitlines()]
    applied = Path([call for call in calls if call["command"] == "apply"][-1]["options"][-1])
    assert applied == folder(planned) / "applying" / "plan.tfplan"
    assert not applied.parent.exists()


def test_a_plan_can_be_sealed_with_a_key_of_kms(planned: World, tmp_path: Path) -> None:
    kms = boto3.client("kms", region_name=fake_aws.REGION, aws_access_key_id="AKIA", aws_secret_access_key="x")
    keys = [kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC") for _ in range(2)]
    first, second = ({"INFRAGATE_SEAL": f"kms:{key['KeyMetadata']['Arn']}"} for key in keys)
    out = tmp_path / "plan"
    planned.ok(*PLAN, "--out", str(out), **first)
    refused(planned.run(*APPLY, "--plan", str(out), **second), 7, "sealed with another key")
    planned.ok(*APPLY, "--plan", str(out), **first)


def test_an_apply_waits_for_no_other_run_and_names_it(planned: World) -> None:
    stamp = folder(planned) / "turn.txt"
    with locks.hold(folder(planned) / "turn.lock", lambda: Locked("held", where="", fix="")):
        stamp.write_text("plan by kim, process 7")
        refused(planned.run(*APPLY), 6, "plan by kim, process 7")


def test_while_the_terraform_of_a_killed_apply_runs_nothing_else_does(planned: World) -> None:
    with output.private_file(folder(planned) / "apply.jsonl"):
        refused(planned.run(*APPLY), 6, "its Terraform still runs")
        refused(planned.run(*PLAN), 6, "its Terraform still runs")


def test_the_keys_of_a_terraform_that_still_runs_are_kept(planned: World) -> None:
    left = folder(planned) / "runs" / "run-999999999-x"
    left.mkdir(parents=True)
    with output.private_file(folder(planned) / "apply.jsonl"):
        planned.run(*APPLY)
        planned.ok("assume", "--env", "dev", "--", "true")
        assert left.exists()
    planned.ok("plan", "--env", "dev")
    assert not left.exists()


SUMMARY = {"type": "change_summary", "@message": "Apply complete!", "changes": {"operation": "apply"}}
FAILURE = {"type": "diagnostic", "@level": "error", "diagnostic": {"severity": "error", "summary": "no", "detail": ""}}
CREATED = {"type": "apply_complete", "hook": {"resource": {"addr": "aws_sns_topic.a"}}}


@pytest.mark.parametrize(
    ("lines", "outcome"),
    [
        ([CREATED, SUMMARY], "succeeded"),
        ([CREATED, FAILURE], "failed"),
        ([CREATED], "interrupted"),
        ([], "interrupted"),
    ],
)
def test_the_record_of_a_killed_apply_is_completed_by_the_next_one(
    planned: World, lines: list[dict[str, object]], outcome: str
) -> None:
    started = "2020-01-02T03:04:05+00:00"
    note, transcript = folder(planned) / "applying.json", folder(planned) / "apply.jsonl"
    note.write_text(json.dumps({"verb": "apply", "outcome": "running", "started_at": started}))
    transcript.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"type": "cut of')
    done = planned.ok(*APPLY)
    record = fake_aws.content("fileflow/dev/records/20200102T030405Z-apply.json")
    assert (record["outcome"], record["done"]) == (outcome, [CREATED["hook"]["resource"]["addr"]] if lines else [])  # type: ignore[index]
    assert f"its record is completed: {outcome}" in done.err
    assert not note.exists()


def test_an_apply_that_fails_is_recorded_as_failed(dev: World) -> None:
    dev.record("failing", "create", fails="module.rds.aws_db_instance.this")
    dev.order(dev="failing")
    dev.ok(*PLAN)
    refused(dev.run(*APPLY), 5, "AccessDenied")
    record = fake_aws.content(fake_aws.objects(RECORDS)[-1])
    assert (record["outcome"], record["failed"]) == ("failed", ["module.rds.aws_db_instance.this"])
    assert record["errors"]


def test_an_apply_leaves_init_out_where_nothing_has_changed_but_not_after_one_that_failed(dev: World) -> None:
    dev.record("failing", "create", fails="module.rds.aws_db_instance.this")
    inits: list[bool] = []
    for recording, code in (("create", 0), ("create", 0), ("failing", 5), ("create", 0), ("create", 0)):
        dev.order(dev=recording)
        dev.ok(*PLAN)
        done = dev.run(*APPLY)
        assert done.code == code, done.err
        inits.append("terraform init" in done.err)
    assert inits[1:] == [False, False, True, False]


def test_a_plan_that_terraform_calls_stale_is_an_integrity_error(dev: World) -> None:
    dev.record("stale", "create", error_at_apply="Saved plan is stale")
    dev.order(dev="stale")
    dev.ok(*PLAN)
    refused(dev.run(*APPLY), 7, "stale")


def test_the_engineer_on_call_applies_what_was_planned_under_the_plan_role(planned: World) -> None:
    done = planned.ok(*APPLY, *DEVICE, "654321")
    assert "is not renewed" in done.err
    assert fake_aws.content(fake_aws.objects(RECORDS)[-1])["purpose"] == "break-glass"


def test_a_state_that_could_not_be_saved_is_told_with_its_file(dev: World) -> None:
    dev.record("unsaved", "create", error_at_apply="Failed to save state", leaves="errored.tfstate")
    dev.order(dev="unsaved")
    dev.ok(*PLAN)
    done = dev.run(*APPLY)
    (dev.stack / "errored.tfstate").unlink()
    refused(done, 5, "where: infra/envs/dev/errored.tfstate", "keep that file")
