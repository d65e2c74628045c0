"""Modules under `terraform test`, with the provider of the Stacks' lock file and nothing else."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e import product

from infragate.adapters.local import settings
from infragate.adapters.terraform import provider_source
from infragate.adapters.tools import tool_store

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/main.tf"))
LOCK = ROOT / "infra" / "envs" / "dev" / provider_source.LOCK_FILE


@dataclass(frozen=True, slots=True)
class Ended:
    """How `terraform test` ended: its code, each run's status by file and name, and what it said."""

    code: int
    runs: dict[tuple[str, str], str]
    said: str


def terraform_test(folder: Path) -> Ended:
    """Run the tests of a root folder with the provider of the Stacks' lock file."""
    shutil.copy(LOCK, folder)
    product.leave_checksums_out(folder)
    program = str(tool_store.program("terraform", ROOT).path)
    environment = settings.child_environment(
        TF_CLI_CONFIG_FILE=str(provider_source.cli_file(folder, folder)),
        CHECKPOINT_DISABLE="1",
        TF_IN_AUTOMATION="1",
        **product.GO,
    )

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *words], cwd=folder, env={**environment, **more}, capture_output=True, text=True
        )

    made = run("init", "-backend=false", "-input=false", "-no-color", "-lockfile=readonly")
    assert made.returncode == 0, made.stderr
    with provider(folder, environment) as started:
        done = run("test", "-json", TF_REATTACH_PROVIDERS=started)
    return Ended(done.returncode, statuses(done.stdout), done.stdout + done.stderr)


@contextmanager
def provider(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The provider that `init` linked, started once, and how Terraform reaches it.

    Terraform would start it for each mocked run again, fifty times a module: nine tenths of the time.
    """
    (program,) = (folder / ".terraform" / "providers").glob("*/*/*/*/*/terraform-provider-*")
    process = subprocess.Popen(
        [program, "-debug"], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        said = (re.search(r"TF_REATTACH_PROVIDERS='(.*)'", line) for line in process.stdout)
        yield next(found[1] for found in said if found)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def statuses(lines: str) -> dict[tuple[str, str], str]:
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines.splitlines()]
    ended = [message["test_run"] for message in messages if message["type"] == "test_run"]
    return {(run["path"], run["run"]): run["status"] for run in ended if run.get("progress") == "complete"}


def copy(folder: Path, *names: str) -> Path:
    for name in names:
        left_out = shutil.ignore_patterns(".terraform*")
        shutil.copytree(ROOT / "modules" / name, folder / name, ignore=left_out)
    return folder


def said_by_diagnostics(lines: str) -> str:
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines.splitlines()]
    return "\n".join(one["diagnostic"]["detail"] for one in messages if one["type"] == "diagnostic")
