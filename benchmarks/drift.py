"""What `drift` costs beside the plans that it runs: 3, 10 and 30 Stacks with 1, 2 and 4 workers; shards; growth to 200 Stacks.

The Stacks are copies of the example's dev, each in an account of its own of the sandbox, and never applied: Terraform, its
AWS provider and the data sources do what they do for a real one, but no resource is read back. Each was looked at once
before, so `init` is left out, as in any later run. Of each run:

- wall: the whole command, from the start of Python to the document;
- limit: what no order of the Stacks can beat on this machine. The greater of two: all processor seconds (infragate,
  Terraform, the emulator) on all cores; the shortest schedule, on that many workers, of what each Stack takes alone;
- memory: the most that infragate and its programs hold at a time, shared pages once (the emulator is not counted).

The wall may be 1.1 of the limit. The parts of `--shard` must add up to the whole. The growth is that of tiny roots
(`terraform_data`, no provider), where infragate's own part weighs most: a Stack among many may take 1.1 of one among few.
Exit code 1 when a limit is missed.

    .venv/bin/python benchmarks/drift.py --stacks 3 --stacks 10 --workers 2
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from infragate.adapters.local import environments_file
from infragate.adapters.process import machine
from infragate.sandbox import instance
from infragate.sandbox.state_folder import StateFolder

ROOT = Path(__file__).parents[1]
LIMIT, GROWTH = 1.1, 1.1
STACKS, WORKERS, CURVE = (3, 10, 30), (1, 2, 4), (25, 50, 100, 200)
PAUSE = 0.2  # seconds between two looks at the memory
TINY = 'resource "terraform_data" "this" {\n  count = 20\n  input = count.index\n}\n'
VERSIONS = 'terraform {\n  required_version = ">= 1.11.0, < 2.0.0"\n}\n'
IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """One run of `drift`.

    Attributes:
        processor: seconds of it, of all that it started, and of the emulator.
        memory: the most bytes at a time.
    """

    wall: float
    processor: float
    memory: int
    stacks: tuple[dict[str, Any], ...]

    @property
    def durations(self) -> list[float]:
        return [float(stack["duration_seconds"]) for stack in self.stacks]


@dataclass
class Watch:
    """The most memory that a process and those below it held at a time."""

    pid: int
    most: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        while not self.ended.wait(PAUSE):
            self.most = max(self.most, sum(map(held, below(self.pid))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A checkout of many Environments, and its sandbox."""

    root: Path
    emulator: int

    def drift(self, names: Iterable[str], *flags: str) -> Ran:
        """One run over these Environments, which must look at all of them."""
        chosen = [word for name in names for word in ("--env", name)]
        argv = [str(Path(sys.executable).with_name("infragate")), "drift", "--sandbox", "--json", *chosen, *flags]
        environment = {**os.environ, "INFRAGATE_ROOT": str(self.root)}
        before, begun = self._processor(), time.perf_counter()
        with subprocess.Popen(
            argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as child:
            watch = Watch(child.pid)
            looking = threading.Thread(target=watch.look)
            looking.start()
            out, err = child.communicate()
            wall = time.perf_counter() - begun
            watch.ended.set()
            looking.join()
        if child.returncode != 0:
            raise SystemExit(f"drift ended with {child.returncode}:\n{err}")
        stacks = tuple(json.loads(out)["result"]["stacks"])
        return Ran(wall=wall, processor=self._processor() - before, memory=watch.most, stacks=stacks)

    def _processor(self) -> float:
        """Processor seconds of all children that have ended, and of the emulator, until now."""
        ended, about = resource.getrusage(resource.RUSAGE_CHILDREN), stat(self.emulator)
        return ended.ru_utime + ended.ru_stime + (int(about[11]) + int(about[12])) / os.sysconf("SC_CLK_TCK")

    def write(self, names: Iterable[str], kind: str) -> None:
        """Make the Stacks of these Environments, `dev` or `tiny`, the only ones; and look at each once."""
        shutil.rmtree(self.root / "infra" / "envs", ignore_errors=True)
        for name in names:
            (_dev if kind == "dev" else _tiny)(self.root / "infra" / "envs" / name, self._account(name))
        for words in (["add", "-A"], [*IDENTITY, "commit", "-qm", kind]):
            subprocess.run(["git", *words], cwd=self.root, check=True)
        infragate(self.root, "modules-lock", "--sandbox")
        print(f"first look at {len(self.drift(()).stacks)} {kind} Stacks is done", file=sys.stderr)

    def _account(self, name: str) -> str:
        return environments_file.load(self.root).environment(name).account_id


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = partial(arguments.add_argument, type=int, action="append")
    add("--stacks", help="how many Stacks; may be repeated; 0 for none")
    add("--workers", help="how many workers; may be repeated")
    add("--curve", help="how many tiny roots; may be repeated; 0 for none")
    given = arguments.parse_args()
    counts = [count for count in given.stacks or STACKS if count]
    curve = [count for count in given.curve or CURVE if count]
    document: dict[str, Any] = {"cores": machine.cores(), "limit": LIMIT}
    with standing() as bench:
        if counts:
            document.update(compared(bench, counts, given.workers or WORKERS))
        if curve:
            document.update(grown(bench, curve))
    missed = document.pop("missed", False) or document.pop("outgrown", False)
    print(json.dumps(document, indent=2))
    print(
        f"limits: {LIMIT} of the possible, a Stack among many {GROWTH} of one among few: {'missed' if missed else 'kept'}"
    )
    return int(missed)


# ---- what is measured ----------------------------------------------------------------------------------------------


def compared(bench: Bench, counts: Iterable[int], workers: Iterable[int]) -> dict[str, Any]:
    """Each number of Stacks with each number of workers; then the parts of a whole."""
    counts = sorted(counts)
    bench.write(names(counts[-1]), "dev")
    rows = []
    for count in counts:
        alone = bench.drift(names(count), "--workers", "1")
        for number in workers:
            ran = alone if number == 1 else bench.drift(names(count), "--workers", str(number))
            rows.append(row(ran, alone.durations, number))
            print(" ".join(f"{key} {value}" for key, value in rows[-1].items()), file=sys.stderr)
    return {
        "runs": rows,
        "shards_add_up": (adds_up := add_up(bench, names(counts[-1]))),
        "missed": not adds_up or any(each["ratio"] > LIMIT for each in rows),
    }


def row(ran: Ran, alone: list[float], workers: int) -> dict[str, Any]:
    """A run beside its limit."""
    cores = machine.cores()
    limit = max(ran.processor / cores, schedule(alone, workers))
    return {
        "stacks": len(ran.stacks),
        "workers": workers,
        "wall_seconds": round(ran.wall, 1),
        "limit_seconds": round(limit, 1),
        "ratio": round(ran.wall / limit, 3),
        "processor_seconds": round(ran.processor, 1),
        "stack_seconds": round(sum(ran.durations), 1),
        "memory_mb": round(ran.memory / 1e6),
    }


def schedule(durations: list[float], workers: int) -> float:
    """When the last of them ends, if each worker takes the longest that is left."""
    ends = [0.0] * workers
    for seconds in sorted(durations, reverse=True):
        heapq.heapreplace(ends, ends[0] + seconds)
    return max(ends)


def add_up(bench: Bench, chosen: list[str]) -> bool:
    """True if two halves are the whole: the same Stacks, each once, and of each the same document."""
    whole = bench.drift(chosen).stacks
    halves = [stack for half in ("1/2", "2/2") for stack in bench.drift(chosen, "--shard", half).stacks]
    halves.sort(key=lambda stack: str(stack["environment"]))
    return [timeless(stack) for stack in whole] == [timeless(stack) for stack in halves]


def timeless(stack: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stack.items() if name != "duration_seconds"}


def grown(bench: Bench, counts: Iterable[int]) -> dict[str, Any]:
    """Tiny roots, more and more of them, with as many workers as the machine has room for."""
    counts = sorted(counts)
    bench.write(names(counts[-1]), "tiny")
    rows: list[dict[str, Any]] = []
    for count in counts:
        ran = bench.drift(names(count))
        rows.append(
            {
                "stacks": count,
                "wall_seconds": round(ran.wall, 1),
                "seconds_per_stack": round(ran.wall / count, 3),
                "processor_seconds": round(ran.processor, 1),
                "memory_mb": round(ran.memory / 1e6),
            }
        )
        print(" ".join(f"{key} {value}" for key, value in rows[-1].items()), file=sys.stderr)
    growth = rows[-1]["seconds_per_stack"] / rows[0]["seconds_per_stack"]
    return {"curve": rows, "growth": round(growth, 3), "outgrown": growth > GROWTH}


# ---- the checkout --------------------------------------------------------------------------------------------------


def names(count: int) -> list[str]:
    return [f"e{number:03}" for number in range(1, count + 1)]


@contextmanager
def standing() -> Iterator[Bench]:
    """A checkout that nobody else works in; its sandbox has an account for each Environment."""
    with tempfile.TemporaryDirectory() as folder:
        root = checkout(Path(folder) / "checkout")
        try:
            print("seeding the accounts; a copy of them is kept for the next time", file=sys.stderr)
            instance.ensure(root, environments_file.load(root), say=lambda _: None)
            yield Bench(root=root, emulator=StateFolder.of(root).pid or 0)
        finally:
            instance.down(root, wipe=True)


def checkout(root: Path) -> Path:
    """The project of the example with many Environments, none of which has a Stack yet."""
    for name in ("policy", "modules", "infra/bootstrap"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns(".terraform"))
    shutil.copy(ROOT / "infra" / "modules.lock", root / "infra")
    project = yaml.safe_load((ROOT / "infra" / "environments.yaml").read_text())
    del project["atlantis"]
    project["environments"] = {
        name: {"account_id": str(100_000_000_000 + number), "owners": ["@acme/fileflow"]}
        for number, name in enumerate(names(max(CURVE)), start=1)
    }
    (root / "infra" / "environments.yaml").write_text(yaml.safe_dump(project, sort_keys=False))
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=root, check=True)
    return root


