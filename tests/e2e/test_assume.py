"""assume: whose account, which role, until when; keys only where the format asks for them; commands under them."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import product
from tests.e2e.product import DEV, SCRIPT, STATE, Product, stored

from infragate.adapters.local import clock, masking

ASSUME = ("assume", "--env", "dev", "--sandbox")
IDENTITY = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with product.checkout(tmp_path_factory.mktemp("assume") / "checkout", small=stored("one")) as made:
        made.ok("sandbox-up")
        yield made


def keys_of(checkout: Product) -> dict[str, str]:
    found: dict[str, str] = json.loads(checkout.ok(*ASSUME, "--format", "credential-process").out)
    return found


def test_it_says_account_role_session_and_expiry(checkout: Product) -> None:
    found = checkout.ok(*ASSUME, "--json", INFRAGATE_PULL_REQUEST="42").document["result"]
    assert found["account_id"] == DEV
    assert found["role"] == f"arn:aws:iam::{DEV}:role/fileflow-dev-plan"
    assert found["state_role"] == f"arn:aws:iam::{STATE}:role/fileflow-dev-state-plan"
    assert found["session_name"] == "alice-pr42"
    assert found["source_identity"] == "alice"
    assert found["expires"]


def test_without_a_format_nothing_secret_is_printed(checkout: Product, tmp_path: Path) -> None:
    runs = [
        checkout.ok(*ASSUME),
        checkout.ok(*ASSUME, "--json"),
        checkout.ok(*ASSUME, "--report", str(tmp_path / "report.json")),
    ]
    text = "".join(run.out + run.err for run in runs) + (tmp_path / "report.json").read_text()
    assert "SecretAccessKey" not in text
    assert "ASIA" not in text
    assert "AWS_SECRET_ACCESS_KEY" not in text


def test_the_env_format_is_evaluated_by_a_shell(checkout: Product) -> None:
    command = " ".join(map(shlex.quote, [str(SCRIPT), *ASSUME, "--format", "env"]))
    script = f'eval "$({command})" && {shlex.quote(sys.executable)} -c {shlex.quote(IDENTITY)}'
    done = subprocess.run(
        ["sh", "-c", script], env=checkout.environment(), cwd=checkout.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"arn:aws:sts::{DEV}:assumed-role/fileflow-dev-plan/alice"


def test_the_json_format_holds_keys_and_facts(checkout: Product) -> None:
    found = json.loads(checkout.ok(*ASSUME, "--purpose", "apply", "--format", "json").out)
    assert found["role"].endswith("fileflow-dev-apply")
    assert found["AccessKeyId"].startswith("ASIA")
    assert found["SessionToken"]


def test_credential_process_works_as_a_real_aws_profile(checkout: Product, tmp_path: Path) -> None:
    """With an AWS SDK that reads the profile and calls us, as the AWS CLI and Terraform do."""
    words = " ".join(f'"{word}"' for word in [str(SCRIPT), *ASSUME, "--format", "credential-process"])
    config = tmp_path / "aws config"
    config.write_text(f"[profile dev]\nregion = ap-northeast-2\ncredential_process = {words}\n")
    endpoint = {"AWS_ENDPOINT_URL": checkout.cloud().endpoint or ""}
    done = subprocess.run(
        [sys.executable, "-c", IDENTITY.replace("boto3.client", "boto3.Session(profile_name='dev').client")],
        env={**checkout.environment(AWS_CONFIG_FILE=str(config)), **endpoint},
        cwd=checkout.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == f"arn:aws:sts::{DEV}:assumed-role/fileflow-dev-plan/alice", done.stderr


def test_a_command_runs_under_the_role_and_its_exit_code_is_ours(checkout: Product) -> None:
    script = IDENTITY + "; raise SystemExit(42)"
    done = checkout.run(*ASSUME, "--purpose", "apply", "--", sys.executable, "-c", script)
    assert done.code == 42, done.err
    assert done.out.strip() == f"arn:aws:sts::{DEV}:assumed-role/fileflow-dev-apply/alice"


def test_a_command_gets_both_profiles_and_no_keys_in_its_environment(checkout: Product) -> None:
    script = (
        "import boto3, json, os;"
        "who = lambda name: boto3.Session(profile_name=name).client('sts').get_caller_identity()['Arn'];"
        "print(json.dumps([who('infragate-provider'), who('infragate-state'), sorted(os.environ)]))"
    )
    provider, state, names = json.loads(checkout.ok(*ASSUME, "--", sys.executable, "-c", script).out)
    assert "fileflow-dev-plan" in provider
    assert "fileflow-dev-state-plan" in state
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} & set(names)


def test_the_private_profiles_are_gone_afterwards(checkout: Product) -> None:
    script = "import os; print(os.environ['AWS_CONFIG_FILE'])"
    path = Path(checkout.ok(*ASSUME, "--", sys.executable, "-c", script).out.strip())
    assert not path.exists()


def test_a_command_that_is_not_there_is_told(checkout: Product) -> None:
    done = checkout.run(*ASSUME, "--", "no-such-program")
    assert done.code == 4
    assert "no-such-program" in done.error[0]


def test_break_glass_needs_the_device(checkout: Product) -> None:
    done = checkout.run(*ASSUME, "--purpose", "break-glass")
    assert done.code == 3
    assert "--mfa-serial" in done.error[2]


@pytest.mark.parametrize(
    ("flag", "value", "hint"), [("--purpose", "aply", "apply"), ("--format", "jsn", "json"), ("--env", "prd", "prod")]
)
def test_a_misspelt_value_gets_its_nearest(checkout: Product, flag: str, value: str, hint: str) -> None:
    words = ["assume", "--sandbox", *(() if flag == "--env" else ("--env", "dev")), flag, value]
    done = checkout.run(*words)
    assert done.code == 3
    assert hint in done.error[2]


def test_dev_s_keys_open_nothing_in_prod(checkout: Product) -> None:
    script = (
        "import boto3; sts = boto3.client('sts');"
        "print(sts.assume_role(RoleArn='arn:aws:iam::333333333333:role/fileflow-prod-plan', RoleSessionName='test',"
        " ExternalId='fileflow-prod'))"
    )
    done = checkout.run(*ASSUME, "--purpose", "apply", "--", sys.executable, "-c", script)
    assert done.code == 1
    assert "AccessDenied" in done.err


# ---- session keys in no sink -------------------------------------------------------------------------------------

CURIOUS = """
output "stolen" {
  value = [for name in fileset("FOLDER", "*/*.json") : file("FOLDER/${name}")]
}
"""


def keys_in(value: Any) -> set[str]:
    """The keys that a plan has read from the files of its run."""
    documents = [json.loads(text) for text in value]
    return {found[name] for found in documents for name in ("AccessKeyId", "SecretAccessKey", "SessionToken")}


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_a_plan_whose_code_reads_the_keys_of_its_run_shows_none(
    checkout: Product, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    product.make_small(checkout, stored("one") + CURIOUS.replace("FOLDER", str(checkout.plans / "runs")))
    report = tmp_path / "report.json"
    # Behind the wall it cannot even list the folder of the keys.
    without = {"INFRAGATE_ISOLATION": "none"}
    done = checkout.ok("plan", "--env", "dev", "--sandbox", "--report", str(report), *flags, **without)
    document = json.loads((checkout.plans / "plan.tfplan.json").read_text())
    keys = keys_in(document["output_changes"]["stolen"]["after"])
    assert len(keys) == 6
    sinks = done.out + done.err + report.read_text()
    assert "***" in sinks
    assert not [key for key in keys if key in sinks]


def test_renewed_keys_are_hidden_as_the_first_ones_are(checkout: Product) -> None:
    session = checkout.session("apply")
    first = session.keys
    assert first.renewable
    renewed = session.renew()
    assert renewed["infragate-provider"].access_key != first.provider.access_key
    for keys in renewed.values():
        said = f"{keys.access_key} {keys.secret_key} {keys.token}"
        assert masking.masker().mask(said) == "*** *** ***"


def test_a_record_holds_no_key(checkout: Product) -> None:
    session = checkout.session("apply")
    secret = session.keys.provider.secret_key
    key = session.store().put_record("apply", {"errors": [f"refused: {secret}"]}, clock.now())
    assert json.loads(checkout.object(key)) == {"errors": ["refused: ***"]}


# ---- a pull request that changes what decides over it ------------------------------------------------------------


@pytest.fixture
def base(checkout: Product, tmp_path: Path) -> Iterator[Path]:
    """The base branch; the checkout's environments.yaml names another account for dev."""
    for name in ("infra", "policy"):
        shutil.copytree(checkout.root / name, tmp_path / "base" / name)
    path = checkout.root / "infra" / "environments.yaml"
    path.write_text(path.read_text().replace(DEV, "444444444444"))
    yield tmp_path / "base"
    checkout.git("checkout", "-q", "infra/environments.yaml")


