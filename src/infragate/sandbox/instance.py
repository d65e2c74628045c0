"""The sandbox of one checkout: the seeded emulator and the local module repository."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import infragate
from infragate.adapters.aws import aws_api
from infragate.adapters.local import clock
from infragate.domain.cloud import Credentials
from infragate.domain.command import Say
from infragate.domain.environment import Project
from infragate.domain.errors import BadInput, RemoteFailed, ToolFailed
from infragate.sandbox import control, emulator_process, identities, isolation, module_repository, prepared, seed
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.control import Health
from infragate.sandbox.seed import SeedPlan
from infragate.sandbox.state_folder import StateFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStatus:
    """The state of the sandbox.

    Attributes:
        parts: seeded parts; "backend (bootstrapped)" if `bootstrap-backend` manages it.
        snapshot_age_seconds: None if there is no snapshot.
        unjudged: actions that were denied because the emulator cannot evaluate them.
        on_call_mfa: serial number and code for break-glass; None if `break_glass_principals` names no user.
    """

    running: bool
    endpoint: str | None
    pid: int | None
    version: str | None
    enforcement: bool | None
    accounts: dict[str, str]
    parts: tuple[str, ...]
    snapshot_age_seconds: float | None
    unjudged: tuple[str, ...]
    on_call_mfa: tuple[str, str] | None
    folder: Path
    log: Path


def ensure(root: Path, project: Project, *, say: Say, bare: bool | None = False) -> SandboxCloud:
    """Return the sandbox; start and seed it where necessary. The caller's session is new each time.

    Args:
        bare: do not create state backend and pipeline roles; None: as when the sandbox was first seeded.

    Raises:
        BadInput: the emulator's packages, the modules or a policy template are missing.
        Integrity: AWS could be reached from it.
        Locked: another run has held the sandbox for minutes.
        ToolFailed, RemoteFailed: the emulator does not start, or refuses a call.
    """
    root = root.resolve()
    folder = StateFolder.of(root)
    seed_plan = seed.plan(root, project, bare=seed.is_bare(folder) if bare is None else bare)
    health = emulator_process.running(folder)
    if (
        health is not None
        and health.version == infragate.__version__
        and not seed_plan.missing(folder.marks)
        and module_repository.is_current(root, folder.module_repository)
    ):
        try:
            return _cloud(folder, project, health)
        except RemoteFailed:  # it was started without its snapshot and has no users
            pass
    with folder.locked(say):
        module_repository.refresh(root, folder.module_repository)
        health = _seeded(folder, seed_plan, say)
    return _cloud(folder, project, health)


def _seeded(folder: StateFolder, seed_plan: SeedPlan, say: Say) -> Health:
    """The running emulator, seeded; the caller holds the folder's lock."""
    health = emulator_process.running(folder)
    is_new = health is None and not folder.snapshot.exists()
    is_copy = is_new and prepared.restore(seed_plan.digests.values(), folder)
    try:
        health = _running(folder, say)
    except ToolFailed:
        if not is_copy:
            raise
        prepared.discard(seed_plan.digests.values())
        folder.snapshot.unlink()
        is_copy, health = False, _running(folder, say)
    if not _has_users(folder, seed_plan.project, health):
        folder.record_marks({})
    seed.complete(seed_plan, folder, health, say=say)
    if is_new and not is_copy:
        prepared.keep(seed_plan.digests.values(), folder)
    return health


def _running(folder: StateFolder, say: Say) -> Health:
    health = emulator_process.running(folder)
    if health is not None and health.version != infragate.__version__:
        say(f"stopping the emulator of infragate {health.version}")
        emulator_process.stop(folder)
        health = None
    return health if health is not None else emulator_process.start(folder, say=say)


def _has_users(folder: StateFolder, project: Project, health: Health) -> bool:
    try:
        _caller(folder, project, health)
    except (BadInput, RemoteFailed):
        return False
    return True


