"""Records what Terraform and git print when they fail, for the table in `domain/terraform/known_messages.py`.

Real `terraform` and `git` run against servers on this machine: git over http that answers 401, 403 or 404, TLS with an
unknown certificate, connections that close too early, a stand-in for `ssh` that says what OpenSSH says, providers that
crash or have another hash. The record, `tests/data/messages.json`, is what tests/unit/domain/test_known_messages.py
reads. Takes about a minute; run it again after a new release of Terraform or git:

    .venv/bin/python benchmarks/record_messages.py
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RECORD = ROOT / "tests" / "data" / "messages.json"
sys.path.insert(0, str(ROOT))

from tests.e2e import failing_servers as servers  # noqa: E402 - after the path
from tests.e2e.failing_servers import Servers  # noqa: E402

from infragate.sandbox.isolation import NOWHERE  # noqa: E402

PROVIDER = "registry.terraform.io/acme/broken"
REQUIRED = 'terraform {\n  required_providers {\n    broken = { source = "acme/broken", version = "1.0.0" }\n  }\n}\n'
LOCKED = f'provider "{PROVIDER}" {{\n  version = "1.0.0"\n  hashes = ["h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]\n}}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One failure: the configuration, the commands of which the last one fails.

    Attributes:
        commands: words after `terraform`; `git` first for git itself.
        provider: script of a provider in a mirror on this disk.
        later: what the files hold when the last command runs.
        environment: further variables.
    """

    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[str, ...] = ("init -json -input=false", "plan -json -input=false")
    provider: str | None = None
    later: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def module(source: str) -> dict[str, str]:
    return {"main.tf": f'module "m" {{\n  source = "{source}"\n}}\n'}


def of_git(at: Servers) -> Iterator[Case]:
    """Modules that cannot be fetched."""
    init = ("init -json -input=false",)
    sources = {
        "git 401": f"git::{at.http}/401/infra.git?ref=v1.0.0",
        "git 401 with a password": f"git::{at.http.replace('//', '//kim:wrong@')}/401/infra.git?ref=v1.0.0",
        "git 403": f"git::{at.http}/403/infra.git?ref=v1.0.0",
        "git 404": f"git::{at.http}/404/infra.git?ref=v1.0.0",
        "git 500": f"git::{at.http}/500/infra.git?ref=v1.0.0",
        "git closed connection": f"git::{at.http}/closed/infra.git?ref=v1.0.0",
        "git unknown certificate": f"git::{at.https}/401/infra.git?ref=v1.0.0",
        "git early EOF": f"git::{at.git}/cut.git?ref=v1.0.0",
        "git refused connection": f"git::{at.closed}/infra.git?ref=v1.0.0",
        "git no such host": "git::http://modules.invalid/infra.git?ref=v1.0.0",
        "git publickey denied": "git::ssh://git@denied.example/o/infra.git?ref=v1.0.0",
        "git unknown host key": "git::ssh://git@unknown-key.example/o/infra.git?ref=v1.0.0",
        "git changed host key": "git::ssh://git@changed-key.example/o/infra.git?ref=v1.0.0",
        "git repository not found": "git::ssh://git@gone.example/o/infra.git?ref=v1.0.0",
        "git ssh closed": "git::ssh://git@closed.example/o/infra.git?ref=v1.0.0",
        "git ssh no such host": "git::ssh://git@nowhere.example/o/infra.git?ref=v1.0.0",
        "git no such tag": f"git::file://{at.repository}?ref=v9.9.9",
        "git no such commit": f"git::file://{at.repository}?ref=0123456789012345678901234567890123456789",
        "git shallow commit": f"git::file://{at.repository}?depth=1&ref={at.commit}",
        "git shallow tag": f"git::file://{at.repository}?depth=1&ref=v9.9.9",
        "git no such folder": f"git::file://{at.repository}//nope?ref=v1.0.0",
        "git no repository": "git::file:///nowhere/infra.git?ref=v1.0.0",
        "local path": "./nope",
        "no such scheme": "gitt::https://modules.example/infra.git",
        "not a source": "modules/m",
    }
    for name, source in sources.items():
        yield Case(name=name, files=module(source), commands=init)
    other = module("git::https://github.com/acme/network.git?ref=v1.0.0")
    yield Case(name="sandbox other repository", files=other, commands=init, environment={"HTTPS_PROXY": NOWHERE})
    yield Case(name="get publickey denied", files=module(sources["git publickey denied"]), commands=("get -no-color",))
    yield Case(name="get no such tag", files=module(sources["git no such tag"]), commands=("get -no-color",))
    two = '\nmodule "n" {\n  source = "./nope"\n}\n'
    yield Case(name="get two errors", files={"main.tf": module("./none")["main.tf"] + two}, commands=("get -no-color",))
    yield Case(name="ls-remote 401", commands=(f"git ls-remote --tags -- {at.http}/401/infra.git",))
    yield Case(
        name="ls-remote publickey denied", commands=("git ls-remote --tags -- ssh://git@denied.example/o/r.git",)
    )
    yield Case(name="ls-remote 404", commands=(f"git ls-remote --tags -- {at.http}/404/infra.git",))
    yield Case(name="checkout of another owner", commands=("git -C OTHERS status",))