def _dev(folder: Path, account: str) -> None:
    """dev under another name."""
    shutil.copytree(ROOT / "infra" / "envs" / "dev", folder, ignore=shutil.ignore_patterns(".terraform"))
    (folder / "dev.tfvars").rename(folder / f"{folder.name}.tfvars")
    for path in (folder / "backend.tf", folder / f"{folder.name}.tfvars"):
        text = re.sub(r"\bdev\b", folder.name, path.read_text())
        path.write_text(text.replace("111111111111", account))
    variables = folder / "variables.tf"
    variables.write_text(variables.read_text().replace('["dev", ', f'["{folder.name}", '))


def _tiny(folder: Path, _account: str) -> None:
    """A root without a provider."""
    folder.mkdir(parents=True)
    backend = (ROOT / "infra" / "envs" / "dev" / "backend.tf").read_text()
    (folder / "backend.tf").write_text(backend.replace("/dev/", f"/{folder.name}/"))
    (folder / "versions.tf").write_text(VERSIONS)
    (folder / "main.tf").write_text(TINY)
    (folder / ".terraform.lock.hcl").write_text("# no provider\n")
    (folder / f"{folder.name}.tfvars").write_text("")


def infragate(root: Path, *words: str) -> None:
    """A verb that must end well."""
    script = Path(sys.executable).with_name("infragate")
    environment = {**os.environ, "INFRAGATE_ROOT": str(root)}
    subprocess.run([str(script), *words], cwd=root, env=environment, check=True, capture_output=True)


# ---- processes -----------------------------------------------------------------------------------------------------


def below(pid: int) -> set[int]:
    """A process and all that it has started."""
    parents = {
        int(path.name): int(about[1]) for path in Path("/proc").glob("[0-9]*") if (about := stat(int(path.name)))
    }
    found, last = {pid}, 0
    while len(found) != last:
        last = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def stat(pid: int) -> list[str]:
    """What the system says of a process, from its state on; nothing if it has ended."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def held(pid: int) -> int:
    """Bytes of memory of a process, its part of shared pages included."""
    try:
        rollup = (Path("/proc") / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    size = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(size[1]) * 1024 if size else 0


if __name__ == "__main__":
    sys.exit(main())
