"""`doctor`: check everything that a verb needs, and name the command that fixes it. Changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate import __version__
from infragate.adapters import git
from infragate.adapters.aws import aws_api
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.local import change_set, environments_file, own_folder, settings, trust
from infragate.adapters.process import isolation
from infragate.adapters.terraform import provider_source
from infragate.adapters.tools import tool_store, tools_file
from infragate.domain.cloud import Cloud
from infragate.domain.command import Advice, Command
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import InfragateError, ToolFailed
from infragate.domain.finding import Finding, failing, of_check
from infragate.domain.isolation import Isolation
from infragate.domain.tools_lock import Tool
from infragate.usecases.atlantis import server_check
from infragate.usecases.modules import module_pins
from infragate.usecases.session import Mfa, Session
from infragate.usecases.stack import ERRORED_STATE, errored_state

CheckStatus = Literal["ok", "warn", "fail", "skipped"]
# About the need of one plan (the AWS provider alone is 0.7 GB unpacked).
ENOUGH_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCheck:
    """One line of the report; `fix` is the next command, or None."""

    name: str
    status: CheckStatus
    message: str
    fix: Advice | None = None

    @property
    def finding(self) -> Finding | None:
        """None if it is ok or skipped."""
        return of_check("doctor", self.name, self.status, self.message, address=self.name, fix=self.fix)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRequest:
    """What to check.

    Attributes:
        environment: name of the Environment whose account, backend and lock are checked; None for none.
        purpose, mfa: of the session for that.
        atlantis: address of an Atlantis server; None for none.
        cloud: returns the cloud; called only if it is needed.
    """

    root: Path
    environment: str | None
    sandbox: bool
    purpose: Purpose = "plan"
    mfa: Mfa | None = None
    atlantis: str | None = None
    cloud: Callable[[Project], Cloud]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorResult:
    """All checks, the isolation in force (None if it is refused), and the next command."""

    checks: tuple[DoctorCheck, ...]
    next_command: Advice
    isolation: Isolation | None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Failures and warnings."""
        return tuple(check.finding for check in self.checks if check.finding)

    @property
    def error(self) -> ToolFailed | None:
        """The error that names the failed checks; None if all passed."""
        names = [str(finding.address) for finding in failing(self.findings)]
        return ToolFailed(f"failed: {', '.join(names)}", where="doctor", fix=self.next_command) if names else None


def run(request: DoctorRequest) -> DoctorResult:
    """Run every check; one that cannot be made is a failed check, never an error."""
    root = request.root
    checks = [
        _ok("python", f"{platform.python_version()} at {sys.executable}"),
        _ok("infragate", __version__),
        *_reported("trust", _trust(root)),
        *_reported("isolation", _isolation()),
        *_reported("tools.lock", _programs(root)),
        _git(),
        _disk(root),
    ]
    project = _project(root, checks)
    environment = project.environment(request.environment) if project and request.environment else None
    checks += _reported("providers", _providers(root, project))
    checks += _unsaved_states(root, project)
    checks += _reported("module lock", _module_lock(root, project))
    checks += _reported("cloud", _cloud(request, project, environment))
    checks += _reported("atlantis", _atlantis(request, project))
    failed = next((check.fix for check in checks if check.status == "fail" and check.fix), None)
    name = request.environment or (project.names[0] if project else "dev")
    following = Command("plan", env=name, sandbox=not request.environment)
    return DoctorResult(checks=tuple(checks), next_command=failed or following, isolation=_in_force())


def _ok(name: str, message: str) -> DoctorCheck:
    return DoctorCheck(name=name, status="ok", message=message)


def _warning(name: str, message: str, fix: Advice | None = None) -> DoctorCheck:
    return DoctorCheck(name=name, status="warn", message=message, fix=fix)


def _failure(name: str, message: str, fix: Advice) -> DoctorCheck:
    return DoctorCheck(name=name, status="fail", message=message, fix=fix)


def _skipped(name: str, reason: str) -> DoctorCheck:
    return DoctorCheck(name=name, status="skipped", message=f"not checked: {reason}")


