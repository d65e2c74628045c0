"""`drift`: how what runs differs from the code, for many Stacks side by side. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.local import clock, drift_noise_file, trust, waivers_file
from infragate.adapters.process import machine, side_by_side
from infragate.domain.command import Say
from infragate.domain.drift import shards
from infragate.domain.drift.report import DriftReport, StackDrift
from infragate.domain.environment import Project
from infragate.usecases import tools_install
from infragate.usecases.drift import stack_drift
from infragate.usecases.drift.stack_drift import DriftRules
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftRequest:
    """What to look at.

    Attributes:
        stacks: each with a session of its own under the plan role.
        shard: `K/N` if they are a part of all Stacks.
        workers: how many at a time; 0 for what this machine has room for.
    """

    root: Path
    stacks: tuple[Stack, ...]
    shard: str | None
    workers: int
    say: Say


def present(root: Path, project: Project) -> tuple[str, ...]:
    """The Environments that have a Stack, also one whose folder git tracks but the checkout lacks."""
    return tuple(
        environment.name
        for environment in project.environments
        if (root / environment.directory).is_dir() or git.tracks(root, environment.directory)
    )


def run(request: DriftRequest) -> DriftReport:
    """Look at each Stack; one that fails never hides the others.

    Raises:
        ToolFailed: there is no Terraform. BadInput: the register of exceptions cannot be used.
    """
    started, root = clock.now(), request.root
    rules = DriftRules(
        noise=drift_noise_file.load(), waivers=waivers_file.load(trust.root(root), shown_from=root).waivers
    )
    commit, jobs = git.head_commit(root), {}
    for stack in request.stacks:
        jobs[stack.environment.name] = partial(stack_drift.run, stack, rules, commit=commit)
    if jobs:
        tools_install.ready("terraform", root, say=request.say)  # once, not in each thread
    workers = shards.workers(len(jobs), cores=machine.cores(), free_memory=machine.free_memory(), limit=request.workers)
    if len(jobs) > 1:
        request.say(f"{len(jobs)} Stacks, {workers} at a time")
    stacks = side_by_side.run(jobs, workers=workers, done=_progress(len(jobs), request.say))
    return DriftReport(stacks=tuple(stacks.values()), shard=request.shard, commit=commit, started_at=started)


def _progress(total: int, say: Say) -> Callable[[str, StackDrift], None]:
    """Returns the function that reports each finished Stack."""
    count = 0

    def done(name: str, drift: StackDrift) -> None:
        nonlocal count
        count += 1
        say(f"{name}: {drift.status}, {drift.duration_seconds:.0f} s ({count} of {total})")

    return done