def _cloud(folder: StateFolder, project: Project, health: Health) -> SandboxCloud:
    caller = _caller(folder, project, health)
    variables = isolation.variables(
        health.endpoint,
        region=project.region,
        module_repository=folder.module_repository,
        others=isolation.other_repositories(),
    )
    isolation.prove_isolated(variables, credentials=caller)
    return SandboxCloud(
        name="sandbox", endpoint=health.endpoint, variables=variables, caller=caller, folder=folder, project=project
    )


def _caller(folder: StateFolder, project: Project, health: Health) -> Credentials:
    door = identities.credentials(folder.keys, identities.DOOR)
    return aws_api.assume_role(
        identities.names(project).atlantis,
        cloud=health.cloud,
        region=project.region,
        session_name=identities.DOOR,
        credentials=door,
    )


def on_call_mfa(project: Project) -> tuple[str, str] | None:
    """Serial number and code of the on-call engineer's MFA device; None without one."""
    who = identities.names(project)
    return (who.on_call_device, identities.TOKEN_CODE) if who.on_call else None


def status(root: Path, project: Project) -> SandboxStatus:
    """The state of the sandbox; starts nothing."""
    folder = StateFolder.of(root)
    health = emulator_process.running(folder)
    environments = {environment.name: environment.account_id for environment in project.environments}
    return SandboxStatus(
        running=health is not None,
        endpoint=health.endpoint if health else None,
        pid=health.pid if health else None,
        version=health.version if health else None,
        enforcement=health.enforcement if health else None,
        accounts={"state": project.state.account_id, **environments},
        parts=tuple(_part(name, str(mark)) for name, mark in folder.marks.items()),
        snapshot_age_seconds=_age(folder.snapshot),
        unjudged=health.unjudged if health else (),
        on_call_mfa=on_call_mfa(project),
        folder=folder.path,
        log=folder.log,
    )


def _part(name: str, mark: str) -> str:
    return f"{name} ({mark})" if mark in (seed.STARTED, seed.BOOTSTRAPPED, seed.BARE) else name


def _age(path: Path) -> float | None:
    try:
        return round(clock.now().timestamp() - path.stat().st_mtime, 1)
    except FileNotFoundError:
        return None


def save_copy(root: Path, target: Path, *, say: Say = lambda _: None) -> None:
    """Copy the sandbox's current resources, states and keys to a folder. The emulator may be running.

    Raises:
        Locked: another run has held the sandbox for minutes.
        ToolFailed: the emulator cannot write its snapshot.
        OSError: there is no snapshot, or the disk is full.
    """
    folder = StateFolder.of(root)
    with folder.locked(say):
        health = emulator_process.running(folder)
        if health is not None:
            control.save(health.port)
        folder.save_copy(target)


def load_copy(root: Path, source: Path, *, say: Say = lambda _: None) -> None:
    """Replace a checkout's sandbox by a copy that `save_copy` wrote; the next `ensure` starts from it.

    Only load your own copies: a snapshot is a pickle, and loading it can run code.

    Raises:
        Locked: another run has held the sandbox for minutes.
        OSError: the copy is not complete.
    """
    folder = StateFolder.of(root)
    with folder.locked(say):
        emulator_process.stop(folder)
        folder.load_copy(source)


def down(root: Path, *, wipe: bool = False, say: Say = lambda _: None) -> bool:
    """Stop the emulator; False if none ran. Its resources stay in the snapshot, unless `wipe` deletes everything.

    Raises:
        ToolFailed: it cannot write its snapshot, so it runs on. Locked: another run holds the sandbox.
    """
    folder = StateFolder.of(root)
    if not folder.path.exists():
        return False
    with folder.locked(say):
        if not wipe and (health := emulator_process.running(folder)) is not None:
            control.save(health.port)  # a failure is only seen here: it is not our child
        ran = emulator_process.stop(folder, save=not wipe)
        if wipe:
            shutil.rmtree(folder.path)
    return ran
