"""A checkout of two Environments with a seeded sandbox, and `bootstrap-backend` called as its users call it."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from tests.e2e.product import leave_checksums_out

from aws_emulator.application import control_token
from infragate.adapters.local import environments_file, own_folder, settings, user_keys
from infragate.domain.environment import Project
from infragate.sandbox import control, instance
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.emulator_session import EmulatorSession

ROOT = Path(__file__).parents[2]
STATE, DEV = "999999999999", "111111111111"
STATE_KEY = "bootstrap/state/terraform.tfstate"
SCHEMA = json.loads((resources.files("infragate") / "schemas" / "documents.schema.json").read_text())
READS = ("Get", "List", "Describe", "Head", "Lookup", "AssumeRole", "SetSourceIdentity", "Decrypt")


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended; `writes` are the actions that it took in AWS and that read nothing."""

    code: int
    out: str
    err: str
    writes: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        jsonschema.validate(found, SCHEMA, format_checker=jsonschema.FormatChecker())
        return found

    def root(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(root for root in self.document["result"]["roots"] if root["name"] == name)
        return found

    @property
    def differences(self) -> dict[tuple[str, str], dict[str, Any]]:
        """By thing and setting."""
        roots = self.document["result"]["roots"]
        return {(one["thing"], one["setting"]): one for root in roots for one in root["differences"]}


@dataclass(slots=True)
class Checkout:
    """The copy of a checkout; its path has spaces."""

    root: Path
    _inside: dict[str, EmulatorSession] = field(default_factory=dict)

    @property
    def project(self) -> Project:
        return environments_file.load(self.root)

    def up(self) -> SandboxCloud:
        return instance.ensure(self.root, self.project, say=lambda _: None)

    def client(self, service: str, account: str = STATE) -> Any:
        """As the account's administrator."""
        if account not in self._inside:
            cloud = self.up()
            keys = cloud.administrator(account)
            self._inside[account] = EmulatorSession(cloud=cloud, region=cloud.project.region, credentials=keys)
        return self._inside[account].client(service)

    def bootstrap(self, *flags: str) -> Done:
        """`bootstrap-backend --sandbox --json` for dev, to its end."""
        return self.run("bootstrap-backend", "--json", *(flags if "--env" in flags else ("--env", "dev", *flags)))

    def run(self, *words: str) -> Done:
        """A verb in the sandbox, to its end."""
        self.up()
        before = self._calls(0)["next"]
        done = subprocess.run(
            [sys.executable, "-m", "infragate", *words, "--sandbox"],
            cwd=self.root.parent,
            env=settings.child_environment(
                INFRAGATE_ROOT=str(self.root), INFRAGATE_STATE=os.environ["INFRAGATE_STATE"]
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        actions = [call["action"] for call in self._calls(before)["calls"]]
        writes = tuple(action for action in actions if not action.partition(":")[2].startswith(READS))
        return Done(done.returncode, done.stdout, done.stderr, writes)

    def settings(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change `infra/environments.yaml`."""
        path = self.root / "infra" / "environments.yaml"
        document = yaml.safe_load(path.read_text())
        change(document)
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    @property
    def own_state(self) -> dict[str, Any] | None:
        """Bootstrap's state of the state account, from the bucket."""
        s3, bucket = self.client("s3"), self.project.state.bucket
        if not s3.list_objects_v2(Bucket=bucket, Prefix=STATE_KEY).get("Contents"):
            return None
        found: dict[str, Any] = json.loads(s3.get_object(Bucket=bucket, Key=STATE_KEY)["Body"].read())
        return found

    @property
    def local_state(self) -> Path:
        return own_folder.path(self.root) / "sandbox" / "bootstrap" / "state" / "terraform.tfstate"

    @property
    def _port(self) -> int:
        return int((self.up().endpoint or "").rpartition(":")[2])

    def _calls(self, since: int) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        token = control_token(user_keys.read(control.KEY))
        connection.request("GET", f"/emulator/calls?since={since}", headers={"X-Emulator-Token": token})
        found: dict[str, Any] = json.loads(connection.getresponse().read())
        connection.close()
        assert not since or not found["lost"]
        return found


@contextmanager
def standing(folder: Path) -> Iterator[Checkout]:
    """A checkout with dev and prod; its sandbox is wiped afterwards."""
    root = folder / "a checkout with spaces"
    (root / "infra").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "environments.yaml", root / "infra")
    shutil.copytree(ROOT / "infra" / "bootstrap", root / "infra" / "bootstrap")
    leave_checksums_out(root)
    shutil.copytree(ROOT / "policy" / "tools", root / "policy" / "tools")
    shutil.copytree(ROOT / "modules" / "sg", root / "modules" / "sg")
    made = Checkout(root)
    made.settings(lambda document: document["environments"].pop("stg"))
    try:
        yield made
    finally:
        instance.down(root, wipe=True)