def of_configuration() -> Iterator[Case]:
    """What Terraform says of configuration, values and imports."""
    data = 'resource "terraform_data" "{}" {{\n  input = {}\n}}\n'
    cycle = data.format("a", "terraform_data.b.output") + data.format("b", "terraform_data.a.output")
    texts = {
        "cycle": cycle,
        "local cycle": "locals {\n  a = local.b\n  b = local.a\n}\n",
        "import of nothing": 'import {\n  to = terraform_data.a\n  id = "x"\n}\n',
        "undeclared": 'output "o" {\n  value = var.nope\n}\n',
        "syntax": 'resource "terraform_data" "a" {\n  input = = 1\n}\n',
        "missing brace": 'resource "terraform_data" "a" {\n  input = 1\n',
        "duplicate": data.format("a", 1) + data.format("a", 2),
        "two kinds of repetition": 'resource "terraform_data" "a" {\n  count = 1\n  for_each = {}\n}\n',
        "for_each of a list": 'resource "terraform_data" "a" {\n  for_each = ["x"]\n}\n',
        "invalid function argument": 'output "o" {\n  value = cidrsubnet("10.0.0.0/99", 1, 1)\n}\n',
        "missing variable": 'variable "size" {\n  type = number\n}\n',
        "core version": 'terraform {\n  required_version = "~> 9.0"\n}\n',
        "postcondition": 'resource "terraform_data" "a" {\n  input = 1\n  lifecycle {\n    postcondition {\n'
        '      condition     = self.input > 2\n      error_message = "too small"\n    }\n  }\n}\n',
        "moved twice": data.format("a", 1) + "moved {\n  from = terraform_data.x\n  to   = terraform_data.a\n}\n"
        "moved {\n  from = terraform_data.x\n  to   = terraform_data.b\n}\n",
        "required provider unknown": 'resource "nosuch_thing" "a" {}\n',
        "backend unknown": 'terraform {\n  backend "s4" {}\n}\n',
        "two backends": 'terraform {\n  backend "local" {}\n  backend "s3" {}\n}\n',
        "backend argument": 'terraform {\n  backend "local" {\n    pth = "x"\n  }\n}\n',
    }
    for name, text in texts.items():
        yield Case(name=name, files={"main.tf": text})
    typed = {"variables.tf": 'variable "size" {\n  type = number\n}\n', "x.tfvars": 'size = "big"\n'}
    plan = ("init -json -input=false", "plan -json -input=false -var-file=x.tfvars")
    yield Case(name="wrong type", files=typed, commands=plan)
    yield Case(name="unreadable values", files={**typed, "x.tfvars": 'size = "big\n'}, commands=plan)
    yield Case(
        name="undeclared value",
        files={"x.tfvars": "sizze = 1\n", "main.tf": data.format("a", "local.b")},
        commands=plan,
    )
    checks = "".join(
        f'check "{name}" {{\n  assert {{\n    condition     = terraform_data.a.input > {size}\n'
        f'    error_message = "{name} is small"\n  }}\n}}\n'
        for name, size in (("cache", 1), ("disk", 2))
    )
    save = ("init -json -input=false", "plan -json -input=false -out=p", "apply -json -input=false p")
    yield Case(name="failed checks", files={"main.tf": checks + data.format("a", 1)}, commands=save)
    stale = (
        *save,
        "plan -json -input=false -destroy -out=q",
        "apply -json -input=false -auto-approve -replace=terraform_data.a",
    )
    yield Case(
        name="stale plan",
        files={"main.tf": data.format("a", "timestamp()")},
        commands=(*stale, "apply -json -input=false q"),
    )
    yield Case(
        name="state is locked",
        files={"main.tf": data.format("a", 1)},
        commands=("init -json -input=false", "LOCKED plan -json -input=false"),
    )


