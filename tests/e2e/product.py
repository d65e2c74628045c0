"""The product as its users have it: a git checkout of its own, the console script, a fresh HOME, a sandbox."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from infragate.adapters.aws import aws_api
from infragate.adapters.local import environments_file, own_folder, seal
from infragate.adapters.local.settings import Actor
from infragate.domain import manifest
from infragate.domain.cloud import AWS
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.modules import module_lock
from infragate.domain.terraform import provider_lock
from infragate.sandbox import instance
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.emulator_session import EmulatorSession
from infragate.usecases.session import Session

ROOT = Path(__file__).parents[2]
SCRIPT = Path(sys.executable).with_name("infragate")
PLAN = ("plan", "--env", "dev", "--sandbox")
APPLY = ("apply", "--env", "dev", "--sandbox")
PROVIDER_FILES = ("providers.tf", "versions.tf", ".terraform.lock.hcl")
CACHE = "INFRAGATE_TEST_CACHE"  # set by conftest.py: the one cache of a run, so that a sandbox is seeded once
COPIED = ("infra", "modules", "policy", "tasks.py")
STATE, DEV, PROD = "999999999999", "111111111111", "333333333333"
EMERGENCY = ("--break-glass", "--mfa-serial", "arn:aws:iam::999999999999:mfa/oncall-kim", "--mfa-code", "123456")
ACTOR = Actor(name="test", pull_request=None)
DOCUMENTS = json.loads((resources.files("infragate") / "schemas" / "documents.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(DOCUMENTS, format_checker=jsonschema.FormatChecker())


@dataclass(frozen=True, slots=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout, held against its published schema."""
        found: dict[str, Any] = json.loads(self.out)
        VALIDATOR.validate(found)
        return found

    @property
    def error(self) -> list[str]:
        """The three lines of the error."""
        lines = self.err.splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("error: ")]
        assert len(starts) == 1, self.err
        found = lines[starts[0] : starts[0] + 3]
        assert [line.partition(": ")[0] for line in found] == ["error", "where", "fix"], self.err
        assert "Traceback" not in self.err + self.out
        return found


GO = {"GOGC": "off", "GOMEMLIMIT": "1536MiB"}  # of Terraform and its providers: 12% less CPU than what the product sets
KEPT = ("PATH", "XDG_DATA_DIRS", "TF_CLI_CONFIG_FILE", "INFRAGATE_STATE", *GO)


@dataclass(slots=True)
class Product:
    """A checkout and how its verbs are called."""

    root: Path
    home: Path
    extra: dict[str, str] = field(default_factory=dict)
    _administrators: dict[str, EmulatorSession] = field(default_factory=dict)

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing inherited but PATH and what finds packages and providers."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {"HOME": str(self.home), "LANG": "C.UTF-8", "INFRAGATE_ROOT": str(self.root), "INFRAGATE_ACTOR": "alice"}
        return {**kept, **own, **self.extra, **more}

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        """A running verb; the caller waits for it."""
        return subprocess.Popen(
            [str(SCRIPT), *words],
            cwd=self.root,
            env=self.environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, **more: str) -> Done:
        """A verb, run to its end."""
        return ended(self.start(*words, **more))

    def ok(self, *words: str, **more: str) -> Done:
        """A verb that must end well."""
        done = self.run(*words, **more)
        assert done.code == 0, done.err + done.out + self.emulator_errors()
        return done

    def emulator_errors(self) -> str:
        """What the emulator's log says of its own failures."""
        log = own_folder.path(self.root) / "sandbox" / "emulator.log"
        lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
        return "\n".join(line for line in lines if "Error" in line or "unjudge" in line)

    @property
    def project(self) -> Project:
        return environments_file.load(self.root)

    @property
    def dev(self) -> Environment:
        return self.project.environment("dev")

    @property
    def stack(self) -> Path:
        return self.root / "infra" / "envs" / "dev"

    @property
    def plans(self) -> Path:
        """Where the plan files of dev lie."""
        return own_folder.path(self.root) / "sandbox" / "dev"

    def git(self, *words: str) -> str:
        return subprocess.run(["git", *words], cwd=self.root, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, text: str = "change") -> str:
        self.git("add", "-A")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "--allow-empty", "-m", text)
        return self.git("rev-parse", "HEAD")

    def cloud(self) -> SandboxCloud:
        return instance.ensure(self.root, self.project, say=lambda _: None)

    def administrator(self, service: str, account: str = STATE) -> Any:
        """A boto3 client that may do everything in one account of the sandbox."""
        if account not in self._administrators:
            cloud = self.cloud()
            keys = cloud.administrator(account)
            self._administrators[account] = EmulatorSession(cloud=cloud, region=self.project.region, credentials=keys)
        return self._administrators[account].client(service)

    def lock_items(self) -> list[str]:
        """Keys of the lock table's items that are locks (the others are digests)."""
        found = self.administrator("dynamodb").scan(TableName=self.project.state.lock_table)["Items"]
        return [item["LockID"]["S"] for item in found if "Info" in item]

    def object(self, key: str, env: str = "dev") -> bytes:
        """An object of the state bucket, read under the state role of plans: the bucket lets nobody else."""
        with self.reading(env) as s3:
            found: bytes = s3.get_object(Bucket=self.project.state.bucket, Key=key)["Body"].read()
        return found

    @contextmanager
    def reading(self, env: str = "dev") -> Iterator[Any]:
        """S3 under the state role of plans."""
        keys = self.session("plan", env).keys.state
        yield aws_api.client("s3", cloud=self.cloud(), region=self.project.region, credentials=keys)

    def session(self, purpose: Purpose, env: str = "dev") -> Session:
        """An Environment under one purpose, as the usecases have it."""
        return Session(
            root=self.root,
            project=self.project,
            environment=self.project.environment(env),
            purpose=purpose,
            cloud=self.cloud(),
            actor=ACTOR,
            say=lambda _: None,
            warn=lambda _: None,
        )

    def state(self) -> dict[str, Any]:
        """The present state of dev."""
        content: dict[str, Any] = json.loads(self.object(self.dev.state_key))
        return content

    def addresses(self) -> set[str]:
        """What the state holds."""
        return {f"{entry['type']}.{entry['name']}" for entry in self.state()["resources"] if entry["mode"] == "managed"}

    def record_keys(self) -> list[str]:
        """Keys of the records of applies, oldest first."""
        with self.reading() as s3:
            prefix = f"{self.dev.state_prefix}/records/"
            listed = s3.list_objects_v2(Bucket=self.project.state.bucket, Prefix=prefix).get("Contents", [])
        return sorted(entry["Key"] for entry in listed)

    def last_record(self) -> dict[str, Any]:
        """The record of the newest apply."""
        found: dict[str, Any] = json.loads(self.object(self.record_keys()[-1]))
        return found