def test_the_environments_of_the_trusted_root_count(checkout: Product, base: Path) -> None:
    done = checkout.ok(*ASSUME, "--json", INFRAGATE_TRUSTED_ROOT=str(base))
    assert done.document["result"]["account_id"] == DEV
    assert "infra/environments.yaml differs from the trusted one" in done.err


def test_a_plan_is_bound_to_the_trusted_environments(checkout: Product, base: Path) -> None:
    done = checkout.ok("plan", "--env", "dev", "--sandbox", "--json", INFRAGATE_TRUSTED_ROOT=str(base))
    digest = hashlib.sha256((base / "infra" / "environments.yaml").read_bytes()).hexdigest()
    assert done.document["result"]["manifest"]["environments"] == digest


def trust_check(done: product.Done) -> tuple[str, str]:
    (found,) = [check for check in done.document["result"]["checks"] if check["name"] == "trust"]
    return found["status"], found["message"]


def test_the_doctor_names_what_needs_its_owners(checkout: Product, base: Path) -> None:
    done = checkout.run("doctor", "--sandbox", "--json", INFRAGATE_TRUSTED_ROOT=str(base))
    assert trust_check(done) == ("warn", f"from {base}; need their owners: infra/environments.yaml")


def test_the_doctor_warns_of_a_pull_request_that_decides_over_itself(checkout: Product) -> None:
    status, message = trust_check(checkout.run("doctor", "--sandbox", "--json", INFRAGATE_PULL_REQUEST="42"))
    assert status == "warn"
    assert message.startswith("pull request 42 decides over itself")
