"""`doctor`: a line for each thing, and the command that cures the first one that fails."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration import walls
from tests.verbs import fake_aws
from tests.verbs.world import World

DOCTOR = ("doctor", "--env", "dev", "--json")


def checks(world: World, code: int, *words: str, **more: str) -> dict[str, dict[str, Any]]:
    done = world.run(*DOCTOR, *words, **more)
    assert done.code == code, done.err + done.out
    return {check["name"]: check for check in done.document["result"]["checks"]}


def test_all_is_well_and_the_next_command_is_a_plan(dev: World) -> None:
    done = dev.ok("doctor", "--env", "dev")
    assert (done.out + done.err).splitlines()[-1] == "next: infragate plan --env dev"
    found = checks(dev, 0)
    # The world has no isolation and no programs but Terraform (world.py).
    warned = {"isolation", "conftest", "tfsec", "infracost", "opa", "trivy", "checkov"}
    assert {name for name, check in found.items() if check["status"] != "ok"} == warned
    assert "serial" in found["backend"]["message"]


def test_a_scanner_that_is_missing_is_a_warning_with_the_command_that_installs_it(dev: World) -> None:
    found = checks(dev, 0)["tfsec"]
    assert (found["status"], "`gate` needs it" in found["message"]) == ("warn", True)
    assert found["fix"] == "infragate tools-install --tool tfsec"


def test_a_lock_that_is_held_is_named(dev: World) -> None:
    fake_aws.hold_lock()
    assert "root@atlantis" in checks(dev, 0)["lock"]["message"]


def test_a_module_that_is_not_locked_fails(dev: World) -> None:
    dev.edit(dev.stack / "main.tf", "modules/rds?ref=v0.6.1", "modules/rds?ref=v0.7.0")
    found = checks(dev, 4)["module lock"]
    assert (found["status"], "dev: rds" in found["message"]) == ("fail", True)


def test_a_damaged_lock_fails(dev: World) -> None:
    (dev.root / "infra" / "modules.lock").write_text("{")
    assert checks(dev, 4)["module lock"]["status"] == "fail"


def test_a_state_that_was_not_saved_fails(dev: World) -> None:
    (dev.stack / "errored.tfstate").write_text("{}")
    found = checks(dev, 4)
    (dev.stack / "errored.tfstate").unlink()
    assert found["errored.tfstate"]["status"] == "fail"


def test_an_environment_without_a_state_is_well(dev: World) -> None:
    done = dev.ok("doctor", "--env", "stg", "--json")
    found = {check["name"]: check["message"] for check in done.document["result"]["checks"]}
    assert "no state yet" in found["backend"]


def test_a_pull_request_that_decides_over_itself_is_a_warning(dev: World) -> None:
    assert checks(dev, 0, INFRAGATE_PULL_REQUEST="7")["trust"]["status"] == "warn"


def test_a_file_that_differs_from_the_trusted_one_is_a_warning(dev: World) -> None:
    dev.git("worktree", "add", "-q", "--detach", str(dev.home / "trusted"))
    dev.edit(dev.root / "infra" / "environments.yaml", "team-fileflow", "team-else")
    named = {"INFRAGATE_TRUSTED_ROOT": str(dev.home / "trusted"), "INFRAGATE_ISOLATION": "none-with-trusted-root"}
    found = checks(dev, 0, **named)
    dev.git("worktree", "remove", "--force", str(dev.home / "trusted"))
    assert (found["trust"]["status"], "environments.yaml" in found["trust"]["message"]) == ("warn", True)


def test_a_trusted_root_that_is_none_is_bad_input(dev: World) -> None:
    done = dev.run(*DOCTOR, INFRAGATE_TRUSTED_ROOT="nowhere")
    assert (done.code, done.error[1]) == (3, "where: INFRAGATE_TRUSTED_ROOT=nowhere")


def test_a_configuration_that_cannot_be_read_leaves_the_rest_unasked(dev: World) -> None:
    (dev.root / "infra" / "environments.yaml").write_text("{")
    done = dev.run("doctor", "--json")
    found = {check["name"]: check["status"] for check in done.document["result"]["checks"]}
    assert (found["configuration"], found["credentials"]) == ("fail", "skipped")


def test_a_tools_lock_that_cannot_be_read_fails(dev: World) -> None:
    (dev.root / "policy" / "tools" / "tools.lock").write_text("[")
    assert checks(dev, 4)["tools.lock"]["status"] == "fail"


def test_own_providers_of_a_user_are_named(dev: World) -> None:
    (dev.home / ".terraformrc").write_text("provider_installation {\n  direct {}\n}\n")
    found = checks(dev, 0)
    (dev.home / ".terraformrc").unlink()
    assert ".terraformrc" in found["providers"]["message"]


def test_a_cloud_that_cannot_be_meant_fails(dev: World) -> None:
    assert checks(dev, 4, AWS_ENDPOINT_URL="http://127.0.0.1:1")["cloud"]["status"] == "fail"


def test_without_git_it_says_how_to_get_it(dev: World) -> None:
    found = checks(dev, 4, PATH=str(dev.programs))
    assert (found["git"]["status"], "install git" in found["git"]["fix"]) == ("fail", True)


def test_own_credentials_are_named_where_no_environment_is(dev: World) -> None:
    done = dev.ok("doctor", "--json")
    found = {check["name"]: check["message"] for check in done.document["result"]["checks"]}
    assert found["credentials"].startswith("arn:aws:")


def test_a_bucket_that_is_gone_fails_with_the_way_to_bootstrap(dev: World) -> None:
    dev.edit(dev.root / "infra" / "environments.yaml", fake_aws.BUCKET, "acme-fileflow-elsewhere")
    assert checks(dev, 4)["backend"]["status"] == "fail"


def test_a_lock_table_that_is_gone_fails(dev: World) -> None:
    dev.edit(dev.root / "infra" / "environments.yaml", fake_aws.TABLE, "elsewhere-lock")
    assert checks(dev, 4)["lock"]["status"] == "fail"


def test_the_doctor_lists_everything_that_is_wrong_in_environments_yaml_in_one_run(dev: World) -> None:
    settings = dev.root / "infra" / "environments.yaml"
    dev.edit(settings, "org: acme", "orgg: acme")
    dev.edit(settings, '"111111111111"', "111111111111")
    checks = dev.run("doctor", "--json").document["result"]["checks"]
    messages = [check["message"] for check in checks if check["name"] == "configuration"]
    assert len(messages) >= 3
    for words in ("unknown key 'orgg'", "'org' is a required property", "account_id"):
        assert any(words in message and "infra/environments.yaml:" in message for message in messages), messages


def test_no_isolation_is_a_warning_that_says_what_is_open(dev: World) -> None:
    found = checks(dev, 0, INFRAGATE_ISOLATION="none")["isolation"]
    assert (found["status"], found["message"].startswith("none; not held: files, processes")) == ("warn", True)


def test_no_isolation_with_a_trusted_root_fails(dev: World) -> None:
    document = dev.run(*DOCTOR, INFRAGATE_ISOLATION="none", INFRAGATE_TRUSTED_ROOT=str(dev.home)).document
    found = {check["name"]: check["status"] for check in document["result"]["checks"]}
    assert (document["exit_code"], found["isolation"], document["result"]["isolation"]) == (4, "fail", None)


def test_the_isolation_in_force_is_named_with_its_limits(dev: World, monkeypatch: pytest.MonkeyPatch) -> None:
    walls.use("landlock", monkeypatch)
    document = dev.ok(*DOCTOR, INFRAGATE_ISOLATION="landlock").document["result"]
    message = next(check["message"] for check in document["checks"] if check["name"] == "isolation")
    assert document["isolation"]["mode"] == "landlock"
    assert message == f"{document['isolation']['in_force']}; not held: {'; '.join(document['isolation']['not_held'])}"