def ended(process: subprocess.Popen[str]) -> Done:
    """A run's end; one that hangs is ended and fails the test."""
    try:
        out, err = process.communicate(timeout=1200)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Done(process.returncode, out, err)


def interrupt(process: subprocess.Popen[str], number: int = signal.SIGINT) -> Done:
    """What a run comes to after one signal."""
    process.send_signal(number)
    return ended(process)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for something that another program does."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.1)


@contextmanager
def checkout(
    folder: Path, *, small: str | None = None, extra: Mapping[str, str] | None = None, checksums: bool = False
) -> Iterator[Product]:
    """A git checkout whose path has spaces, with a HOME of its own; its sandbox is removed at the end.

    Args:
        small: HCL that takes the place of dev's Stack, where what the Stack holds does not matter. Without resources
            of AWS it has no provider: a verb then takes a sixth of the time.
        checksums: keep those of the provider lock files. Terraform reads the provider (700 MB) for them once for each of
            its commands, twice for `init`: a sixth of the CPU time of a plan.
    """
    root, home = folder / "a check out", folder / "home"
    home.mkdir(parents=True)
    root.mkdir()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        else:
            shutil.copy(source, root)
    (root / ".gitignore").write_text(".terraform/\nerrored.tfstate\n")
    add_waivers(root, WAIVED)
    apply_without_verdict(root)
    made = Product(
        root, home, {"INFRAGATE_CACHE": os.environ.get(CACHE, str(folder.parent / "cache")), **(extra or {})}
    )
    if small is not None:
        make_small(made, small)
    if not checksums:
        leave_checksums_out(root)
    made.git("init", "-q", "-b", "main")
    made.commit("first")
    try:
        yield made
    finally:
        if (root / "infra" / "environments.yaml").is_file():
            instance.down(root, wipe=True)


# What is refused elsewhere: programs that Terraform runs, providers without checksums, paths to the outside.
WAIVED = (
    ("code/provisioner", "terraform_data.*", "something that takes its time"),
    ("code/provisioner", "module.*.terraform_data.*", "something that takes its time"),
    ("code/provider-checksum", "registry.terraform.io/hashicorp/aws", "Terraform need not read it for each command"),
    ("code/function-path", "output.stolen", "what a plan can read is shown nowhere"),
)


def apply_without_verdict(root: Path) -> None:
    """No apply in this checkout needs the gate, which has tests of its own."""
    rules = root / "policy" / "gate.yaml"
    rules.write_text(rules.read_text().replace("apply: verdict", "apply: nothing"))


