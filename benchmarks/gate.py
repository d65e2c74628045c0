"""What the engines of the gate cost over the example's prod: each alone, all side by side, and checkov's own command.

All are timed in turns, in one run, since the machine may be busy with other things. Side by side may take 1.1 of the
slowest engine of the same run; checkov, started while Terraform plans, may take 0.5 s for the plan, in the least of the
rounds. The code takes it longer, and has no limit: a third is its parser of HCL, in Python, over each module of each
call; the rest is its graph, which its checks need. Processor time is that of the programs, their start included. The
same programs are also timed through their own commands, one after another, as chains of hooks run them, and through the
hooks of pre-commit-terraform where pre-commit has installed them, or `--hooks` names their folder. Exit code 1 when a limit
is missed.

    .venv/bin/python benchmarks/gate.py --rounds 5
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.scanners import subjects  # noqa: E402

from infragate.adapters.scanners import checkov, code_view  # noqa: E402
from infragate.adapters.scanners.conftest import Conftest  # noqa: E402
from infragate.adapters.scanners.engine import Engine, Scan  # noqa: E402
from infragate.adapters.scanners.subject import Subject  # noqa: E402
from infragate.adapters.scanners.tfsec import Tfsec  # noqa: E402
from infragate.adapters.scanners.trivy import TrivyCode, TrivyPlan  # noqa: E402
from infragate.adapters.tools import tool_store  # noqa: E402
from infragate.usecases.gate import engines as side_by_side  # noqa: E402

RATIO, WARM_SECONDS = 1.1, 0.5
LOADED = 6.0  # seconds after which checkov has loaded its checks, also on a busy machine
Times = dict[str, list[float]]


def main() -> int:
    """Measure and print; the exit code."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5, help="rounds to time")
    arguments.add_argument("--hooks", type=Path, default=installed_hooks(), help="of pre-commit-terraform")
    rounds, hooks = (given := arguments.parse_args()).rounds, given.hooks
    if hooks is not None:
        MEASURES[HOOKS] = by_hooks(hooks)
    taken: Times = {}
    ratios: list[float] = []
    for _ in range(rounds):
        for name, measure in MEASURES.items():
            with subject() as judged:
                begin, before = time.perf_counter(), os.times()
                more = measure(judged)
                after = os.times()
                cpu = after.children_user + after.children_system - before.children_user - before.children_system
                taken.setdefault(name, []).append(time.perf_counter() - begin if more is None else more.seconds)
                taken.setdefault(f"{name} (CPU)", []).append(cpu)
                if more is not None and more.ratio:
                    ratios.append(more.ratio)
    return report(taken, ratios)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is not the time of the whole call: the seconds that count, and the ratio to the slowest engine."""

    seconds: float
    ratio: float = 0.0


@contextmanager
def subject() -> Iterator[Subject]:
    with tempfile.TemporaryDirectory() as folder:
        yield subjects.fileflow(Path(folder), "prod")


@dataclass(slots=True)
class Timed:
    """An engine that notes how long it took."""

    engine: Engine
    seconds: float = 0.0

    @property
    def check(self) -> str:
        return self.engine.check

    @property
    def program(self) -> str:
        return self.engine.program

    def run(self, judged: Subject) -> Scan:
        begin = time.perf_counter()
        try:
            return self.engine.run(judged)
        finally:
            self.seconds = time.perf_counter() - begin


def alone(engine: Engine) -> Callable[[Subject], None]:
    def measure(judged: Subject) -> None:
        engine.run(judged)

    return measure


BOTH = (checkov.PLAN, checkov.CODE)


def with_checkov(
    judged: Subject, *, wait: float, others: tuple[Engine, ...] = (), checks: tuple[str, ...] = BOTH
) -> Measured:
    """checkov and others side by side; it is started `wait` seconds before."""
    with checkov.prepared(judged.pins, judged.scratch, checks=checks, severities={}) as both:
        time.sleep(wait)
        engines = [Timed(engine) for engine in (*others, *both)]
        begin = time.perf_counter()
        ran = side_by_side.run(engines, judged)
        whole = time.perf_counter() - begin
    if ran.failures:
        raise SystemExit("\n".join(finding.message for finding in ran.failures.values()))
    return Measured(seconds=whole, ratio=whole / max(engine.seconds for engine in engines) if others else 0.0)


def commands(judged: Subject) -> dict[str, list[str]]:
    """The programs' own commands over the same code and plan."""
    view = code_view.make(judged, judged.scratch)
    program = {name: str(tool_store.program(name, ROOT).path) for name in ("tfsec", "trivy", "checkov", "conftest")}
    values, plan = str(view.var_file), str(judged.plan_json)
    trivy = [program["trivy"], "config", "--quiet", "--skip-check-update", "--format", "json"]
    return {
        "tfsec": [program["tfsec"], "--format", "json", "--soft-fail", "--tfvars-file", values, str(view.stack)],
        "trivy-code": [*trivy, "--tf-vars", values, str(view.base)],
        "trivy-plan": [*trivy, plan],
        "checkov-plan": [program["checkov"], "--framework", "terraform_plan", "--skip-download", "-f", plan],
        "checkov-code": [program["checkov"], "--framework", "terraform", "--skip-download", "-d", str(view.stack)],
        "conftest": [program["conftest"], "test", "--all-namespaces", "-p", str(ROOT / "policy" / "rego"), plan],
    }