def _failed(name: str, error: InfragateError) -> DoctorCheck:
    where = f" ({error.where})" if error.where else ""
    return _failure(name, f"{error.message}{where}", error.fix or "docs/exit-codes.md, 'Exit codes'")


def _reported(name: str, checks: Iterable[DoctorCheck]) -> Iterator[DoctorCheck]:
    """The checks; an InfragateError from their generator becomes a failed check of this name."""
    try:
        yield from checks
    except InfragateError as error:
        yield _failed(name, error)


def _trust(root: Path) -> Iterator[DoctorCheck]:
    """Where pins and Environments are read from, and what this checkout changes in them."""
    trusted, changed = trust.root(root), trust.changed(root)
    pull_request = settings.actor().pull_request
    if changed:
        yield _warning("trust", f"from {trusted}; need their owners: {', '.join(changed)}")
    elif trusted == root and pull_request:
        message = f"pull request {pull_request} decides over itself: its own tools.lock and environments.yaml count"
        yield _warning("trust", message, f"set {trust.SETTING} (docs/trust.md)")
    else:
        yield _ok("trust", f"tools.lock and environments.yaml of {trusted}")


def _in_force() -> Isolation | None:
    try:
        return isolation.in_force()
    except InfragateError:
        return None


def _isolation() -> Iterator[DoctorCheck]:
    """What keeps programs that run foreign code apart, and what that does not hold on this machine."""
    in_force = isolation.in_force()
    message = f"{in_force}; not held: {'; '.join(in_force.not_held)}"
    yield (
        _warning("isolation", message, f"{isolation.PAGE}, 'Where it does not work'")
        if in_force.mode == "none"
        else _ok("isolation", message)
    )


def _programs(root: Path) -> Iterator[DoctorCheck]:
    for tool in tools_file.read(tools_file.path(root)).select(()):
        try:
            program = tool_store.program(tool.name, root)
        except ToolFailed as error:
            yield _missing(tool, error)
        except InfragateError as error:
            yield _failed(tool.name, error)
        else:
            yield _ok(tool.name, f"{program.version} at {program.path} ({program.source})")


def _missing(tool: Tool, error: ToolFailed) -> DoctorCheck:
    """A failure only if every plan needs the program; the gate refuses by itself to judge without its scanners."""
    verb = tool.program.used_by
    return _warning(tool.name, f"{error.message}: `{verb}` needs it", error.fix) if verb else _failed(tool.name, error)


def _git() -> DoctorCheck:
    try:
        return _ok("git", git.version())
    except InfragateError as error:
        return _failure("git", error.message, "install git (Debian: apt install git)")


def _disk(root: Path) -> DoctorCheck:
    if not os.access(root, os.W_OK):
        return _failure("disk", f"{root} is read-only", "work in a copy of the checkout")
    try:
        own = own_folder.of(root)
    except InfragateError as error:
        return _failed("disk", error)
    free = min(shutil.disk_usage(folder).free for folder in (root, own))
    message = f"{free / 1024**3:.1f} GB free at {root} and {own}"
    if free < ENOUGH_DISK:
        return _failure("disk", message, f"free some space: du -sh '{own}'")
    return _ok("disk", message)


def _project(root: Path, checks: list[DoctorCheck]) -> Project | None:
    try:
        project = environments_file.load(root)
    except InfragateError as error:
        checks += [
            _failure("configuration", f"{finding.message} ({finding.where})", finding.fix or "correct that line")
            for finding in error.findings
        ] or [_failed("configuration", error)]
        return None
    checks.append(_ok("configuration", f"{project.file}: {', '.join(project.names)}"))
    return project


