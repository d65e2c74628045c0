"""The recipes of docs/state-backend.md, typed into a shell as they stand there, on a state in the sandbox."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.e2e import documents, product
from tests.e2e.backend_checkout import ROOT

from infragate.adapters.aws import aws_api
from infragate.adapters.local import environments_file, settings
from infragate.adapters.tools import tool_store
from infragate.sandbox import instance
from infragate.usecases.session import Session

PAGE, KEY = "state-backend.md", "fileflow/dev/terraform.tfstate"
FUNCTIONS = documents.recipes(PAGE, "Working on a state by hand")
STACK = """
terraform {
  backend "s3" {
    bucket         = "acme-fileflow-tfstate"
    key            = "fileflow/dev/terraform.tfstate"
    region         = "ap-northeast-2"
    encrypt        = true
    kms_key_id     = "alias/acme-fileflow-tfstate"
    dynamodb_table = "acme-fileflow-tflock"
  }
}
variable "word" { type = string }
resource "terraform_data" "this" { input = var.word }
"""


@dataclass(slots=True)
class Desk:
    """A checkout with a small stack, and a shell in it with `inv`, `aws` and `terraform`."""

    root: Path
    programs: Path

    def inv(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run(["inv", *words])

    def type(self, heading: str, *blocks: int, **variables: str) -> str:
        """Type recipes of the page: the shell functions, then these blocks below a heading; what was printed."""
        chosen = documents.recipes(PAGE, heading)
        text = "\n".join([*FUNCTIONS, *(chosen[number] for number in blocks or range(len(chosen)))])
        done = self._run(["bash", "-euo", "pipefail", "-c", text], **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def write(self, word: str) -> None:
        """A word in the state, by plan and apply."""
        (self.root / "infra" / "envs" / "dev" / "dev.tfvars").write_text(f'word = "{word}"\n')
        for verb in ("plan", "apply"):
            done = self.inv(verb, "--env", "dev")
            assert done.returncode == 0, done.stderr

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.client("s3").get_object(Bucket=self.bucket, Key=KEY)["Body"].read())
        return found

    @property
    def word(self) -> str:
        return str(self.state["resources"][0]["instances"][0]["attributes"]["input"]["value"])

    @property
    def bucket(self) -> str:
        return environments_file.load(self.root).state.bucket

    def client(self, service: str) -> Any:
        """Under the state role for apply."""
        cloud = instance.ensure(self.root, environments_file.load(self.root), say=lambda _: None)
        session = Session(
            root=self.root,
            project=cloud.project,
            environment=cloud.project.environment("dev"),
            purpose="apply",
            cloud=cloud,
            actor=settings.actor(),
            say=lambda _: None,
            warn=lambda _: None,
        )
        return aws_api.client(service, cloud=cloud, region=cloud.project.region, credentials=session.keys.state)

    def _run(self, argv: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        environment = settings.child_environment(
            INFRAGATE_ROOT=str(self.root), INFRAGATE_STATE=os.environ["INFRAGATE_STATE"], **variables
        )
        environment["PATH"] = f"{self.programs}:{environment['PATH']}"
        return subprocess.run(
            argv, cwd=self.root, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("recipes")
    made = Desk(_checkout(folder / "checkout"), _programs(folder / "bin"))
    try:
        made.write("first")
        made.write("second")
        yield made
    finally:
        instance.down(made.root, wipe=True)


def _checkout(root: Path) -> Path:
    stack = root / "infra" / "envs" / "dev"
    stack.mkdir(parents=True)
    (stack / "main.tf").write_text(STACK)
    (stack / ".terraform.lock.hcl").write_text("")
    settings_ = yaml.safe_load((ROOT / "infra" / "environments.yaml").read_text())
    settings_["environments"] = {"dev": settings_["environments"]["dev"]}
    (root / "infra" / "environments.yaml").write_text(yaml.safe_dump(settings_, sort_keys=False))
    shutil.copytree(ROOT / "infra" / "bootstrap", root / "infra" / "bootstrap")
    product.leave_checksums_out(root)
    shutil.copytree(ROOT / "policy" / "tools", root / "policy" / "tools")
    shutil.copytree(ROOT / "modules" / "sg", root / "modules" / "sg")
    return root


def _programs(folder: Path) -> Path:
    """`inv` works in the sandbox, `aws` is our stand-in, `terraform` the one that the verbs use."""
    folder.mkdir()
    python, terraform = sys.executable, tool_store.program("terraform", ROOT).path
    scripts = {
        "inv": f'verb=$1; shift; exec "{python}" -m infragate "$verb" --sandbox "$@"',
        "aws": f'exec "{python}" "{ROOT}/tests/e2e/aws_stand_in.py" "$@"',
        "terraform": f'exec "{terraform}" "$@"',
    }
    for name, line in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def test_a_dead_lock_is_freed(desk: Desk) -> None:
    info = {"ID": "6f9c1c33-0000-4000-8000-000000000000", "Operation": "OperationTypeApply", "Who": "kim@laptop"}
    item = {"LockID": {"S": f"{desk.bucket}/{KEY}"}, "Info": {"S": json.dumps(info)}}
    desk.client("dynamodb").put_item(TableName="acme-fileflow-tflock", Item=item)
    text = desk.type("Free a dead lock", LOCK_ID=info["ID"])
    assert "kim@laptop" in text
    assert "held by" not in desk.inv("doctor", "--env", "dev").stdout


def test_a_digest_that_does_not_fit_is_corrected(desk: Desk) -> None:
    item = {"LockID": {"S": f"{desk.bucket}/{KEY}-md5"}, "Digest": {"S": "0" * 32}}
    desk.client("dynamodb").put_item(TableName="acme-fileflow-tflock", Item=item)
    refused = desk.inv("plan", "--env", "dev")
    assert refused.returncode == 7
    assert "docs/state-backend.md, 'State digest'" in refused.stderr
    (calculated,) = re.findall(r"calculated ([0-9a-f]{32})", refused.stderr)
    assert "VersionId" in desk.type("State digest", CALCULATED=calculated)


def _oldest(desk: Desk) -> str:
    found = desk.client("s3").list_object_versions(Bucket=desk.bucket, Prefix=KEY)["Versions"]
    states = [one for one in found if one["Key"] == KEY and one["Size"] > 100]
    return str(min(states, key=lambda one: one["LastModified"])["VersionId"])


def test_an_older_state_is_restored_under_the_next_serial(desk: Desk) -> None:
    serial = desk.state["serial"]
    desk.type("Restore a state", 0, VERSION=_oldest(desk))
    assert desk.word == "first"
    assert desk.state["serial"] > serial  # Terraform counts once more when it pushes
    assert list(desk.root.glob("*.tfstate")) == []


def test_an_object_that_is_no_state_is_replaced(desk: Desk) -> None:
    good = desk.client("s3").get_object(Bucket=desk.bucket, Key=KEY)["Body"].read()
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/acme-fileflow-tfstate"}
    desk.client("s3").put_object(Bucket=desk.bucket, Key=KEY, Body=b"rubbish", **sealed)
    (desk.root / "old.tfstate").write_bytes(good)
    desk.type("Restore a state", 1)
    assert desk.inv("plan", "--env", "dev").returncode == 0


def test_a_state_that_could_not_be_saved_is_pushed(desk: Desk) -> None:
    state = desk.state
    state["serial"] += 1
    errored = desk.root / "infra" / "envs" / "dev" / "errored.tfstate"
    errored.write_text(json.dumps(state))
    assert [desk.inv(verb, "--env", "dev").returncode for verb in ("plan", "apply")] == [7, 7]
    desk.type("errored.tfstate")
    assert desk.state["serial"] >= state["serial"]
    assert not errored.exists()


def test_a_state_moves_to_a_new_backend(desk: Desk) -> None:
    word, old = desk.word, desk.bucket
    desk.type("Change the backend", 0)
    for path in (desk.root / "infra" / "environments.yaml", desk.root / "infra" / "envs" / "dev" / "main.tf"):
        text = (
            path.read_text().replace("fileflow-tfstate", "fileflow-state").replace("fileflow-tflock", "fileflow-lock")
        )
        path.write_text(text)
    desk.type("Change the backend", 1)
    plans = desk.type("Change the backend", 2)
    assert desk.bucket != old
    assert desk.word == word
    # The first plan knows no state; the second one knows what was pushed, and that tfvars say another word.
    assert re.findall(r"Plan: .*", plans) == [
        "Plan: 1 to add, 0 to change, 0 to destroy.",
        "Plan: 0 to add, 1 to change, 0 to destroy.",
    ]
