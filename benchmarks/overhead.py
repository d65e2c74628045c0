"""What `infragate plan` costs over the Terraform that it runs: both in turns, on the same warm Stack, in one run.

Raw is what a person would type: init, plan, show, with the same credentials, flags, provider and data folder. infragate
may take 3 % more, and 0.3 s for the start of Python. `inv --list` is timed as well. Exit code 1 when a limit is missed.

    .venv/bin/python benchmarks/overhead.py --rounds 7
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from infragate.adapters.local import environments_file, settings
from infragate.sandbox import instance
from infragate.usecases import stack
from infragate.usecases.session import Session
from infragate.usecases.stack import Stack

ROOT = Path(__file__).parents[1]
COPIED = ("infra", "modules", "policy")
FACTOR, START_SECONDS, LIST_SECONDS = 1.03, 0.3, 0.3


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=7, help="pairs to time")
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(Path(folder) / "checkout")
        try:
            ours, raw = pairs(root, rounds)
        finally:
            instance.down(root, wipe=True)
    listing = [seconds(lambda: infragate(ROOT, "--list")) for _ in range(rounds)]
    return report(ours, raw, listing)


def checkout(root: Path) -> Path:
    """A checkout of FileFlow dev that nobody else works in."""
    root.mkdir()
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".terraform"))
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "bench"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def pairs(root: Path, rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of infragate and of raw Terraform, in turns, after one of each to warm up."""
    infragate(root, "plan", "--env", "dev", "--sandbox")
    project = environments_file.load(root)
    session = Session(
        root=root,
        project=project,
        environment=project.environment("dev"),
        purpose="plan",
        cloud=instance.ensure(root, project, say=lambda _: None),
        actor=settings.actor(),
        say=lambda _: None,
        warn=lambda _: None,
    )
    ours, raw = [], []
    with session:
        opened = Stack(session=session, root=root)
        terraform(opened)
        for number in range(rounds):
            ours.append(seconds(lambda: infragate(root, "plan", "--env", "dev", "--sandbox")))
            raw.append(seconds(lambda: terraform(opened)))
            print(f"pair {number + 1}: infragate {ours[-1]:.2f} s, terraform {raw[-1]:.2f} s", file=sys.stderr)
    return ours, raw


def infragate(root: Path, *words: str) -> None:
    """One verb, through the console script."""
    script = Path(sys.executable).with_name("infragate")
    environment = {**os.environ, "INFRAGATE_ROOT": str(root)}
    subprocess.run([str(script), *words], cwd=root, env=environment, check=True, capture_output=True)


def terraform(opened: Stack) -> None:
    """The chain that a person would type."""
    environment = opened.environment
    backend = [f"-backend-config={name}={value}" for name, value in stack.backend_settings(environment).items()]
    plan = str(opened.data_folder / "raw.tfplan")
    chain = (
        ["init", "-input=false", "-lockfile=readonly", "-reconfigure", *backend],
        ["plan", "-input=false", "-lock=false", f"-var-file={environment.var_file}", f"-out={plan}"],
        ["show", "-json", plan],
    )
    for words in chain:
        subprocess.run(
            [str(opened.terraform.program), *words],
            cwd=opened.terraform.folder,
            env=dict(opened.terraform.environment),
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )


def seconds(act: Callable[[], None]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def report(ours: list[float], raw: list[float], listing: list[float]) -> int:
    """Print one JSON document; 1 when a limit is missed."""
    over = statistics.median(mine - FACTOR * theirs for mine, theirs in zip(ours, raw, strict=True))
    document = {
        "plan_seconds": round(statistics.median(ours), 3),
        "terraform_seconds": round(statistics.median(raw), 3),
        "ratio": round(statistics.median(mine / theirs for mine, theirs in zip(ours, raw, strict=True)), 3),
        "seconds_over_1.03": round(over, 3),
        "list_seconds": round(statistics.median(listing), 3),
    }
    print(json.dumps(document, indent=2))
    missed = over > START_SECONDS or statistics.median(listing) > LIST_SECONDS
    print(f"limits: {START_SECONDS} s over 1.03 times, --list in {LIST_SECONDS} s: {'missed' if missed else 'kept'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
