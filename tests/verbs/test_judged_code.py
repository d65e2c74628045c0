"""`plan` and `apply` judge the code before Terraform starts; a hostile checkout leaves no call of it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.verbs.world import World

from infragate.adapters.local import own_folder

PLAN = ("plan", "--env", "dev")
SOON = str(datetime.now(UTC).date() + timedelta(days=30))
WAIVER = """\
schema_version: 1
waivers:
  - id: code/provisioner
    address: terraform_data.slow
    owner: "@acme/platform"
    reason: until the image does it
    link: https://example.com/1
    expires: {}
"""
SLOW = 'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "true"\n  }\n}\n'
HOSTILE = {
    "a program of the provider": (
        'provider "aws" {\n  alias   = "x"\n  profile = "evil"\n  shared_config_files = ["${path.module}/evil.aws"]\n}\n',
        8,
        "shared_config_files",
    ),
    "a program of an apply": (SLOW, 8, "local-exec"),
    "files of the machine": (
        'output "o" {\n  value = [for p in fileset("/proc", "[0-9]*/environ") : filebase64("/proc/${p}")]\n}\n',
        8,
        "outside of the checkout",
    ),
    "a backend of its own": (
        'terraform {\n  backend "s3" {\n    shared_config_files = ["evil.aws"]\n  }\n}\n',
        3,
        "backend",
    ),
    "a module that nobody locked": ('module "x" {\n  source = "git::https://example.com/x.git?ref=v1"\n}\n', 7, "lock"),
    "code that cannot be read": ('locals {\n  a = "\n}\n', 3, "cannot read it"),
}


def calls(world: World) -> int:
    """How often Terraform was started."""
    path = world.programs / "calls.jsonl"
    return path.read_text().count("\n") if path.exists() else 0


@pytest.mark.parametrize(("text", "code", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_code_is_refused_before_terraform_is_started(dev: World, text: str, code: int, said: str) -> None:
    (dev.stack / "zz_override.tf" if "backend" in text else dev.stack / "zz.tf").write_text(text)
    before = calls(dev)
    done = dev.run(*PLAN)
    assert done.code == code, done.err
    assert said in done.err
    assert calls(dev) == before


def test_the_error_has_file_line_and_fix_and_marks_the_pull_request(dev: World) -> None:
    (dev.stack / "zz.tf").write_text('locals {\n  a = file("/etc/passwd")\n}\n\n' + SLOW)
    done = dev.run(*PLAN, GITHUB_ACTIONS="true")
    assert "::error file=infra/envs/dev/zz.tf,line=2::" in done.err
    assert "::error file=infra/envs/dev/zz.tf,line=6::" in done.err
    assert "(and 1 more)" in done.err
    assert "infragate check --env dev" in done.err


def test_an_apply_judges_again(dev: World) -> None:
    dev.ok(*PLAN)
    (dev.stack / "zz.tf").write_text(SLOW)
    assert dev.run("apply", "--env", "dev").code == 8


@pytest.mark.parametrize(("end", "code"), [(SOON, 0), ("2020-01-01", 8)])
def test_a_waiver_counts_until_its_end(dev: World, end: str, code: int) -> None:
    (dev.stack / "zz.tf").write_text(SLOW)
    (dev.root / "policy" / "waivers.yaml").write_text(WAIVER.format(end))
    assert dev.run(*PLAN).code == code


def test_the_pull_request_s_own_waiver_has_no_effect(dev: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    trusted = tmp_path_factory.mktemp("base")
    dev.git("worktree", "add", "-q", "--detach", str(trusted / "base"))
    (dev.stack / "zz.tf").write_text(SLOW)
    (dev.root / "policy" / "waivers.yaml").write_text(WAIVER.format(SOON))
    settings = {"INFRAGATE_TRUSTED_ROOT": str(trusted / "base"), "INFRAGATE_ISOLATION": "none-with-trusted-root"}
    done = dev.run(*PLAN, **settings)
    dev.git("worktree", "remove", "--force", str(trusted / "base"))
    assert done.code == 8, done.err
    assert "policy/waivers.yaml differs from the trusted" in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (WAIVER.format(SOON).replace('    owner: "@acme/platform"\n', ""), "'owner' is a required property"),
        (WAIVER.format(SOON).replace(f"    expires: {SOON}\n", ""), "'expires' is a required property"),
        (WAIVER.format(SOON).replace("terraform_data.slow", '"*"'), "an address or file"),
        ("schema_version: 1\nwaiver: []\n", "unknown key 'waiver'"),
    ],
)
def test_a_waiver_needs_an_owner_an_end_and_a_subject(dev: World, text: str, said: str) -> None:
    (dev.root / "policy" / "waivers.yaml").write_text(text)
    done = dev.run(*PLAN)
    assert done.code == 3
    assert said in done.err
    assert "policy/waivers.yaml:" in done.error[1]


@pytest.mark.parametrize(
    ("text", "said"),
    [("providers:\n  aws: {}\n", "a full source address"), ("waivers: []\n", "policy/waivers.yaml")],
)
def test_a_rule_that_is_no_rule_is_refused(dev: World, text: str, said: str) -> None:
    (dev.root / "policy" / "code.yaml").write_text(f"schema_version: 1\n{text}")
    done = dev.run(*PLAN)
    (dev.root / "policy" / "code.yaml").unlink()
    assert (done.code, "policy/code.yaml:" in done.error[1]) == (3, True)
    assert said in done.err


def test_a_link_out_of_the_checkout_and_values_that_terraform_reads_unasked_are_refused(dev: World) -> None:
    (dev.stack / "x.json").symlink_to("/etc/passwd")
    (dev.stack / "more.auto.tfvars").write_text("")
    done = dev.run(*PLAN)
    assert done.code == 8
    assert "the link leads out of the checkout" in done.err
    assert "move its values into infra/envs/dev/dev.tfvars" in done.err or "reads this file of values" in done.err


def test_code_behind_a_link_to_itself_is_bad_input(dev: World) -> None:
    (dev.stack / "more.tf").symlink_to("more.tf")
    done = dev.run("check", "--env", "dev", "--no-fetch")
    assert (done.code, "not a regular file" in done.err + done.out) == (3, True), done.err + done.out


def test_a_stack_behind_a_link_out_of_the_checkout_is_refused(dev: World, tmp_path: Path) -> None:
    shutil.move(dev.stack, tmp_path / "dev")
    dev.stack.symlink_to(tmp_path / "dev")
    done = dev.run("check", "--env", "dev", "--no-fetch")
    dev.stack.unlink()
    assert done.code == 8
    assert "where: infra/envs/dev" in done.out


@pytest.mark.parametrize("name", [".terraformrc", ".terraform/providers/x", "terraform.tfstate"])
def test_what_terraform_writes_for_itself_is_refused_only_if_git_tracks_it(dev: World, name: str) -> None:
    path = dev.stack / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    assert dev.run(*PLAN).code == 0
    dev.git("add", "-f", str(path))
    assert dev.run(*PLAN).code == 8
    dev.git("rm", "-q", "-f", "--cached", str(path))
    path.unlink()


def test_a_warning_of_the_code_is_shown_with_the_plan(dev: World) -> None:
    (dev.stack / "zz.tf").write_text('locals {\n  a = nonsensitive("x")\n}\n')
    done = dev.ok(*PLAN, "--json")
    assert [warning["id"] for warning in done.document["result"]["warnings"]] == ["code/nonsensitive"]


def test_a_file_that_code_reads_outside_its_stack_is_bound_by_the_plan(dev: World) -> None:
    shared = dev.root / "infra" / "shared.json"
    shared.write_text("{}")
    (dev.stack / "zz.tf").write_text('locals {\n  a = file("${path.module}/../../shared.json")\n}\n')
    dev.ok(*PLAN)
    shared.write_text('{"changed": 1}')
    done = dev.run("apply", "--env", "dev")
    assert done.code == 7, done.err
    assert "stale" in done.error[0]


def test_the_lock_never_fetches_a_source_that_runs_a_program(dev: World) -> None:
    (dev.stack / "zz.tf").write_text('module "x" {\n  source = "ext::sh -c x"\n}\n')
    done = dev.run("modules-lock")
    assert (done.code, "runs a program (ext::)" in done.error[0]) == (8, True)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("alias/evil", 3),
        ("arn:aws:kms:ap-northeast-2:666666666666:alias/acme-fileflow-tfstate", 3),
        ("arn:aws:kms:ap-northeast-2:999999999999:key/1234", 3),
        ("arn:aws:kms:ap-northeast-2:999999999999:alias/acme-fileflow-tfstate", 0),
    ],
)
def test_the_key_of_the_state_is_that_of_the_environments(dev: World, key: str, code: int) -> None:
    dev.edit(dev.stack / "backend.tf", "alias/acme-fileflow-tfstate", key)
    assert dev.run(*PLAN).code == code


def test_a_committed_errored_state_is_not_to_be_pushed(dev: World) -> None:
    (dev.stack / "errored.tfstate").write_text("{}")
    dev.git("add", "-f", "infra/envs/dev/errored.tfstate")
    done = dev.run(*PLAN)
    assert done.code == 7
    assert "git tracks" in done.error[0]
    assert done.error[2].startswith("fix: do not push it: git rm --cached infra/envs/dev/errored.tfstate")


@pytest.mark.parametrize("flags", [(), ("--env", "dev")])
def test_check_judges_without_a_plan_and_without_terraform(dev: World, flags: tuple[str, ...]) -> None:
    dev.ok(*PLAN)  # has fetched the modules
    before = calls(dev)
    done = dev.ok("check", "--no-fetch", *flags, "--json")
    dev_stack = done.document["result"]["stacks"][0]
    assert (dev_stack["verdict"]["decision"], dev_stack["findings"]) == ("allow", [])
    assert dev_stack["evidence"]["scanned"] > 20  # those of the modules too
    assert calls(dev) == before


def test_check_lists_every_finding_with_its_fix_and_marks_it(dev: World) -> None:
    (dev.stack / "zz.tf").write_text('locals {\n  a = file("/etc/passwd")\n}\n\n' + SLOW)
    (dev.root / "policy" / "waivers.yaml").write_text(WAIVER.format("2020-01-01"))
    done = dev.run("check", "--env", "dev", "--no-fetch", GITHUB_ACTIONS="true")
    assert done.code == 8
    for line in ("zz.tf:2 ", "zz.tf:6 (terraform_data.slow)"):
        assert f"where: infra/envs/dev/{line}".strip() in done.out
    assert done.out.count("  fix: ") == 3
    assert "the waiver of code/provisioner ended on 2020-01-01" in done.out
    assert "::error file=infra/envs/dev/zz.tf,line=2::" in done.err


def test_check_shows_what_is_waived(dev: World) -> None:
    (dev.stack / "zz.tf").write_text(SLOW)
    (dev.root / "policy" / "waivers.yaml").write_text(WAIVER.format(SOON))
    done = dev.ok("check", "--env", "dev", "--no-fetch")
    assert "waived: infra/envs/dev/zz.tf:2" in done.out


def test_check_fetches_modules_that_are_missing_only_if_the_code_passed(dev: World) -> None:
    for listed in own_folder.path(dev.root).rglob("modules.json"):
        listed.unlink()
    (dev.stack / "zz.tf").write_text(SLOW)
    before = calls(dev)
    assert dev.run("check", "--env", "dev").code == 8
    assert calls(dev) == before
    (dev.stack / "zz.tf").unlink()
    dev.ok("check", "--env", "dev")
    assert calls(dev) == before + 1


@pytest.mark.parametrize("name", ["a.tftest.hcl", "tests/a.tftest.hcl"])
def test_a_test_file_makes_terraform_fetch_nothing(dev: World, name: str) -> None:
    path = dev.stack / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('run "x" {\n  module {\n    source = "./m"\n  }\n}\n')
    dev.ok("check", "--env", "dev", "--no-fetch")
    path.write_text('run "x" {\n  module {\n    source = "evil.example.com/a/b/c"\n  }\n}\n')
    assert dev.run(*PLAN).code == 8


UNSIGNED = {
    "none": 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n}\n',
    "an empty list": 'provider "registry.terraform.io/hashicorp/aws" {\n  version = "5.100.0"\n  hashes  = []\n}\n',
    "a comment only": 'provider "registry.terraform.io/hashicorp/aws" {\n  hashes = [ # "h1:aaaa="\n  ]\n}\n',
    "of no scheme that Terraform knows": 'provider "registry.terraform.io/hashicorp/aws" {\n  hashes = ["h9:aaaa="]\n}\n',
    "in one line": 'provider "registry.terraform.io/hashicorp/aws" { version = "5.100.0" }\n',
}


@pytest.mark.parametrize("text", UNSIGNED.values(), ids=UNSIGNED.keys())
def test_a_provider_without_a_checksum_in_the_lock_file_is_refused(dev: World, text: str) -> None:
    (dev.stack / ".terraform.lock.hcl").write_text(text)
    before = calls(dev)
    done = dev.run(*PLAN)
    assert done.code == 8, done.err
    assert "no checksum of registry.terraform.io/hashicorp/aws" in done.err
    assert "infragate providers-lock" in done.err
    assert calls(dev) == before


def test_a_lock_file_that_cannot_be_read_is_bad_input(dev: World) -> None:
    (dev.stack / ".terraform.lock.hcl").write_text('provider "registry.terraform.io/hashicorp/aws" {\n')
    assert dev.run(*PLAN).code == 3
