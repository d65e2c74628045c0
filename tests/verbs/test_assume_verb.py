"""`assume`: keys for a shell, a program or AWS's own tools, and a command under them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.verbs.world import World


@pytest.fixture
def dev(unapplied: World) -> World:
    return unapplied


ASSUME = ("assume", "--env", "dev")


def test_without_a_format_no_key_is_printed(dev: World) -> None:
    done = dev.ok(*ASSUME)
    assert "arn:aws:iam::111111111111:role/fileflow-dev-plan" in done.out
    assert "ASIA" not in done.out


def test_a_shell_gets_exports(dev: World) -> None:
    lines = dev.ok(*ASSUME, "--format", "env").out.splitlines()
    assert lines[0] == "unset AWS_PROFILE"
    assert {line.partition("=")[0] for line in lines[1:]} == {
        "export AWS_ACCESS_KEY_ID",
        "export AWS_SECRET_ACCESS_KEY",
        "export AWS_SESSION_TOKEN",
        "export AWS_REGION",
    }


def test_an_aws_profile_gets_what_credential_process_wants(dev: World) -> None:
    document = json.loads(dev.ok(*ASSUME, "--format", "credential-process").out)
    assert document["Version"] == 1
    assert document["Expiration"]


def test_the_state_roles_keys_are_those_of_the_state_account(dev: World) -> None:
    document = json.loads(dev.ok(*ASSUME, "--format", "json", "--state").out)
    assert (document["account_id"], document["role"].endswith("fileflow-dev-state-plan")) == ("999999999999", True)


def test_a_command_runs_under_both_profiles_and_its_code_is_ours(dev: World) -> None:
    script = "import os,sys; sys.exit(9 if os.environ['AWS_PROFILE'] == 'infragate-provider' else 1)"
    done = dev.run(*ASSUME, "--", str(dev.programs / "python"), "-c", script)
    assert done.code == 9, done.err


def test_a_program_that_gives_the_callers_keys_is_asked_once(dev: World, tmp_path: Path) -> None:
    keys = {"Version": 1, "AccessKeyId": "AKIAFROMPROGRAM", "SecretAccessKey": "x" * 40}
    program, calls = tmp_path / "keys", tmp_path / "calls"
    program.write_text(f"#!/bin/sh\necho called >> {calls}\necho '{json.dumps(keys)}'\n")
    program.chmod(0o755)
    (tmp_path / "config").write_text(f"[profile kim]\ncredential_process = {program}\n")
    profile = {"AWS_PROFILE": "kim", "AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_ACCESS_KEY_ID": ""}
    dev.ok("plan", "--env", "dev", **profile)
    assert calls.read_text() == "called\n"


@pytest.fixture(autouse=True)
def python(dev: World) -> None:
    """A Python that a person's command may start."""
    program = dev.programs / "python"
    if not program.exists():
        program.symlink_to("/usr/bin/python3")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--purpose", "aply"), "--purpose apply"),
        (("--format", "jsn"), "--format json"),
        (("--purpose", "break-glass"), "--mfa-serial"),
        (("--mfa-serial", "arn:x", "--mfa-code", "1"), "break-glass"),
    ],
)
def test_what_cannot_be_meant_is_refused(dev: World, words: tuple[str, ...], said: str) -> None:
    done = dev.run(*ASSUME, *words)
    assert (done.code, said in "\n".join(done.error)) == (3, True)


def test_a_document_and_a_command_do_not_share_stdout(dev: World) -> None:
    assert dev.run(*ASSUME, "--json", "--", "true").code == 3


def test_a_profile_that_does_not_exist_is_bad_input(dev: World) -> None:
    done = dev.run(*ASSUME, "--source-profile", "nobody")
    assert done.code == 3
