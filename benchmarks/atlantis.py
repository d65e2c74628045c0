"""From the webhook to the comment of a plan, on a real Atlantis server: what the verbs cost beside what they run.

The whole of the example's dev, with every check of `policy/gate.yaml`; the sandbox is AWS, GitHub is an emulator of its
own. One pull request is opened to warm up; each round pushes to it. Of each round:

- wall: from the webhook to the comment; atlantis: the part of it in which no step ran (clone, merge, statuses, comment);
- terraform: while a Terraform process of the step ran; scanner: the slowest of the engines, which run side by side;
- overhead: the rest of the step, by where it is: in the plan, in the gate, or around them (Python's start, the fetch of the
  base branch, the comment). It may take a tenth of terraform and scanner, in the median of the rounds.

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
PAUSE = 0.02  # seconds between two looks


@dataclass(frozen=True)
class Round:
    """Seconds of one push."""

    wall: float
    step: float
    terraform: float
    scanner: float
    slowest: str
    plan: float  # the verb, Terraform included
    gate: float

    @property
    def overhead(self) -> float:
        return self.step - self.terraform - self.scanner

    @property
    def places(self) -> dict[str, float]:
        """Where the overhead is."""
        return {
            "in_plan": self.plan - self.terraform,
            "in_gate": self.gate - self.scanner,
            "around": self.step - self.plan - self.gate,
        }

    @property
    def ratio(self) -> float:
        return self.overhead / (self.terraform + self.scanner)


@dataclass
class Watch:
    """How long the server has had a step, and a Terraform among its processes."""

    server: int
    step: float = 0.0
    terraform: float = 0.0
    ended: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Until `ended`; the time since the last look is that of what is seen now."""
        last = time.perf_counter()
        while not self.ended.wait(PAUSE):
            words = commands_below(self.server)
            now = time.perf_counter()
            self.step += (now - last) * any("atlantis-plan" in argv and "sh" not in argv[:1] for argv in words)
            self.terraform += (now - last) * any(Path(argv[0]).name == "terraform" for argv in words)
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
    plan, gate = (json.loads((documents / f"{verb}.json").read_text()) for verb in ("plan", "gate"))
    evidence = gate["result"]["evidence"]
    slowest = max(
        (proof for proof in evidence if proof["check"] != "code"), key=lambda proof: proof["duration_seconds"]
    )
    return Round(
        wall=wall,
        step=watch.step,
        terraform=watch.terraform,
        scanner=slowest["duration_seconds"],
        slowest=slowest["check"],
        plan=plan["duration_seconds"],
        gate=gate["duration_seconds"],
    )


def commands_below(pid: int) -> list[list[str]]:
    """The command lines of all processes below this one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                about = (entry / "stat").read_text().rpartition(") ")[2].split()
            except OSError:  # it has ended
                continue
            if about[0] != "Z":
                parents[int(entry.name)] = int(about[1])
    below, last = {pid}, 0
    while len(below) != last:
        last = len(below)
        below |= {child for child, parent in parents.items() if parent in below}
    return [words for child in below - {pid} if (words := command(child))]


def command(pid: int) -> list[str]:
    """The command line of a process; none if it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def shown(each: Round) -> str:
    return (
        f"wall {each.wall:.1f} s, atlantis {each.wall - each.step:.1f} s, step {each.step:.1f} s, "
        f"terraform {each.terraform:.1f} s, {each.slowest} {each.scanner:.1f} s, "
        f"overhead {each.overhead:.1f} s ({each.ratio:.0%}): "
        + ", ".join(f"{place} {seconds:.1f} s" for place, seconds in each.places.items())
    )


def report(taken: list[Round]) -> int:
    """Print one JSON document; 1 when the limit is missed."""
    ratio = statistics.median(each.ratio for each in taken)
    names = ("wall", "step", "terraform", "scanner", "overhead")
    document = {
        **{f"{name}_seconds": round(statistics.median(getattr(each, name) for each in taken), 2) for name in names},
        "atlantis_seconds": round(statistics.median(each.wall - each.step for each in taken), 2),
        **{
            f"overhead_{place}_seconds": round(statistics.median(each.places[place] for each in taken), 2)
            for place in taken[-1].places
        },
        "slowest_scanner": taken[-1].slowest,
        "ratio": round(ratio, 3),
        "load": [round(value, 1) for value in os.getloadavg()],
    }
    print(json.dumps(document, indent=2))
    print(f"limit: {LIMIT} of Terraform and the slowest scanner: {'missed' if ratio > LIMIT else 'kept'}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
