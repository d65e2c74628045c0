"""Errors and warnings of a recorded Terraform: on the screen, in documents and records, in a GitHub job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.verbs import fake_aws
from tests.verbs.world import World

from infragate.adapters.local import own_folder

PLAN, APPLY = ("plan", "--env", "dev"), ("apply", "--env", "dev")
GITHUB = {"GITHUB_ACTIONS": "true"}
WHERE = "infra/envs/dev"


def entry(line: int, summary: str, *, severity: str = "error", file: str = "main.tf", **more: Any) -> dict[str, Any]:
    code = f"  argument_{line} = 1"
    snippet = {"context": "", "code": code, "start_line": line, "highlight_start_offset": 2, "highlight_end_offset": 10}
    place = {"filename": file, "start": {"line": line, "column": 3, "byte": 0}}
    return {"severity": severity, "summary": summary, "detail": "", "range": place, "snippet": snippet, **more}


def failing(dev: World, *entries: dict[str, Any]) -> None:
    dev.record("failing-plan", "settled", errors=entries)
    dev.order(dev="failing-plan")


def warned(dev: World, *entries: dict[str, Any], base: str = "create") -> None:
    dev.record("warned-plan", base, warnings=entries, apply_warnings=entries)
    dev.order(dev="warned-plan")


def calls(dev: World, command: str) -> list[dict[str, Any]]:
    """What Terraform was called with."""
    lines = (dev.programs / "calls.jsonl").read_text().splitlines()
    return [call for line in lines if (call := json.loads(line))["command"] == command]


WARNING = entry(7, "Check block assertion failed", severity="warning", detail="the disk is small")
WARNING["snippet"]["context"] = 'check "disk"'


def test_all_errors_are_listed_in_the_order_of_their_lines_with_snippets(dev: World) -> None:
    failing(dev, entry(30, "Third"), entry(4, "First"), entry(9, "Second", address="aws_x.y"))
    done = dev.run(*PLAN)
    assert done.code == 3
    lines = [line for line in done.err.splitlines() if line.startswith((WHERE, "error", "where", "fix", "  "))]
    assert lines == [
        f"{WHERE}/main.tf:4: First",
        "     4 |   argument_4 = 1",
        "       |   ^^^^^^^^",
        f"{WHERE}/main.tf:9 (aws_x.y): Second",
        "     9 |   argument_9 = 1",
        "       |   ^^^^^^^^",
        f"{WHERE}/main.tf:30: Third",
        "    30 |   argument_30 = 1",
        "       |   ^^^^^^^^",
        "error: First (and 2 more)",
        f"where: {WHERE}/main.tf:4",
        f"fix: correct {WHERE}/main.tf:4, then infragate plan --env dev",
    ]


def test_of_many_errors_the_screen_shows_ten_and_the_document_all(dev: World) -> None:
    failing(dev, *(entry(line, f"Error {line}") for line in range(1, 26)))
    done = dev.run(*PLAN)
    assert "15 more of 25: --json has all of them" in done.err
    assert f"{WHERE}/main.tf:10: Error 10" in done.err
    assert f"{WHERE}/main.tf:11: " not in done.err
    found = dev.run(*PLAN, "--json").document["error"]["findings"]
    assert [finding["line"] for finding in found] == list(range(1, 26))
    assert found[0]["snippet"].splitlines()[0] == "     1 |   argument_1 = 1"


def test_a_path_of_a_module_is_one_from_the_checkout(dev: World) -> None:
    failing(dev, entry(3, "In a local module", file="../../../modules/rds/main.tf"))
    assert dev.run(*PLAN).error[1] == "where: modules/rds/main.tf:3"


def test_a_data_source_that_finds_nothing_leads_to_the_line_of_its_value(dev: World) -> None:
    (dev.stack / "extra.tf").write_text('data "aws_ecr_image" "app" {\n  image_tag = var.service_version\n}\n')
    found = entry(1, "reading ECR Images: couldn't find resource", file="extra.tf", address="data.aws_ecr_image.app")
    found["snippet"] |= {"context": 'data "aws_ecr_image" "app"', "code": 'data "aws_ecr_image" "app" {'}
    failing(dev, found)
    done = dev.run(*PLAN)
    values = (dev.stack / "dev.tfvars").read_text().splitlines()
    number = next(number for number, line in enumerate(values, 1) if line.startswith("service_version"))
    assert done.code == 3
    assert done.error[1] == f"where: {WHERE}/extra.tf:1 (data.aws_ecr_image.app)"
    assert f'service_version = "1.2" ({WHERE}/dev.tfvars:{number})' in done.error[0]
    assert done.error[2].startswith(f"fix: correct service_version in {WHERE}/dev.tfvars:{number}, then")


def test_a_warning_is_shown_with_its_check_its_place_and_its_message(dev: World) -> None:
    warned(dev, WARNING)
    done = dev.ok(*PLAN)
    said = f"terraform: check.disk: Check block assertion failed: the disk is small ({WHERE}/main.tf:7)"
    assert f"warning: {said}\n     7 |   argument_7 = 1" in done.err
    (found,) = dev.run(*PLAN, "--json").document["result"]["warnings"]
    assert (found["address"], found["file"], found["line"]) == ("check.disk", f"{WHERE}/main.tf", 7)


OLD_PROVIDER = {"severity": "warning", "summary": "Old provider", "detail": "Upgrade it."}


@pytest.fixture
def not_initialised(dev: World) -> Iterator[World]:
    """dev, whose next run does not leave init out; so is the run after the test."""
    forget_init(dev)
    yield dev
    forget_init(dev)


def forget_init(dev: World) -> None:
    for stamp in own_folder.path(dev.root).rglob("init.stamp"):
        stamp.unlink()


@contextmanager
def init_warns(dev: World, *entries: dict[str, str]) -> Iterator[None]:
    """init warns while the block runs."""
    world = dev.programs / "world.json"
    before = world.read_text()
    world.write_text(json.dumps({**json.loads(before), "init_warnings": entries}))
    yield
    world.write_text(before)


def test_a_warning_of_init_that_is_gone_stops_one_strict_plan_at_most(not_initialised: World) -> None:
    with init_warns(not_initialised, OLD_PROVIDER):
        not_initialised.ok(*PLAN)
    assert [not_initialised.run(*PLAN, "--strict").code for _ in range(2)] == [3, 0]


def test_a_warning_of_init_that_is_gone_stops_one_strict_apply_at_most(not_initialised: World) -> None:
    with init_warns(not_initialised, OLD_PROVIDER):
        not_initialised.ok(*PLAN)
        codes = [not_initialised.run(*APPLY, "--strict").code]
    not_initialised.ok(*PLAN)
    assert [*codes, not_initialised.run(*APPLY, "--strict").code] == [3, 0]


def test_a_warning_of_init_is_one_of_the_plan_but_not_the_one_for_a_setting_of_our_own(not_initialised: World) -> None:
    own = 'The parameter "dynamodb_table" is deprecated. Use parameter "use_lockfile" instead.'
    deprecated = {"severity": "warning", "summary": "Deprecated Parameter", "detail": own}
    with init_warns(not_initialised, OLD_PROVIDER, deprecated):
        runs = [not_initialised.run(*PLAN, "--json") for _ in range(2)]
    assert ["terraform init" in done.err for done in runs] == [True, False]  # the second run repeats the warning
    for done in runs:
        assert [finding["message"] for finding in done.document["result"]["warnings"]] == ["Old provider: Upgrade it."]


def test_an_apply_shows_its_warnings_and_records_them_whole(dev: World) -> None:
    warned(dev, WARNING)
    dev.ok(*PLAN)
    done = dev.ok(*APPLY)
    assert "warning: terraform: check.disk: Check block assertion failed" in done.err
    record = fake_aws.content(fake_aws.objects("fileflow/dev/records/")[-1])
    assert record["outcome"] == "succeeded"
    assert [(one["severity"], one["address"], one["line"]) for one in record["diagnostics"]] == [
        ("warning", "check.disk", 7)
    ]


def test_with_strict_a_warning_ends_a_plan_with_3_and_leaves_none_to_apply(dev: World) -> None:
    warned(dev, WARNING)
    done = dev.run(*PLAN, "--strict")
    assert done.code == 3
    assert done.error[0].startswith("error: warnings fail this run (--strict): Check block assertion failed")
    assert done.error[1] == f"where: {WHERE}/main.tf:7"
    assert not (own_folder.path(dev.root) / "aws" / "dev" / "plan.tfplan").exists()


def test_an_environment_can_always_be_strict(dev: World) -> None:
    text = '    account_id: "111111111111"\n'
    dev.edit(dev.root / "infra" / "environments.yaml", text, text + "    strict: true\n")
    warned(dev, WARNING)
    done = dev.run(*PLAN)
    assert (done.code, "strict: true of dev in infra/environments.yaml" in done.error[0]) == (3, True)


def test_an_apply_that_warns_in_a_strict_run_is_done_recorded_and_ends_with_3(dev: World) -> None:
    warned(dev, WARNING)
    dev.ok(*PLAN)
    done = dev.run(*APPLY, "--strict", "--json")
    assert (done.code, done.document["status"]) == (3, "error")
    assert done.document["result"]["headline"].startswith("Apply complete!")
    assert done.document["error"]["message"].startswith("applied, but warnings fail this run")


def test_github_gets_file_and_line_of_every_error(dev: World) -> None:
    failing(dev, entry(30, "Third, with: 100%"), entry(4, "First"))
    lines = [line for line in dev.run(*PLAN, **GITHUB).err.splitlines() if line.startswith("::error")]
    assert lines == [
        f"::error file={WHERE}/main.tf,line=4::First",
        f"::error file={WHERE}/main.tf,line=30::Third, with: 100%25",
    ]


def test_github_gets_file_and_line_of_a_warning_and_of_an_error_of_our_own(dev: World) -> None:
    warned(dev, WARNING)
    assert f"::warning file={WHERE}/main.tf,line=7::terraform: check.disk" in dev.ok(*PLAN, **GITHUB).err
    dev.edit(dev.stack / "backend.tf", "    encrypt        = true\n", "")
    assert f"::error file={WHERE}/backend.tf,line=3::the Stack's backend differs" in dev.run(*PLAN, **GITHUB).err


def test_the_summary_of_a_job_holds_the_result_of_each_verb(dev: World, tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    dev.order(dev="create")
    dev.ok(*PLAN, **GITHUB, GITHUB_STEP_SUMMARY=str(page))
    failing(dev, entry(4, "First ```"))
    dev.run(*PLAN, "--json", **GITHUB, GITHUB_STEP_SUMMARY=str(page))
    text = page.read_text()
    assert text.startswith("### infragate plan dev: changes (exit code 0)\n\n```text\n")
    assert "+ module.rds.aws_db_instance.this" in text
    assert f"### infragate plan dev: error (exit code 3)\n\n````text\n{WHERE}/main.tf:4: First ```\n" in text


def test_a_summary_that_cannot_be_written_is_a_warning(dev: World, tmp_path: Path) -> None:
    done = dev.ok(*PLAN, **GITHUB, GITHUB_STEP_SUMMARY=str(tmp_path / "gone" / "summary.md"))
    assert "::warning::no summary of this job" in done.err


# ---- values from the environment -------------------------------------------------------------------------------


def test_a_variable_in_the_environment_is_refused_by_name(dev: World) -> None:
    done = dev.run(*PLAN, TF_VAR_service_version="9.9")
    assert done.code == 3
    assert "TF_VAR_service_version" in done.error[0]
    assert f"set service_version in {WHERE}/dev.tfvars" in done.error[2]


def test_a_variable_that_the_stack_does_not_declare_is_ignored_with_a_warning(dev: World) -> None:
    done = dev.ok(*PLAN, TF_VAR_servise_version="9.9")
    assert "warning: TF_VAR_servise_version is ignored: the Stack declares no variable servise_version" in done.err
    assert calls(dev, "plan")[-1]["values"] == {}


def test_a_secret_of_ci_reaches_an_ephemeral_variable_at_plan_and_apply_and_no_output(dev: World) -> None:
    (dev.stack / "extra.tf").write_text('variable "key" {\n  type      = string\n  ephemeral = true\n}\n')
    dev.order(dev="create")
    first = dev.ok(*PLAN, TF_VAR_key="hunter22-hunter22")
    second = dev.ok(*APPLY, TF_VAR_key="another-hunter-33")
    assert calls(dev, "plan")[-1]["values"] == {"TF_VAR_key": "hunter22-hunter22"}
    assert calls(dev, "apply")[-1]["values"] == {"TF_VAR_key": "another-hunter-33"}
    assert "-var-file=dev.tfvars" in calls(dev, "apply")[-1]["options"]
    assert "hunter" not in first.out + first.err + second.out + second.err


# ---- the backend, before init ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"fileflow/dev/terraform.tfstate"', '"fileflow/prod/terraform.tfstate"', "key = 'fileflow/prod"),
        ('    encrypt        = true\n', '    encrypt        = true\n    role_arn = "arn:x"\n', "role_arn"),
    ],
)  # fmt: skip
def test_a_backend_of_another_environment_is_refused_before_terraform_starts(
    dev: World, old: str, new: str, said: str
) -> None:
    dev.edit(dev.stack / "backend.tf", old, new)
    before = len(calls(dev, "init"))
    done = dev.run(*PLAN)
    assert (done.code, done.error[1]) == (3, f"where: {WHERE}/backend.tf:3")
    assert said in done.error[0]
    assert len(calls(dev, "init")) == before


def test_a_lock_file_needs_the_key_that_encrypts_it(dev: World) -> None:
    dev.edit(dev.root / "infra" / "environments.yaml", "  lock: dynamodb\n", "  lock: s3\n")
    dev.edit(dev.stack / "backend.tf", '    kms_key_id     = "alias/acme-fileflow-tfstate"\n', "")
    done = dev.run(*PLAN)
    assert (done.code, done.error[1]) == (3, f"where: {WHERE}/backend.tf:3")
    assert 'kms_key_id = "alias/acme-fileflow-tfstate"' in done.error[2]


# ---- what is not a plan's JSON ---------------------------------------------------------------------------------


def test_a_byte_order_mark_before_the_plan_is_read(dev: World) -> None:
    dev.record("marked", "create", shown={"before": "\ufeff", "encoding": "utf-8"})
    dev.order(dev="marked")
    assert dev.result(*PLAN)["summary"]["add"] == 34


@pytest.mark.parametrize(
    ("before", "encoding", "said"),
    [("", "utf-16", "it is UTF-16 text"), ("[command] terraform show\n", "utf-8", "'[command] terraform show'")],
)
def test_what_stands_before_or_in_place_of_the_plan_is_named(dev: World, before: str, encoding: str, said: str) -> None:
    dev.record("odd", "create", shown={"before": before, "encoding": encoding})
    dev.order(dev="odd")
    done = dev.run(*PLAN)
    assert done.code == 4
    assert said in done.error[0]


# ---- files that are missing ------------------------------------------------------------------------------------


def test_a_file_that_git_never_had_is_to_be_written_and_not_checked_out(dev: World) -> None:
    dev.git("rm", "-q", "--cached", f"{WHERE}/dev.tfvars")
    (dev.stack / "dev.tfvars").unlink()
    done = dev.run(*PLAN)
    assert (done.code, done.error[2]) == (3, f"fix: write {WHERE}/dev.tfvars with a value for each variable")


def test_of_two_override_files_the_backend_of_the_last_one_is_judged(dev: World) -> None:
    right = (dev.stack / "backend.tf").read_text()
    (dev.stack / "a_override.tf").write_text(right)
    (dev.stack / "z_override.tf").write_text(right.replace("acme-fileflow-tfstate", "evil", 1))
    before = len(calls(dev, "init"))
    done = dev.run(*PLAN)
    assert done.code == 3, done.err
    assert "z_override.tf" in done.error[1]
    assert len(calls(dev, "init")) == before


def test_a_sensitive_value_that_an_error_repeats_is_hidden_everywhere(dev: World) -> None:
    (dev.stack / "secret.tf").write_text(
        'variable "pass" {\n  sensitive = true\n  default = "default-of-the-variable-7"\n}\n'
    )
    values = dev.stack / "dev.tfvars"
    values.write_text(values.read_text() + '\npass = "in-the-tfvars-7"\n')
    state = fake_aws.content(fake_aws.STATE_KEY)
    told = {"p": {"value": "in-the-state-77", "type": "string", "sensitive": True}}
    fake_aws.write_state({**state, "outputs": told})
    secrets = ("default-of-the-variable-7", "in-the-tfvars-7", "in-the-state-77")
    error = {"summary": f'invalid password "{secrets[0]}"', "detail": f"also {secrets[1]} and {secrets[2]}"}
    dev.record("repeats", "settled", error=error)
    dev.order(dev="repeats")
    report = dev.root.parent / "report.json"
    for words in ((), ("--json",)):
        done = dev.run("plan", "--env", "dev", "--report", str(report), *words, GITHUB_ACTIONS="true")
        told_everywhere = done.out + done.err + report.read_text()
        assert "invalid password" in told_everywhere
        assert not [secret for secret in secrets if secret in told_everywhere]
