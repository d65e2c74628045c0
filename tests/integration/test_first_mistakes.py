"""What a newcomer mistypes or lacks on the first day: three lines, the right exit code, a fix that can be typed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.product import VALIDATOR, Done
from tests.integration import console

from infragate.adapters.local import own_folder
from infragate.tasks import GROUPS

ROOT = Path(__file__).parents[2]


def alone(**more: str) -> dict[str, str]:
    """An environment without credentials, settings or network."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "INFRAGATE_STATE") if name in os.environ}
    return {
        **kept,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        **more,
    }


def infragate(*arguments: str, folder: Path = ROOT, **more: str) -> Done:
    """The console script in this process."""
    return console.run(arguments, folder=folder, environment=alone(**more))


def started(*arguments: str, **more: str) -> Done:
    """The console script as a program of its own, for what a second run in one process does not show."""
    done = subprocess.run(
        [sys.executable, "-m", "infragate", *arguments],
        cwd=ROOT,
        env=alone(PYTHONPATH=str(ROOT / "src"), **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def three_lines(done: Done) -> dict[str, str]:
    """error, where, fix: all three, nothing more, and nothing on stdout."""
    found = dict(line.split(": ", 1) for line in done.err.splitlines())
    assert list(found) == ["error", "where", "fix"], done.err
    assert len(done.err.splitlines()) == 3
    assert done.out == ""
    return found


@pytest.mark.parametrize(
    ("typed", "code", "error"),
    [
        ("plna --env dev", 1, "unknown command: plna"),
        ("plan --sandbox", 3, "plan: --env is required"),
        ("smoke --env dev", 5, "cannot read the caller identity: no AWS credentials were found"),
    ],
)
def test_a_program_that_refuses_prints_three_lines_and_ends_with_the_code_of_the_error(
    typed: str, code: int, error: str
) -> None:
    done = started(*typed.split())
    assert (done.code, three_lines(done)["error"]) == (code, error)


@pytest.mark.parametrize(
    ("typed", "error", "fix"),
    [
        ("plna --env dev", "unknown command: plna", "did you mean plan?"),
        ("plan --env dev --sandbx", "unknown flag: --sandbx", "did you mean --sandbox?"),
        ("plan --env=dev --jsno", "unknown flag: --jsno", "did you mean --json?"),
        ("sandbox-status --env dev", "unknown flag: --env", "infragate --help sandbox-status"),
        ("plan --sandbox dev", "unknown command: dev", "did you mean --env dev? infragate --help plan"),
        ("plan --env", "--env needs a value", "infragate --help plan"),
        ("smoke --env dev --timeout soon", "expected a number, got 'soon'", "infragate --list"),
        ("--help plna", "unknown command: plna", "did you mean plan?"),
        ("--nosuch", "unknown flag: --nosuch", "infragate --list"),
    ],
)
def test_a_word_that_the_parser_does_not_know_ends_with_1_and_what_was_meant(typed: str, error: str, fix: str) -> None:
    done = infragate(*typed.split())
    found = three_lines(done)
    assert (done.code, found["error"]) == (1, error)
    assert found["fix"].startswith(fix)


def test_help_lists_every_group_of_verbs_with_its_page() -> None:
    lines = infragate("help").out.splitlines()
    titles = [line for line in lines if line.endswith(")") and not line.startswith(" ")]
    assert titles == [f"{group.title} ({group.page})" for group in GROUPS]


def test_help_of_a_verb_marks_what_it_requires_names_a_page_and_is_spelled_for_its_caller() -> None:
    text = started("help", "plan", INFRAGATE_CALLED_AS="./inv").out
    assert text.startswith("Usage: ./inv plan --env ENV [flags]\n")
    assert "--env=STRING             Required. " in text
    assert "Example: ./inv plan --env dev --sandbox\n" in text
    assert text.endswith("More: docs/operations.md\n")


@pytest.mark.parametrize("verb", ["plan", "apply", "smoke", "assume"])
def test_a_verb_without_its_environment_ends_with_3_and_names_them(verb: str) -> None:
    done = infragate(verb, "--sandbox")
    found = three_lines(done)
    assert (done.code, found["error"]) == (3, f"{verb}: --env is required")
    assert found["fix"] == "add --env with one of: dev, stg, prod"


def test_a_misspelt_environment_ends_with_3_and_the_nearest_name() -> None:
    done = infragate("plan", "--env", "prd", "--sandbox")
    assert (done.code, three_lines(done)["fix"]) == (3, "did you mean --env prod?")


@pytest.mark.parametrize("verb", ["plan", "smoke", "assume"])
def test_without_credentials_a_verb_ends_with_5_and_says_how_to_do_without(verb: str) -> None:
    done = infragate(verb, "--env", "dev")
    assert done.code == 5
    assert three_lines(done)["fix"].endswith("add --sandbox")


def test_the_doctor_without_credentials_warns_and_ends_well() -> None:
    done = infragate("doctor", "--json")
    checks = {check["name"]: check for check in json.loads(done.out)["result"]["checks"]}
    assert (done.code, checks["credentials"]["status"]) == (0, "warn")


def test_the_doctor_of_an_environment_that_is_not_there_ends_with_3_and_the_nearest_name() -> None:
    done = infragate("doctor", "--env", "prd")
    assert (done.code, three_lines(done)["fix"]) == (3, "did you mean --env prod?")


def test_a_doctor_that_finds_a_failure_ends_with_4_and_its_document_holds_checks_and_error(tmp_path: Path) -> None:
    (tmp_path / "git").symlink_to(shutil.which("git") or "/usr/bin/git")
    done = infragate("doctor", "--json", PATH=str(tmp_path), INFRAGATE_CACHE=str(tmp_path / "cache"))
    document = json.loads(done.out)
    VALIDATOR.validate(document)
    assert (done.code, document["status"], document["error"]["class"]) == (4, "error", "ToolFailed")
    assert "terraform" in document["error"]["message"]
    assert [check["name"] for check in document["result"]["checks"] if check["status"] == "fail"] == ["terraform"]


def test_a_root_that_names_no_checkout_ends_with_3_and_names_the_variable(tmp_path: Path) -> None:
    done = infragate("doctor", INFRAGATE_ROOT=str(tmp_path))
    found = three_lines(done)
    assert (done.code, found["where"]) == (3, f"INFRAGATE_ROOT={tmp_path}")
    assert found["fix"].startswith("unset INFRAGATE_ROOT")


def test_a_relative_root_works_from_the_folder_that_it_is_relative_to() -> None:
    done = infragate("sandbox-status", "--json", folder=ROOT / "infra", INFRAGATE_ROOT="..")
    assert json.loads(done.out)["result"]["folder"] == str(own_folder.path(ROOT) / "sandbox")


def test_outside_a_checkout_it_ends_with_3(tmp_path: Path) -> None:
    done = infragate("doctor", folder=tmp_path)
    assert (done.code, three_lines(done)["where"]) == (3, str(tmp_path))


def test_inside_a_folder_of_the_checkout_it_finds_the_checkout() -> None:
    assert infragate("sandbox-status", folder=ROOT / "infra" / "envs" / "dev").code == 0


def test_an_address_for_aws_calls_in_the_environment_ends_with_3() -> None:
    done = infragate("plan", "--env", "dev", AWS_ENDPOINT_URL="http://127.0.0.1:1")
    assert (done.code, three_lines(done)["where"]) == (3, "environment")


def test_with_json_an_error_is_the_one_document(tmp_path: Path) -> None:
    done = infragate("plan", "--json", "--report", str(tmp_path / "report.json"))
    document = json.loads(done.out)
    assert (document["exit_code"], document["environment"], document["error"]["class"]) == (3, None, "BadInput")
    assert json.loads((tmp_path / "report.json").read_text())["error"] == document["error"]
