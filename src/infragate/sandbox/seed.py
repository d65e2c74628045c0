"""Seeds an emulator in three parts: callers, the platform's baseline, the state backend with the roles.

Each part has a mark, the digest of its inputs. Marks are written after the emulator has saved its snapshot, so that a
marked part survives a restart. Seeding a part again is safe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from infragate.adapters.aws import aws_api
from infragate.adapters.local import policy_templates
from infragate.domain.bootstrap.role_policies import Templates
from infragate.domain.cloud import Cloud, Credentials
from infragate.domain.environment import Project
from infragate.sandbox import backend, baseline, control, identities
from infragate.sandbox.control import Health
from infragate.sandbox.emulator_session import EmulatorSession
from infragate.sandbox.state_folder import StateFolder

CALLERS, BASELINE, BACKEND = "callers", "baseline", "backend"
# Raise it when seeding changes for the same inputs.
EDITION = 2
STARTED, BOOTSTRAPPED, BARE = "started", "bootstrapped", "left to bootstrap-backend"
WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """The parts to seed for a checkout, each with the digest of its inputs."""

    project: Project
    templates: Templates
    bare: bool
    digests: dict[str, str]

    def missing(self, marks: Any) -> tuple[str, ...]:
        """The parts that are not seeded, or were seeded from other inputs."""
        return tuple(
            part
            for part, digest in self.digests.items()
            if marks.get(part) != digest and not (part == BACKEND and marks.get(part) == BOOTSTRAPPED)
        )


def plan(root: Path, project: Project, *, bare: bool) -> SeedPlan:
    """Read the inputs of seeding.

    Args:
        bare: do not seed the state backend and the roles; `bootstrap-backend` will create them.
    """
    templates = policy_templates.read(root)
    digests = {CALLERS: _digest(project), BASELINE: _digest(project)}
    if not bare:
        digests[BACKEND] = _digest(project, *(f"{name}\0{text}" for name, text in sorted(templates.items())))
    return SeedPlan(project=project, templates=templates, bare=bare, digests=digests)


def is_bare(folder: StateFolder) -> bool:
    """True if the sandbox was seeded without a backend on purpose."""
    return folder.marks.get(BACKEND) == BARE


def _digest(project: Project, *more: str) -> str:
    """Of the project, wherever its file is: a trusted root has it at another place."""
    return hashlib.sha256("\0".join([str(EDITION), repr(replace(project, file="")), *more]).encode()).hexdigest()[:16]


def complete(seed_plan: SeedPlan, folder: StateFolder, health: Health, *, say: Callable[[str], None]) -> None:
    """Seed what is missing, save the snapshot, write the marks. The caller holds the folder's lock.

    Raises:
        RemoteFailed: the emulator refused a call.
        ToolFailed: the emulator does not answer.
        BadInput: a policy template is broken.
    """
    if seed_plan.bare and BACKEND not in folder.marks:
        folder.record_marks({**folder.marks, BACKEND: BARE})
    missing = seed_plan.missing(folder.marks)
    if not missing:
        return
    say("seeding the sandbox: " + ", ".join(missing))
    with aws_api.reported("seed the sandbox"):
        seeding = _Seeding(seed_plan=seed_plan, folder=folder, port=health.port, cloud=health.cloud)
        for part in missing:
            seeding.seed(part)
    control.save(health.port)
    folder.record_marks({**folder.marks, **seeding.done})


@dataclass(slots=True, kw_only=True)
class _Seeding:
    """One run of seeding, with the marks of the parts that are done."""

    seed_plan: SeedPlan
    folder: StateFolder
    port: int
    cloud: Cloud
    done: dict[str, str] = field(default_factory=dict)
    _administrators: dict[str, Credentials] = field(default_factory=dict)

    def seed(self, part: str) -> None:
        {CALLERS: self._callers, BASELINE: self._baseline, BACKEND: self._backend}[part]()
        self.done.setdefault(part, self.seed_plan.digests[part])

    def _callers(self) -> None:
        control.set_enforcement(self.port, "off")
        try:
            keys = identities.make(self.seed_plan.project, self.cloud)
        finally:
            control.set_enforcement(self.port, "on")
        self.folder.record_keys(keys)

    def _baseline(self) -> None:
        environments = self.seed_plan.project.environments
        with ThreadPoolExecutor(WORKERS) as pool:
            jobs = [
                pool.submit(
                    baseline.ensure,
                    environment,
                    number,
                    self._administrator(environment.account_id, environment.region),
                )
                for number, environment in enumerate(environments, start=1)
            ]
            for job in jobs:
                job.result()

    def _backend(self) -> None:
        """Seed the backend, unless `bootstrap-backend` manages it."""
        project = self.seed_plan.project
        state = self._administrator(project.state.account_id)
        mark = self.folder.marks.get(BACKEND)
        if (mark is None and backend.exists(project, state)) or (
            mark not in (None, STARTED) and backend.is_bootstrapped(project, state)
        ):
            self.done[BACKEND] = BOOTSTRAPPED
            return
        self.folder.record_marks({**self.folder.marks, BACKEND: STARTED})
        backend.ensure(project, self.seed_plan.templates, self._administrator, WORKERS)

    def _administrator(self, account: str, region: str | None = None) -> EmulatorSession:
        project = self.seed_plan.project
        if account not in self._administrators:
            self._administrators[account] = identities.administrator(self.cloud, project, self.folder.keys, account)
        region = region or project.state.region
        return EmulatorSession(cloud=self.cloud, region=region, credentials=self._administrators[account])