def own_commands(*checks: str) -> Callable[[Subject], Measured]:
    """One after another."""

    def measure(judged: Subject) -> Measured:
        lines = commands(judged)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(judged.scratch), "LOG_LEVEL": "ERROR"}
        begin = time.perf_counter()
        for check in checks or tuple(lines):
            subprocess.run(lines[check], env=environment, capture_output=True, check=False)
        return Measured(seconds=time.perf_counter() - begin)

    return measure


HOOKS = "pre-commit-terraform: tfsec, trivy, checkov"


def installed_hooks() -> Path | None:
    """The hooks of pre-commit-terraform in pre-commit's cache, if they are there."""
    hooks = sorted(Path.home().glob(".cache/pre-commit/*/hooks/terraform_trivy.sh"))
    return hooks[-1].parent if hooks else None


def by_hooks(hooks: Path) -> Callable[[Subject], Measured]:
    """The hooks of pre-commit-terraform for the same programs, one after another as pre-commit runs them, over the code."""

    def measure(judged: Subject) -> Measured:
        view = code_view.make(judged, judged.scratch)
        programs = [str(tool_store.program(name, ROOT).path.parent) for name in ("tfsec", "trivy", "checkov")]
        environment = {
            "PATH": ":".join([*programs, "/usr/bin:/bin"]),
            "HOME": str(judged.scratch),
            "LOG_LEVEL": "ERROR",
        }
        subprocess.run(["git", "init", "--quiet"], cwd=view.base, check=True)
        files = [str(file.relative_to(view.base)) for file in view.stack.glob("*.tf")]
        begin = time.perf_counter()
        for name in ("tfsec", "trivy", "checkov"):
            line = ["bash", str(hooks / f"terraform_{name}.sh"), "--", *files]
            done = subprocess.run(line, cwd=view.base, env=environment, capture_output=True, check=False)
            if not done.stdout:
                raise SystemExit(f"{line[1]} did not run its program: {done.stderr.decode().strip()}")
        return Measured(seconds=time.perf_counter() - begin)

    return measure


CODE_AND_PLAN = (Tfsec(), TrivyCode(), TrivyPlan(), Conftest())
MEASURES: dict[str, Callable[[Subject], Measured | None]] = {
    **{f"{engine.check} alone": alone(engine) for engine in CODE_AND_PLAN},
    "conftest's own command, known-bad inputs left out": own_commands("conftest"),
    "checkov alone, started and asked": lambda judged: with_checkov(judged, wait=0.0),
    "checkov alone, started before, plan": lambda judged: with_checkov(judged, wait=LOADED, checks=(checkov.PLAN,)),
    "checkov alone, started before, code": lambda judged: with_checkov(judged, wait=LOADED, checks=(checkov.CODE,)),
    "checkov alone, started before, plan and code": lambda judged: with_checkov(judged, wait=LOADED),
    "checkov's own command, plan": own_commands("checkov-plan"),
    "checkov's own command, plan and code": own_commands("checkov-plan", "checkov-code"),
    "all side by side": lambda judged: with_checkov(judged, wait=0.0, others=CODE_AND_PLAN),
    "all side by side, checkov started before": lambda judged: with_checkov(judged, wait=LOADED, others=CODE_AND_PLAN),
    "all by their own commands, one after another": own_commands(),
}


def report(taken: Times, ratios: list[float]) -> int:
    """Print medians; 1 if a limit is missed."""
    for name in MEASURES:
        wall, cpu = taken[name], taken[f"{name} (CPU)"]
        print(
            f"{name:52} {statistics.median(wall):6.2f} s  (best {min(wall):.2f})  CPU {statistics.median(cpu):5.2f} s"
        )
    ratio, warm = statistics.median(ratios), min(taken["checkov alone, started before, plan"])
    both = min(taken["checkov alone, started before, plan and code"])
    print(f"side by side / its slowest engine: {ratio:.2f} (limit {RATIO})")
    if HOOKS not in MEASURES:
        print("pre-commit-terraform: its hooks are not installed (--hooks FOLDER)")
    print(f"checkov started before, plan: {warm:.2f} s (limit {WARM_SECONDS}); plan and code: {both:.2f} s")
    return int(ratio > RATIO or warm > WARM_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
