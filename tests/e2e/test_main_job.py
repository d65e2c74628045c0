"""The main job as a newcomer does it: a fresh clone, a fresh HOME, one command; then the same plan for programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.e2e.product import PLAN, ROOT, Done, Product
from tests.e2e.wrapper_checkout import OFFLINE, call

from infragate.domain.errors import InfragateError
from infragate.sandbox import instance

PLANNED = ("aws_ecs_service", "aws_db_instance", "aws_lb", "aws_security_group", "aws_iam_role")
# How the machine reaches its package registry is its own business, as PATH is.
MACHINE = ("PATH", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "HTTPS_PROXY",
           "NO_PROXY", "XDG_DATA_DIRS", "TF_CLI_CONFIG_FILE", "INFRAGATE_STATE")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A clone, and what its first call printed."""

    product: Product
    first: Done
    seconds: float


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newcomer]:
    folder = tmp_path_factory.mktemp("new")
    clone, home = folder / "a fresh clone", folder / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environment = {name: os.environ[name] for name in MACHINE if name in os.environ} | {"HOME": str(home)}
    started = time.monotonic()
    done = subprocess.run(["./inv", *PLAN], cwd=clone, env=environment, capture_output=True, text=True, timeout=900)
    seconds = time.monotonic() - started
    try:
        yield Newcomer(Product(clone, home), Done(done.returncode, done.stdout, done.stderr), seconds)
    finally:
        instance.down(clone, wipe=True)


def test_one_command_ends_well_within_three_minutes(newcomer: Newcomer) -> None:
    assert newcomer.first.code == 0, newcomer.first.err
    assert newcomer.seconds < 180


def test_it_prints_the_plan_with_terraform_s_own_line(newcomer: Newcomer) -> None:
    lines = newcomer.first.out.splitlines()
    assert any(re.fullmatch(r"Plan: \d+ to add, 0 to change, 0 to destroy\.", line) for line in lines)
    for kind in PLANNED:
        assert f"{kind}." in newcomer.first.out


def test_it_says_what_it_is_doing_and_what_to_type_next(newcomer: Newcomer) -> None:
    progress = newcomer.first.err.splitlines()
    assert any("preparing .venv" in line for line in progress)
    assert "starting the AWS emulator" in progress
    assert progress[-1] == "next: ./inv apply --env dev --sandbox"


def test_the_clone_stays_clean(newcomer: Newcomer) -> None:
    assert newcomer.product.git("status", "--porcelain") == ""


def test_nothing_was_written_in_the_cloud(newcomer: Newcomer) -> None:
    assert newcomer.product.lock_items() == []
    with pytest.raises((InfragateError, newcomer.product.administrator("s3").exceptions.ClientError)):
        newcomer.product.state()


@pytest.fixture(scope="module")
def document(newcomer: Newcomer) -> Done:
    return newcomer.product.run(*PLAN, "--json", "--detailed-exitcode")


def test_json_is_exactly_one_document_as_published(document: Done) -> None:
    assert document.document["status"] == "changes"


def test_detailed_exitcode_ends_2_where_something_would_change(document: Done) -> None:
    assert document.code == document.document["exit_code"] == 2


def test_the_document_counts_what_terraform_counts(document: Done) -> None:
    result = document.document["result"]
    assert result["headline"] == f"Plan: {result['summary']['add']} to add, 0 to change, 0 to destroy."
    assert len(result["changes"]) == result["summary"]["add"]


def test_stateful_things_are_marked(document: Done) -> None:
    stateful = {change["type"] for change in document.document["result"]["changes"] if change["stateful"]}
    assert "aws_db_instance" in stateful
    assert "aws_ecs_service" not in stateful


def test_the_manifest_binds_commit_account_and_files(newcomer: Newcomer, document: Done) -> None:
    manifest = document.document["result"]["manifest"]
    assert manifest["commit"] == newcomer.product.git("rev-parse", "HEAD")
    assert manifest["account_id"] == "111111111111"
    assert manifest["role"].endswith("role/fileflow-dev-plan")
    kept = json.loads(Path(document.document["result"]["manifest_file"]).read_text())
    assert kept == {**manifest, "seal": kept["seal"]}


