"""Records the plan of one root with several versions of Terraform and OpenTofu, for tests/data/versions.

    .venv/bin/python benchmarks/record_versions.py --providers FOLDER PROGRAM...

FOLDER is a mirror of providers with hashicorp/aws 5.100.0 (`terraform providers mirror`). No cloud is reached: what is in
the state before is `terraform_data`, and two resources that are written into it here. The second plan is recorded: it
creates, updates, replaces, deletes, imports and moves, has count, for_each with odd keys, two providers, a secret, and a
check that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "tests" / "data" / "versions"
LATER, STATE = "later.tf", "terraform.tfstate"
FIRST = ("counted", "keyed", "replaced", "updated")
REGISTRIES = ("registry.terraform.io", "registry.opentofu.org")
SECRET = "password=canary-s3cr3t-44"


def main() -> None:
    """Record with each program."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--providers", type=Path, required=True)
    arguments.add_argument("programs", type=Path, nargs="+")
    given = arguments.parse_args()
    for program in given.programs:
        with tempfile.TemporaryDirectory() as folder:
            record(program, given.providers.resolve(), Path(folder))


def record(program: Path, providers: Path, folder: Path) -> None:
    """Record with one program, in an empty folder."""
    settings, root = folder / "settings", folder / "root"
    settings.write_text(
        f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror(providers, folder)}" }}\n}}\n'
    )
    shutil.copytree(DATA / "code", root, ignore=shutil.ignore_patterns(LATER))
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": str(settings)}

    def run(*words: str) -> bytes:
        done = subprocess.run([str(program), *words], cwd=root, env=environment, check=True, capture_output=True)
        return done.stdout

    run("init")
    targets = [f"-target=terraform_data.{name}" for name in FIRST]
    run("apply", "-auto-approve", "-refresh=false", "-var=step=1", f"-var={SECRET}", *targets)
    (root / STATE).write_text(
        json.dumps(with_more(json.loads((root / STATE).read_text()), tofu="tofu" in program.name))
    )
    shutil.copy(DATA / "code" / LATER, root)
    run("plan", "-refresh=false", "-var=step=2", f"-var={SECRET}", "-out=plan")
    shown = run("show", "-json", "plan")
    version = json.loads(run("version", "-json"))["terraform_version"]
    kind = "tofu" if "tofu" in program.name else "terraform"
    (DATA / f"{kind}-{version}.json").write_bytes(shown)


def mirror(providers: Path, folder: Path) -> Path:
    """The same providers under the names of both registries; of folders, only the last may be a link."""
    for unpacked in (providers / REGISTRIES[0]).glob("*/*/*/*"):
        for name in REGISTRIES:
            link = folder / "mirror" / name / unpacked.relative_to(providers / REGISTRIES[0])
            link.parent.mkdir(parents=True)
            link.symlink_to(unpacked)
    return folder / "mirror"


def with_more(state: dict[str, Any], *, tofu: bool) -> dict[str, Any]:
    """A state with a gateway that the code has no more, and an object that moves."""
    subnet = {"connectivity_type": "private", "subnet_id": "subnet-0123456789abcdef0", "tags": {}, "tags_all": {}}
    gone = entry(
        "aws_nat_gateway", "gone", f"{REGISTRIES[tofu]}/hashicorp/aws", {"id": "nat-0123456789abcdef0", **subnet}
    )
    empty = {"id": "11111111-2222-3333-4444-555555555555", "input": None, "output": None, "triggers_replace": None}
    moved = entry("terraform_data", "before", "terraform.io/builtin/terraform", empty)
    return {**state, "serial": state["serial"] + 1, "resources": [*state["resources"], gone, moved]}


def entry(kind: str, name: str, provider: str, values: dict[str, Any]) -> dict[str, Any]:
    """A resource of a state."""
    about = {"mode": "managed", "type": kind, "name": name, "provider": f'provider["{provider}"]'}
    return {**about, "instances": [{"schema_version": 0, "attributes": values, "sensitive_attributes": []}]}


if __name__ == "__main__":
    main()