def of_providers() -> Iterator[Case]:
    """Providers: hashes, versions, programs that break."""
    init = "init -json -input=false -lockfile=readonly"
    code, use = {"main.tf": REQUIRED}, 'provider "broken" {}\nresource "broken_thing" "a" {}\n'
    dead = "#!/bin/sh\necho 'panic: runtime error: invalid memory address' >&2\nexit 2\n"
    yield Case(name="provider hash", files={**code, ".terraform.lock.hcl": LOCKED}, commands=(init,), provider=dead)
    yield Case(name="provider not in lock", files=code, commands=(init,), provider=dead)
    other = {"main.tf": REQUIRED.replace("1.0.0", "2.0.0")}
    yield Case(name="provider version", files={**other, ".terraform.lock.hcl": LOCKED}, commands=(init,), provider=dead)
    yield Case(name="provider nowhere", files=other, commands=("init -json -input=false",), provider=dead)
    changed = ("init -json -input=false", "BREAK plan -json -input=false")
    yield Case(name="provider changed after init", files={"main.tf": REQUIRED + use}, commands=changed, provider=dead)
    for name, script in {
        "provider panics": dead,
        "provider prints": "#!/bin/sh\necho hello\n",
        "provider is no program": "garbage",
    }.items():
        yield Case(name=name, files={"main.tf": REQUIRED + use}, provider=script)
    alias = 'provider "terraform" {\n  alias = "x"\n}\n'
    made = {"main.tf": alias + 'resource "terraform_data" "a" {\n  provider = terraform.x\n}\n'}
    yield Case(
        name="provider configuration",
        files=made,
        later={"main.tf": 'output "x" {\n  value = 1\n}\n'},
        commands=("init -json -input=false", "apply -json -input=false -auto-approve", "plan -json -input=false"),
    )


class Recorder:
    """Runs cases in a folder of their own and writes down what they print."""

    def __init__(self, folder: Path, at: Servers) -> None:
        self.folder, self.at = folder, at
        self.mirror = folder / "mirror"
        (folder / "cli.tfrc").write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.mirror}"\n  }}\n}}\n'
        )

    def record(self, case: Case) -> dict[str, Any]:
        """One entry of the record."""
        place = self.folder / "root"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name, text in case.files.items():
            (place / name).write_text(text)
        self._serve_provider(case.provider)
        said: list[Any] = []
        for words in case.commands:
            if words == case.commands[-1]:
                for name, text in case.later.items():
                    (place / name).write_text(text)
            done = self._run(words.split(), place, case.environment)
            said += [entry for line in done.stdout.splitlines() if (entry := _diagnostic(line))]
            if done.returncode:
                break
        print(f"{case.name}: {done.returncode}", flush=True)
        entry = {"name": case.name, "command": " ".join(done.args[:2])}
        entry |= {"diagnostics": said} if said else {"text": done.stderr}
        plain: dict[str, Any] = json.loads(self._plain(json.dumps(entry)))
        return plain

    def _run(self, words: list[str], place: Path, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        first, *rest = words
        if first == "BREAK":
            next(self.mirror.rglob("terraform-provider-broken*")).write_text("changed")
        if first == "LOCKED":
            empty = {"version": 4, "serial": 1, "lineage": "x", "outputs": {}, "resources": []}
            (place / "terraform.tfstate").write_text(json.dumps(empty))
            with servers.locked(place / "terraform.tfstate"):
                return self._run(rest, place, more)
        if first == "git":
            rest = [str(self.folder / "others") if word == "OTHERS" else word for word in rest]
        argv = ["git", *rest] if first == "git" else ["terraform", *(rest if first == "BREAK" else words)]
        environment = {
            "PATH": f"{self.at.programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "TF_CLI_CONFIG_FILE": str(self.folder / "cli.tfrc"),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            **more,
        }
        return subprocess.run(
            argv,
            check=False,
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _serve_provider(self, script: str | None) -> None:
        shutil.rmtree(self.mirror, ignore_errors=True)
        self.mirror.mkdir()
        if script is not None:
            program = self.mirror / PROVIDER / "1.0.0" / "linux_amd64" / "terraform-provider-broken_v1.0.0"
            program.parent.mkdir(parents=True)
            program.write_text(script)
            program.chmod(0o755)

    def _plain(self, text: str) -> str:
        """Without what differs from run to run."""
        text = text.replace(str(self.folder), "/srv").replace(self.at.commit, "c0ffee" * 6 + "c0ff")
        text = re.sub(r"127\.0\.0\.1:\d{2,}", "127.0.0.1:1234", text)
        return re.sub(r"127\.0\.0\.1 port \d{2,}( after \d+ ms)?", "127.0.0.1 port 1234", text)


def _diagnostic(line: str) -> Any:
    try:
        return json.loads(line).get("diagnostic")
    except ValueError:
        return None


def main() -> None:
    """Record every case."""
    with tempfile.TemporaryDirectory() as name, servers.serving(Path(name)) as at:
        recorder = Recorder(Path(name), at)
        servers.checkout_of_another(Path(name) / "others")
        cases = [*of_git(at), *of_configuration(), *of_providers()]
        RECORD.write_text(json.dumps([recorder.record(case) for case in cases], indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
