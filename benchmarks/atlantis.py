"""From the webhook to the comment of a plan, on a real Atlantis server: what the verbs cost beside what they run.

The whole of the example's dev, with every check of `policy/gate.yaml`; the sandbox is AWS, GitHub is an emulator of its
own. One pull request is opened to warm up; each round pushes to it. Of each round:

- wall: from the webhook to the comment; atlantis: the part of it in which no step ran (clone, merge, statuses, comment);
- terraform: while a Terraform process of the step ran; scanners: while none did, and an engine worked. checkov, which is
  started early and then waits, works when it uses a CPU;
- overhead: the rest of the step: Python's start, the fetch of the base branch, reading and judging, the comment. It may
  take a tenth of terraform and scanners, in the median of the rounds.

Processes are looked at in /proc every 20 ms. Exit code 1 when the limit is missed.

    .venv/bin/python benchmarks/atlantis.py --rounds 3
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.e2e import atlantis_server, product  # noqa: E402
from tests.e2e.atlantis_server import Atlantis  # noqa: E402

from github_emulator import server as github_server  # noqa: E402
from github_emulator.model import Pull  # noqa: E402
from infragate.adapters.local import own_folder  # noqa: E402

LIMIT = 0.10
VALUES = "infra/envs/dev/dev.tfvars"
ENGINES = ("tfsec", "trivy", "conftest", "infracost", "opa")
PAUSE = 0.02  # seconds between two looks


@dataclass(frozen=True)
class Round:
    """Seconds of one push."""

    wall: float
    step: float
    terraform: float
    scanners: float
    slowest: str  # engine, and its seconds

    @property
    def overhead(self) -> float:
        return self.step - self.terraform - self.scanners

    @property
    def ratio(self) -> float:
        return self.overhead / (self.terraform + self.scanners)


@dataclass
class Watch:
    """How long the server has had a step, and a Terraform or a working engine, among its processes."""

    server: int
    step: float = 0.0
    terraform: float = 0.0
    scanners: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until `ended`; the time since the last look is that of what is seen now."""
        last = time.perf_counter()
        while not self.ended.wait(PAUSE):
            seen = processes_below(self.server)
            now = time.perf_counter()
            if any("atlantis-plan" in argv and "sh" not in argv[:1] for argv, _ in seen):
                self.step += now - last
                if any(Path(argv[0]).name == "terraform" for argv, _ in seen):
                    self.terraform += now - last
                elif any(is_scanning(argv, runs) for argv, runs in seen):
                    self.scanners += now - last
            last = now


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=3, help="pushes to time")
    rounds = arguments.parse_args().rounds
    with standing() as atlantis:
        pull = atlantis.propose("benchmark", {VALUES: changed(atlantis, 0)})
        first = atlantis.opened(pull)
        if "Plan: 34 to add" not in first:
            raise SystemExit(f"no plan to measure:\n{first}")
        taken = []
        for number in range(1, rounds + 1):
            taken.append(measured(atlantis, pull, number))
            print(f"round {number}: {shown(taken[-1])}", file=sys.stderr)
    return report(taken)


@contextmanager
def standing() -> Iterator[Atlantis]:
    """The server, before a checkout of the example as it is."""
    os.environ.setdefault(product.CACHE, str(Path.home() / ".cache" / "infragate"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["INFRAGATE_STATE"] = str(folder / "state")
        with product.checkout(folder / "origin") as origin, github_server.serving() as github:
            origin.ok("render")
            origin.commit("behind Atlantis")
            with atlantis_server.running(folder / "server", origin, github) as server:
                yield server


def changed(atlantis: Atlantis, number: int) -> str:
    """dev's values with a comment: the plan stays the same, and is made again."""
    text = (atlantis.origin.root / VALUES).read_text()
    return f"{text}# {number}\n"


def measured(atlantis: Atlantis, pull: Pull, number: int) -> Round:
    """A push, and what it took."""
    watch = Watch(atlantis.pid)
    looking = threading.Thread(target=watch.look)
    looking.start()
    begun = time.perf_counter()
    atlantis.pushed(pull, {VALUES: changed(atlantis, number)})
    wall = time.perf_counter() - begun
    watch.ended.set()
    looking.join()
    documents = own_folder.path(atlantis.clone(pull)) / "atlantis" / "dev"
    evidence = json.loads((documents / "gate.json").read_text())["result"]["evidence"]
    slowest = max(
        (proof for proof in evidence if proof["check"] != "code"), key=lambda proof: proof["duration_seconds"]
    )
    return Round(
        wall=wall,
        step=watch.step,
        terraform=watch.terraform,
        scanners=watch.scanners,
        slowest=f"{slowest['check']} {slowest['duration_seconds']:.1f} s",
    )


def is_scanning(argv: list[str], runs: bool) -> bool:
    """True for an engine at work."""
    return Path(argv[0]).name in ENGINES or (runs and any("checkov" in word for word in argv))


def processes_below(pid: int) -> list[tuple[list[str], bool]]:
    """The command lines of all processes below this one, and whether each uses a CPU, or waits for one.

    A process that gives its memory back has no command line any more, but its name; it cannot be waited for until its last
    thread has ended: Terraform takes 30 ms for it.
    """
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    running: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(") ")
            except OSError:  # it has ended
                continue
            about, number = rest.split(), int(entry.name)
            if about[0] != "Z" or int(about[17]) > 1:
                parents[number], names[number] = int(about[1]), name
            if about[0] in "RD":
                running.add(number)
    below, last = {pid}, 0
    while len(below) != last:
        last = len(below)
        below |= {child for child, parent in parents.items() if parent in below}
    return [(command(child) or [names[child]], child in running) for child in below - {pid}]


def command(pid: int) -> list[str]:
    """The command line of a process; none if it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def shown(each: Round) -> str:
    return (
        f"wall {each.wall:.1f} s, atlantis {each.wall - each.step:.1f} s, step {each.step:.1f} s, "
        f"terraform {each.terraform:.1f} s, scanners {each.scanners:.1f} s (slowest: {each.slowest}), "
        f"overhead {each.overhead:.1f} s ({each.ratio:.0%})"
    )


def report(taken: list[Round]) -> int:
    """Print one JSON document; 1 when the limit is missed."""
    ratio = statistics.median(each.ratio for each in taken)
    names = ("wall", "step", "terraform", "scanners", "overhead")
    document = {
        **{f"{name}_seconds": round(statistics.median(getattr(each, name) for each in taken), 2) for name in names},
        "atlantis_seconds": round(statistics.median(each.wall - each.step for each in taken), 2),
        "slowest_scanner": taken[-1].slowest,
        "ratio": round(ratio, 3),
        "load": [round(value, 1) for value in os.getloadavg()],
    }
    print(json.dumps(document, indent=2))
    print(f"limit: {LIMIT} of Terraform and the scanners: {'missed' if ratio > LIMIT else 'kept'}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
