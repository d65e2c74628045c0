"""`plan` over a recorded Terraform: what it writes, what it refuses, what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e.product import Done
from tests.verbs import fake_aws
from tests.verbs.world import World

PLAN = ("plan", "--env", "dev")


def refused(done: Done, code: int, *said: str) -> None:
    assert done.code == code, done.err + done.out
    for words in said:
        assert words in "\n".join(done.error), done.err


def test_a_plan_is_written_with_its_json_and_a_manifest_that_binds_both(dev: World) -> None:
    result = dev.result(*PLAN)
    manifest = json.loads(Path(result["manifest_file"]).read_text())
    assert manifest == {**result["manifest"], "seal": manifest["seal"]}
    assert (manifest["commit"], manifest["state_serial"]) == (dev.git("rev-parse", "HEAD"), 1)
    assert json.loads(Path(result["plan_json"]).read_text())["terraform_version"] == "1.11.4"
    assert Path(result["plan_file"]).stat().st_mode & 0o777 == 0o600


def test_a_settled_environment_has_nothing_to_do(dev: World) -> None:
    done = dev.run(*PLAN, "--detailed-exitcode", "--json")
    assert (done.code, done.document["status"]) == (0, "ok")


def test_changes_end_with_2_where_that_is_asked_for(dev: World) -> None:
    dev.order(dev="create")
    done = dev.run(*PLAN, "--detailed-exitcode", "--json")
    assert (done.code, done.document["status"]) == (2, "changes")
    assert done.document["result"]["summary"]["add"] == 34


def test_a_person_reads_what_is_added_and_what_to_type_next(dev: World) -> None:
    dev.order(dev="create")
    done = dev.ok(*PLAN)
    assert "  + module.rds.aws_db_instance.this" in done.out
    assert "next: infragate apply --env dev" in done.err


def test_a_plan_says_which_account_role_and_commit_it_is_for(dev: World) -> None:
    done = dev.ok(*PLAN)
    commit = dev.git("rev-parse", "HEAD")[:12]
    assert f"AWS account 111111111111, ap-northeast-2, role fileflow-dev-plan, commit {commit}" in done.out


def test_full_lists_every_attribute(dev: World) -> None:
    dev.order(dev="create")
    assert "      copy_tags_to_snapshot: true" not in dev.ok(*PLAN).out
    assert "      copy_tags_to_snapshot: true" in dev.ok(*PLAN, "--full").out


def test_where_data_would_be_lost_an_apply_is_not_the_next_step(dev: World) -> None:
    dev.order(dev="loss")
    done = dev.ok(*PLAN)
    assert "! data at risk: module.rds.aws_db_instance.primary" in done.out
    assert "      to   = module.rds.aws_db_instance.this" in done.out
    assert "next: if it is a rename, write the `moved` blocks, then infragate plan --env dev" in done.err
    dev.order(dev="destroy")
    assert "next: decide whether that data may be lost: docs/plan-summary.md, 'Data at risk'" in dev.ok(*PLAN).err


def test_the_plan_and_its_json_go_where_they_are_wanted(dev: World, tmp_path: Path) -> None:
    dev.ok(*PLAN, "--out", str(tmp_path / "p"), "--show", str(tmp_path / "shown.json"))
    assert {path.name for path in tmp_path.iterdir()} == {"p", "p.json", "p.manifest.json", "shown.json"}
    assert (tmp_path / "p.json").read_bytes() == (tmp_path / "shown.json").read_bytes()


@pytest.mark.parametrize("name", ["default.json", "out/default.json"])
def test_a_plan_with_its_json_in_the_stacks_folder_can_be_applied(dev: World, name: str) -> None:
    (dev.stack / "out").mkdir(exist_ok=True)
    places = (str(dev.stack / "default.tfplan"), str(dev.stack / name))  # Atlantis has both in the Stack's folder
    dev.ok("plan", "--env", "dev", "--out", places[0], "--show", places[1])
    dev.ok("apply", "--env", "dev", "--plan", places[0])


def test_a_plan_of_chosen_targets_says_so(dev: World) -> None:
    manifest = dev.result(*PLAN, "--target", "module.rds")["manifest"]
    assert manifest["targets"] == ["module.rds"]


@pytest.mark.parametrize(("flag", "mode"), [("--destroy", "destroy"), ("--refresh-only", "refresh-only")])
def test_the_mode_is_in_the_manifest(dev: World, flag: str, mode: str) -> None:
    assert dev.result(*PLAN, flag)["manifest"]["mode"] == mode


def test_a_commit_that_is_expected_must_be_the_one_that_is_checked_out(dev: World) -> None:
    dev.ok(*PLAN, "--expect-commit", dev.git("rev-parse", "--short=7", "HEAD"))
    refused(dev.run(*PLAN, "--expect-commit", "0" * 40), 7, "where: --expect-commit")
    refused(dev.run(*PLAN, "--expect-commit", "main"), 3, "where: --expect-commit")


def test_who_holds_the_lock_is_told_and_does_not_stop_a_plan(dev: World) -> None:
    fake_aws.hold_lock()
    done = dev.ok(*PLAN)
    assert "root@atlantis" in done.out + done.err
    assert dev.result(*PLAN)["lock"]["who"] == "root@atlantis"


def test_a_plan_that_fails_leaves_none_to_apply(dev: World) -> None:
    result = dev.result(*PLAN)
    error = {"summary": "reading EC2 Subnets: UnauthorizedOperation: not authorized", "detail": ""}
    dev.record("refused", "settled", error=error)
    dev.order(dev="refused")
    refused(dev.run(*PLAN), 5, "not authorized")
    assert not Path(result["plan_file"]).exists()
    assert not Path(result["manifest_file"]).exists()


def test_terraforms_warnings_are_passed_on(dev: World) -> None:
    dev.record("warned", "settled", warnings=["Deprecated attribute"])
    dev.order(dev="warned")
    assert "Deprecated attribute" in dev.ok(*PLAN).err


def test_a_module_that_is_not_locked_is_not_planned(dev: World) -> None:
    dev.edit(dev.stack / "main.tf", "modules/rds?ref=v0.6.1", "modules/rds?ref=v0.7.0")
    refused(dev.run(*PLAN), 7, "rds")


def test_a_release_that_is_not_there_cannot_be_locked_and_is_not_fetched(dev: World) -> None:
    dev.edit(dev.stack / "main.tf", "modules/rds?ref=v0.6.1", "modules/rds?ref=v9.9.9")
    assert dev.run(*PLAN).code == 7
    assert dev.run("modules-lock").code in (3, 4, 5)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"fileflow/dev/terraform.tfstate"', '"fileflow/prod/terraform.tfstate"', "key = 'fileflow/prod"),
        ("    encrypt        = true\n", "    encrypt        = false\n", "encrypt = False"),
        ("    encrypt        = true\n", '    encrypt        = true\n    role_arn = "arn:x"\n', "role_arn"),
        ('backend "s3"', 'backend "gcs"', "backend 'gcs'"),
    ],
)
def test_a_state_that_is_kept_elsewhere_is_refused(dev: World, old: str, new: str, said: str) -> None:
    dev.edit(dev.stack / "backend.tf", old, new)
    refused(dev.run(*PLAN), 3, said, "where: infra/envs/dev/backend.tf")


def test_a_stack_whose_folder_is_gone_is_taken_back_from_git(dev: World) -> None:
    dev.stack.rename(dev.root / "infra" / "elsewhere")
    done = dev.run(*PLAN)
    (dev.root / "infra" / "elsewhere").rename(dev.stack)
    refused(done, 3, "fix: git checkout -- infra/envs/dev")


def test_an_environment_without_a_stack_names_one_to_copy(dev: World) -> None:
    dev.edit(
        dev.root / "infra" / "environments.yaml",
        '    account_id: "111111111111"\n',
        '    account_id: "111111111111"\n    directory: infra/envs/qa\n',
    )
    refused(dev.run(*PLAN), 3, "no Stack yet", "infra/envs/")


@pytest.mark.parametrize("name", ["dev.tfvars", ".terraform.lock.hcl"])
def test_a_file_that_a_plan_needs_is_named_when_it_is_missing(dev: World, name: str) -> None:
    (dev.stack / name).unlink()
    refused(dev.run(*PLAN), 3, name)


def test_a_state_that_an_apply_could_not_save_stops_a_plan(dev: World) -> None:
    (dev.stack / "errored.tfstate").write_text("{}")
    done = dev.run(*PLAN)
    (dev.stack / "errored.tfstate").unlink()
    refused(done, 7, "where: infra/envs/dev/errored.tfstate", "docs/state-backend.md")


def test_an_address_for_aws_calls_is_refused(dev: World) -> None:
    refused(dev.run(*PLAN, AWS_ENDPOINT_URL="http://127.0.0.1:1"), 3, "AWS_ENDPOINT_URL")


def test_break_glass_needs_a_device(dev: World) -> None:
    refused(dev.run(*PLAN, "--break-glass"), 3, "--mfa-serial")


def test_under_break_glass_it_is_planned_by_that_role(dev: World) -> None:
    device = ("--mfa-serial", "arn:aws:iam::999999999999:mfa/oncall-kim", "--mfa-code", "123456")
    manifest = dev.result(*PLAN, "--break-glass", *device)["manifest"]
    assert manifest["role"] == "arn:aws:iam::111111111111:role/fileflow-dev-break-glass"


def test_a_bucket_that_is_not_there_leads_to_bootstrap(dev: World) -> None:
    dev.edit(dev.root / "infra" / "environments.yaml", fake_aws.BUCKET, "acme-fileflow-elsewhere")
    dev.edit(dev.stack / "backend.tf", fake_aws.BUCKET, "acme-fileflow-elsewhere")
    refused(dev.run(*PLAN), 5, "bucket does not exist", "bootstrap-backend --plan")