def test_modules_are_the_released_ones(document: Done) -> None:
    plan = json.loads(Path(document.document["result"]["plan_json"]).read_text())
    sources = {call["source"] for call in plan["configuration"]["root_module"]["module_calls"].values()}
    wanted = {"ecs_service", "rds", "alb", "iam", "sg"}
    assert {f"git::https://github.com/org/infra.git//modules/{name}?ref=v0.6.1" for name in wanted} <= sources


def test_one_target_is_planned_alone(newcomer: Newcomer) -> None:
    done = newcomer.product.ok(*PLAN, "--target", "module.sg_app", "--target", "module.sg_db", "--json")
    modules = {change["address"].split(".")[1] for change in done.document["result"]["changes"]}
    assert {"sg_app", "sg_db"} <= modules
    assert "rds" not in modules


def test_doctor_is_content(newcomer: Newcomer) -> None:
    done = newcomer.product.ok("doctor", "--env", "dev", "--sandbox", "--json")
    checks = done.document["result"]["checks"]
    assert {check["status"] for check in checks} <= {"ok", "skipped", "warn"}
    assert {"terraform", "git", "python", "disk"} <= {check["name"] for check in checks}


def test_doctor_names_the_cure_of_what_is_missing(newcomer: Newcomer, tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to("/usr/bin/git")
    done = newcomer.product.run(
        "doctor", "--sandbox", "--json", PATH=str(tmp_path), INFRAGATE_CACHE=str(tmp_path / "cache")
    )
    assert done.code == 4
    failed = [check for check in done.document["result"]["checks"] if check["status"] == "fail"]
    cures = [check["fix"] for check in failed if check["name"] == "terraform"]
    assert len(cures) == 1
    assert cures[0].startswith("infragate tools-install")


# Its environment, made from the real lock


def verbs(listing: str) -> list[str]:
    """The names at the beginnings of the lines."""
    found = [line.split()[0] for line in listing.splitlines() if line.startswith("  ") and line[2] != " "]
    assert "plan" in found
    return found


@pytest.mark.parametrize("command", ["inv", "infragate"])
def test_in_the_active_environment_the_plain_commands_list_the_same_verbs(newcomer: Newcomer, command: str) -> None:
    real = newcomer.product.root
    plain = call(real / ".venv" / "bin" / command, "--list", folder=real)
    wrapped = call(real / "inv", "--list")
    assert (plain.returncode, verbs(plain.stdout)) == (0, verbs(wrapped.stdout))


@pytest.mark.parametrize("command", ["inv", "infragate"])
def test_in_the_active_environment_a_mistyped_word_is_told_as_by_the_wrapper(newcomer: Newcomer, command: str) -> None:
    real = newcomer.product.root
    plain = call(real / ".venv" / "bin" / command, "plan", "--sandbx", folder=real)
    wrapped = call(real / "inv", "plan", "--sandbx")
    assert wrapped.stderr.startswith("error: unknown flag: --sandbx\n")
    assert (plain.returncode, plain.stderr.splitlines()[:2]) == (1, wrapped.stderr.splitlines()[:2])
    assert plain.stderr.splitlines()[2] == f"fix: did you mean --sandbox? {command} --help plan lists its flags"
    assert wrapped.stderr.splitlines()[2].endswith("/inv' --help plan lists its flags")


def test_a_command_that_a_package_brought_runs_in_the_environment(newcomer: Newcomer) -> None:
    """It was made beside, and names the folder in which it lies now."""
    real = newcomer.product.root
    done = call(real / ".venv" / "bin" / "pip", "--version")
    assert (done.returncode, f"from {real}/.venv/lib" in done.stdout) == (0, True), done.stderr


def test_the_real_checkout_works_without_network_once_it_was_prepared(newcomer: Newcomer) -> None:
    real = newcomer.product.root
    done = call(real / "inv", "--help", "plan", more=OFFLINE)
    assert (done.returncode, done.stderr) == (0, "")
