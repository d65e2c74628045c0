"""What `infragate plan` costs beside the Terraform that it runs: in turns, on the same warm Stack, in one run.

Raw is what a person would type: init, plan, show, with the same credentials, flags and provider. infragate
leaves init out where nothing has changed, so it may take 0.88 of that, its own checks included. The same is timed without
isolation: the wall may cost 3% (docs/isolation.md). `terragrunt plan` is timed beside it where TERRAGRUNT names the program
or PATH has it. `inv --list` is timed as well. Exit code 1 when a limit is missed.

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
from infragate.adapters.process import isolation
from infragate.sandbox import instance
from infragate.usecases import state_backend
from infragate.usecases.session import Session
from infragate.usecases.stack import Stack

ROOT = Path(__file__).parents[1]
COPIED = ("infra", "modules", "policy")
RATIO, WALL_RATIO, LIST_SECONDS = 0.88, 1.03, 0.3


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=7, help="rounds to time")
    rounds = arguments.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(Path(folder) / "checkout")
        try:
            taken = timed(root, rounds)
        finally:
            instance.down(root, wipe=True)
    listing = [seconds(lambda: infragate(ROOT, "--list")) for _ in range(rounds)]
    return report(taken, listing)


def checkout(root: Path) -> Path:
    """A checkout of FileFlow dev that nobody else works in."""
    root.mkdir()
    for name in COPIED:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".terraform"))
    identity = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
    for words in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "bench"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root


def timed(root: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of infragate, raw Terraform and terragrunt, in turns, after one of each to warm up."""
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
    with session:
        opened = Stack(session=session, root=root)
        acts: dict[str, Callable[[], None]] = {
            "infragate": lambda: infragate(root, "plan", "--env", "dev", "--sandbox"),
            "without_wall": lambda: infragate(root, "plan", "--env", "dev", "--sandbox", INFRAGATE_ISOLATION="none"),
            "terraform": lambda: terraform(opened),
        }
        if (program := terragrunt_program()) is not None:
            acts["terragrunt"] = lambda: terragrunt(program, opened)
        for name, act in acts.items():
            if name != "infragate":
                act()
        taken: dict[str, list[float]] = {name: [] for name in acts}
        for number in range(rounds):
            for name, act in acts.items():
                taken[name].append(seconds(act))
            shown = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in taken.items())
            print(f"round {number + 1}: {shown}", file=sys.stderr)
    return taken


def terragrunt_program() -> str | None:
    """The terragrunt to time, or None where there is none."""
    return os.environ.get("TERRAGRUNT") or shutil.which("terragrunt")


def infragate(root: Path, *words: str, **more: str) -> None:
    """One verb, through the console script."""
    script = Path(sys.executable).with_name("infragate")
    environment = {**os.environ, "INFRAGATE_ROOT": str(root), **more}
    subprocess.run([str(script), *words], cwd=root, env=environment, check=True, capture_output=True)


def apart(opened: Stack) -> dict[str, str]:
    """infragate's environment of Terraform with another data folder: a foreign init there would be seen as a change.

    Without infragate's setting for Go's garbage collector, which a person's shell does not have.
    """
    given = {name: value for name, value in opened.terraform.environment.items() if name != "GOGC"}
    return {**given, "TF_DATA_DIR": str(opened.data_folder / "raw")}


def terraform(opened: Stack) -> None:
    """The chain that a person would type."""
    environment = opened.environment
    backend = [f"-backend-config={name}={value}" for name, value in state_backend.backend_settings(environment).items()]
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
            env=apart(opened),
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )


def terragrunt(program: str, opened: Stack) -> None:
    """`terragrunt plan` over the same Stack and data folder; it runs init when it finds that it is needed."""
    configuration = opened.terraform.folder / "terragrunt.hcl"
    configuration.write_text("")
    plan = str(opened.data_folder / "terragrunt.tfplan")
    arguments = ["-input=false", "-lock=false", f"-var-file={opened.environment.var_file}", f"-out={plan}"]
    environment = {**apart(opened), "TG_TF_PATH": str(opened.terraform.program)}
    try:
        for words in (["plan", *arguments], ["show", "-json", plan]):
            subprocess.run(
                [program, "run", "--", *words],
                cwd=opened.terraform.folder,
                env=environment,
                check=True,
                capture_output=True,
                stdin=subprocess.DEVNULL,
            )
    finally:
        configuration.unlink()


def seconds(act: Callable[[], None]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def report(taken: dict[str, list[float]], listing: list[float]) -> int:
    """Print one JSON document; 1 when a limit is missed."""
    ratios = {name: compared(times, taken["terraform"]) for name, times in taken.items()}
    wall = compared(taken["infragate"], taken["without_wall"])
    document = {
        **{f"{name}_seconds": round(statistics.median(times), 3) for name, times in taken.items()},
        "ratio": ratios["infragate"],
        "isolation": str(isolation.in_force()),
        "wall_ratio": wall,
        "terragrunt_ratio": ratios.get("terragrunt", "terragrunt is not installed"),
        "list_seconds": round(statistics.median(listing), 3),
    }
    print(json.dumps(document, indent=2))
    missed = ratios["infragate"] > RATIO or wall > WALL_RATIO or statistics.median(listing) > LIST_SECONDS
    limits = f"{RATIO} of raw Terraform, {WALL_RATIO} of no isolation, --list in {LIST_SECONDS} s"
    print(f"limits: {limits}: {'missed' if missed else 'kept'}")
    return int(missed)


def compared(times: list[float], others: list[float]) -> float:
    """The median ratio, round by round."""
    return round(statistics.median(mine / theirs for mine, theirs in zip(times, others, strict=True)), 3)


if __name__ == "__main__":
    sys.exit(main())