def add_waivers(root: Path, waived: Iterable[tuple[str, str, str]], *, days: int = 30) -> None:
    """Add entries of id, address and reason to the register of exceptions."""
    path = root / "policy" / "waivers.yaml"
    register = yaml.safe_load(path.read_text())
    end = datetime.now(UTC).date() + timedelta(days=days)
    about = {"owner": "@tests", "link": "https://example.com/1", "expires": str(end)}
    added = [{"id": id_, "address": address, "reason": reason, **about} for id_, address, reason in waived]
    path.write_text(yaml.safe_dump({**register, "waivers": [*(register["waivers"] or ()), *added]}))


def make_small(product: Product, text: str, env: str = "dev") -> None:
    """Put other resources in the place of dev's: same backend, same tags, the provider only for resources of AWS."""
    stack = product.root / product.project.environment(env).directory
    (stack / "main.tf").write_text(text + SMALL_LOCALS.replace('"dev"', f'"{env}"'))
    unlock(product.root, product.project.environment(env).directory)
    (stack / "outputs.tf").unlink(missing_ok=True)
    (stack / "variables.tf").write_text(SMALL_VARIABLES)
    values = SMALL_VALUES.replace(DEV, product.project.environment(env).account_id)
    (stack / f"{env}.tfvars").write_text(values)
    if '"aws_' in text:
        for name in PROVIDER_FILES:
            shutil.copy(ROOT / "infra" / "envs" / "dev" / name, stack)
        leave_checksums_out(stack)
    else:
        leave_provider_out(stack)


def leave_checksums_out(folder: Path) -> None:
    """Let the lock files below a folder name versions only."""
    for path in folder.rglob(".terraform.lock.hcl"):
        path.write_text(provider_lock.without_hashes(path.read_text()))


def leave_provider_out(stack: Path) -> None:
    """Make a Stack's files ask for no provider."""
    (stack / "providers.tf").write_text("# no provider\n")
    (stack / "versions.tf").write_text('terraform {\n  required_version = ">= 1.11.0, < 2.0.0"\n}\n')
    (stack / ".terraform.lock.hcl").write_text("# no provider\n")


def write(product: Product, *parts: str) -> None:
    """Commit other resources in the place of dev's."""
    make_small(product, "".join(parts))
    product.commit()


def edit_manifest(path: Path, **fields: object) -> None:
    """Change fields of a Manifest and seal it again, as only somebody with the key can."""
    mac = partial(seal.mac, cloud=AWS)
    document = manifest.opened(json.loads(path.read_text()), mac, where=str(path))
    path.write_text(json.dumps(manifest.sealed({**document, **fields}, mac)))


def planned(product: Product, *parts: str) -> None:
    """Leave a plan to apply; with parts, of those."""
    if parts:
        write(product, *parts)
    product.ok(*PLAN)


def restored(product: Product) -> Iterator[Product]:
    """Lend a checkout: what is written into it is gone afterwards, what is applied stays."""
    yield product
    product.git("reset", "-q", "--hard")
    product.git("clean", "-q", "-fd")
    (product.stack / "errored.tfstate").unlink(missing_ok=True)


def unlock(root: Path, folder: str = "infra/envs/dev") -> None:
    """Take a Stack's pins out of the module lock: it calls no modules any more."""
    path = root / module_lock.FILE
    if path.exists():
        lock = module_lock.parse(path.read_text())
        path.write_text(module_lock.with_stack(lock, folder, module_lock.EMPTY).text())


SMALL_LOCALS = """
locals {
  tags = { org = "acme", env = "dev", service = "fileflow", version = "1.0", owner = "team-fileflow" }
}
"""
SMALL_VARIABLES = """
variable "region" { type = string }
variable "account_id" { type = string }
"""
SMALL_VALUES = """
region     = "ap-northeast-2"
account_id = "111111111111"
"""


def stored(name: str, number: int = 1, *, after: str = "") -> str:
    """HCL of something that the state alone keeps: no provider is started for it."""
    return f"""
resource "terraform_data" "{name}" {{
  input      = {number}
  depends_on = [{after}]
}}
"""


def log(name: str) -> str:
    """HCL of a log group of dev's: made in a moment, by the AWS provider."""
    return f"""
resource "aws_cloudwatch_log_group" "{name}" {{
  name              = "/ecs/fileflow-dev-{name}"
  retention_in_days = 1
}}
"""


def slow(seconds: int, after: str, name: str = "slow") -> str:
    """HCL of something that takes its time."""
    return f"""
resource "terraform_data" "{name}" {{
  depends_on = [{after}]

  provisioner "local-exec" {{
    command = "sleep {seconds}"
  }}
}}
"""