def _providers(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    users = provider_source.users_rule()
    if users is not None:
        yield _ok("providers", f"as configured in your {users}")
        return
    folders = [root / environment.directory for environment in project.environments] if project else []
    folder = next((folder for folder in folders if (folder / provider_source.LOCK_FILE).is_file()), None)
    if folder is None:
        yield _warning("providers", "no Stack has a provider lock file yet")
        return
    packages = provider_source.packages(folder)
    for address, version in provider_source.locked(folder).items():
        package = packages.get(address)
        source = f"from {package.mirror}" if package else "no mirror on this machine: Terraform downloads it"
        yield _ok("providers", f"{address} {version} {source}")


def _unsaved_states(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    """A state that an apply could not save blocks every plan and apply of its Environment."""
    for environment in project.environments if project else ():
        if (error := errored_state(root, environment)) is not None:
            yield _failed(ERRORED_STATE, error)


def _module_lock(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    """Every pin must be in the lock; `plan` verifies the fetched content."""
    change_set.refuse_interrupted(root)
    stacks = [env for env in project.environments if (root / env.directory).is_dir()] if project else []
    missing = {stack.name: names for stack in stacks if (names := module_pins.unlocked(root, stack))}
    if missing:
        unlocked = "; ".join(f"{name}: {', '.join(names)}" for name, names in missing.items())
        yield _failure("module lock", f"not locked: {unlocked}", Command("modules-lock"))
    else:
        yield _ok("module lock", f"{len(module_pins.read(root).pins)} pins for {len(stacks)} Stacks")


def _atlantis(request: DoctorRequest, project: Project | None) -> Iterator[DoctorCheck]:
    for check in server_check.checks(request.atlantis, request.root, project) if request.atlantis else ():
        yield _failure(check.name, check.message, check.fix) if check.fix else _ok(check.name, check.message)


def _cloud(request: DoctorRequest, project: Project | None, environment: Environment | None) -> Iterator[DoctorCheck]:
    if project is None:
        yield _skipped("credentials", "the configuration cannot be read")
        return
    cloud = request.cloud(project)
    if cloud.endpoint is not None:
        yield _ok(cloud.name, f"{cloud.endpoint}; AWS itself cannot be reached from it")
    if environment is None:
        yield _own_credentials(cloud, project)
        return
    yield from _environment(request, cloud, project, environment)


def _own_credentials(cloud: Cloud, project: Project) -> DoctorCheck:
    try:
        return _ok("credentials", aws_api.identity(cloud=cloud, region=project.region).arn)
    except InfragateError as error:
        fix = ("aws sso login; or work without an account: ", Command("plan", env=project.names[0], sandbox=True))
        return _warning("credentials", error.message, fix)


def _environment(
    request: DoctorRequest, cloud: Cloud, project: Project, environment: Environment
) -> Iterator[DoctorCheck]:
    """Account, backend and lock of one Environment, under its plan or break-glass role."""
    try:
        session = Session(
            root=request.root,
            project=project,
            environment=environment,
            purpose=request.purpose,
            cloud=cloud,
            actor=settings.actor(),
            say=lambda _: None,
            warn=lambda _: None,
            mfa=request.mfa,
        )
        who, store = session.identity(), session.store()
    except InfragateError as error:
        yield _failed("credentials", error)
        yield from (_skipped(name, "no credentials") for name in ("backend", "lock"))
        return
    yield _ok("credentials", f"account {who.account_id}: {who.arn}")
    yield from _reported("backend", _backend(store))
    yield from _reported("lock", _lock(store, environment))


def _backend(store: StateStore) -> Iterator[DoctorCheck]:
    state = store.state()
    if state is None:
        yield _ok("backend", f"{store.address}: no state yet")
        return
    message = f"{store.address}: serial {state.serial} of {state.modified:%Y-%m-%d %H:%M} UTC, {state.encryption}"
    if state.encryption == "aws:kms":
        yield _ok("backend", message)
    else:
        yield _failure("backend", message, Command("bootstrap-backend", ("--plan",)))


def _lock(store: StateStore, environment: Environment) -> Iterator[DoctorCheck]:
    holder = store.lock()
    if holder is None:
        yield _ok("lock", "free")
    else:
        yield _warning(
            "lock",
            f"held by {holder.who or 'somebody'} since {holder.created or 'unknown'}, id {holder.id}",
            f"wait for it; docs/state-backend.md says how to free {environment.name}'s lock when its run is dead",
        )
