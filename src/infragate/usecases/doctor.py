"""`doctor`: what is needed, what is there, and the command that cures what is missing. Changes nothing."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infragate import __version__
from infragate.adapters import git
from infragate.adapters.aws import aws_api
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.local import change_set, environments_file, files, settings, trust
from infragate.adapters.terraform import provider_source
from infragate.adapters.tools import tool_store, tools_file
from infragate.domain.cloud import Cloud
from infragate.domain.command import Advice, Command
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import InfragateError, ToolFailed
from infragate.domain.finding import OF_STATUS, Finding, failing
from infragate.usecases.modules import module_pins
from infragate.usecases.session import Mfa, Session
from infragate.usecases.stack import ERRORED_STATE, errored_state

CheckStatus = Literal["ok", "warn", "fail", "skipped"]
# A plan's provider and files need about this much (the AWS provider alone is 0.7 GB unpacked).
ENOUGH_DISK = 2 * 1024**3


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorCheck:
    """One line of the doctor; `fix` is the next command, or None."""

    name: str
    status: CheckStatus
    message: str
    fix: Advice | None = None

    @property
    def finding(self) -> Finding | None:
        """The complaint; None when it is ok or was not looked at."""
        if self.status in ("ok", "skipped"):
            return None
        return Finding(
            id=f"doctor/{self.name}",
            source="doctor",
            severity=OF_STATUS[self.status],
            message=self.message,
            address=self.name,
            fix=self.fix,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorRequest:
    """Where to look.

    Attributes:
        environment: name of the Environment whose account, backend and lock are asked; None for none.
        purpose, mfa: whose role asks them.
        cloud: makes the cloud; called only when it is needed.
    """

    root: Path
    environment: str | None
    sandbox: bool
    purpose: Purpose = "plan"
    mfa: Mfa | None = None
    cloud: Callable[[Project], Cloud]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorResult:
    """All checks, and what to type next."""

    checks: tuple[DoctorCheck, ...]
    next_command: Advice

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What fails or warns."""
        return tuple(check.finding for check in self.checks if check.finding)

    @property
    def error(self) -> ToolFailed | None:
        """Names what fails; None when nothing does."""
        names = [str(finding.address) for finding in failing(self.findings)]
        return ToolFailed(f"failed: {', '.join(names)}", where="doctor", fix=self.next_command) if names else None


def run(request: DoctorRequest) -> DoctorResult:
    """Look at everything; a check that cannot be made is a failed line, never an error.

    Raises:
        BadInput: there is no Environment of that name.
    """
    checks = [_python(), _infragate(), _trust(request.root), *_programs(request.root), _git(), _disk(request.root)]
    project = _project(request.root, checks)
    environment = project.environment(request.environment) if project and request.environment else None
    checks += _mirrors(request.root, project)
    checks += _left_states(request.root, project)
    checks += _module_lock(request.root, project)
    checks += _cloud(request, project, environment)
    failed = next((check.fix for check in checks if check.status == "fail" and check.fix), None)
    name = request.environment or (project.names[0] if project else "dev")
    following = Command("plan", env=name, sandbox=not request.environment)
    return DoctorResult(checks=tuple(checks), next_command=failed or following)


def _failed(name: str, error: InfragateError) -> DoctorCheck:
    where = f" ({error.where})" if error.where else ""
    return DoctorCheck(name=name, status="fail", message=f"{error.message}{where}", fix=error.fix or Command("doctor"))


def _python() -> DoctorCheck:
    return DoctorCheck(name="python", status="ok", message=f"{platform.python_version()} at {sys.executable}")


def _infragate() -> DoctorCheck:
    return DoctorCheck(name="infragate", status="ok", message=__version__)


def _trust(root: Path) -> DoctorCheck:
    """Where pins and Environments are read from, and what this checkout would like otherwise."""
    try:
        trusted, changed = trust.root(root), trust.changed(root)
        pull_request = settings.actor().pull_request
    except InfragateError as error:
        return _failed("trust", error)
    if changed:
        return DoctorCheck(
            name="trust", status="warn", message=f"from {trusted}; need their owners: {', '.join(changed)}"
        )
    if trusted == root and pull_request:
        said = f"pull request {pull_request} decides over itself: its own tools.lock and environments.yaml count"
        return DoctorCheck(name="trust", status="warn", message=said, fix=f"set {trust.SETTING} (docs/trust.md)")
    return DoctorCheck(name="trust", status="ok", message=f"tools.lock and environments.yaml of {trusted}")


def _programs(root: Path) -> Iterator[DoctorCheck]:
    try:
        lock = tools_file.read(tools_file.path(root))
        names = [tool.name for tool in lock.tools]
    except InfragateError as error:
        yield _failed("tools.lock", error)
        return
    for name in names:
        try:
            found = tool_store.program(name, root)
        except InfragateError as error:
            yield _failed(name, error)
        else:
            yield DoctorCheck(name=name, status="ok", message=f"{found.version} at {found.path} ({found.source})")


def _git() -> DoctorCheck:
    try:
        return DoctorCheck(name="git", status="ok", message=git.version())
    except InfragateError as error:
        return DoctorCheck(
            name="git", status="fail", message=error.message, fix="install git (Debian: apt install git)"
        )


def _disk(root: Path) -> DoctorCheck:
    free = shutil.disk_usage(root).free
    shown = f"{free / 1024**3:.1f} GB free at {root}"
    if not files.can_write(root):
        return DoctorCheck(
            name="disk", status="fail", message=f"{root} cannot be written", fix="work in a copy of the checkout"
        )
    if free < ENOUGH_DISK:
        return DoctorCheck(
            name="disk", status="fail", message=shown, fix=f"free some space: du -sh '{root}/.infragate'"
        )
    return DoctorCheck(name="disk", status="ok", message=shown)


def _project(root: Path, checks: list[DoctorCheck]) -> Project | None:
    try:
        project = environments_file.load(root)
    except InfragateError as error:
        checks.append(_failed("configuration", error))
        return None
    checks.append(DoctorCheck(name="configuration", status="ok", message=f"{project.file}: {', '.join(project.names)}"))
    return project


def _mirrors(root: Path, project: Project | None) -> list[DoctorCheck]:
    try:
        return list(_sources(root, project))
    except InfragateError as error:
        return [_failed("providers", error)]


def _sources(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    users = provider_source.users_rule()
    if users is not None:
        yield DoctorCheck(name="providers", status="ok", message=f"as your own {users} says")
        return
    folders = [root / environment.directory for environment in project.environments] if project else []
    folder = next((folder for folder in folders if (folder / provider_source.LOCK_FILE).is_file()), None)
    if folder is None:
        yield DoctorCheck(name="providers", status="warn", message="no Stack has a provider lock file yet")
        return
    chosen = provider_source.packages(folder)
    for address, version in provider_source.locked(folder).items():
        place = chosen.get(address)
        said = f"from {place.mirror}" if place else "no mirror on this machine: Terraform downloads it"
        yield DoctorCheck(name="providers", status="ok", message=f"{address} {version} {said}")


def _left_states(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    """A state that an apply could not save holds back every plan and apply of its Environment."""
    for environment in project.environments if project else ():
        if (left := errored_state(root, environment)) is not None:
            yield _failed(ERRORED_STATE, left)


def _module_lock(root: Path, project: Project | None) -> Iterator[DoctorCheck]:
    """Whether `plan` will find every pin in the lock; what was fetched is looked at there."""
    stacks = [one for one in project.environments if (root / one.directory).is_dir()] if project else []
    try:
        change_set.refuse_interrupted(root)
        missing = {one.name: names for one in stacks if (names := module_pins.unlocked(root, one))}
        pins = len(module_pins.read(root).pins)
    except InfragateError as error:
        yield _failed("module lock", error)
        return
    if missing:
        said = "; ".join(f"{name}: {', '.join(names)}" for name, names in missing.items())
        yield DoctorCheck(name="module lock", status="fail", message=f"not locked: {said}", fix=Command("modules-lock"))
    else:
        yield DoctorCheck(name="module lock", status="ok", message=f"{pins} pins for {len(stacks)} Stacks")


def _cloud(request: DoctorRequest, project: Project | None, environment: Environment | None) -> Iterator[DoctorCheck]:
    if project is None:
        yield DoctorCheck(name="credentials", status="skipped", message="not asked: the configuration cannot be read")
        return
    try:
        cloud = request.cloud(project)
    except InfragateError as error:
        yield _failed("cloud", error)
        return
    if cloud.endpoint is not None:
        message = f"{cloud.endpoint}; AWS itself cannot be reached from it"
        yield DoctorCheck(name=cloud.name, status="ok", message=message)
    if environment is None:
        yield _own_credentials(cloud, project)
        return
    yield from _environment(request, cloud, project, environment)


def _own_credentials(cloud: Cloud, project: Project) -> DoctorCheck:
    try:
        who = aws_api.identity(cloud=cloud, region=project.region)
    except InfragateError as error:
        fix = ("aws sso login; or work without an account: ", Command("plan", env=project.names[0], sandbox=True))
        return DoctorCheck(name="credentials", status="warn", message=error.message, fix=fix)
    return DoctorCheck(name="credentials", status="ok", message=f"{who.arn}")


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
        yield DoctorCheck(name="backend", status="skipped", message="not asked: no credentials")
        yield DoctorCheck(name="lock", status="skipped", message="not asked: no credentials")
        return
    yield DoctorCheck(name="credentials", status="ok", message=f"account {who.account_id}: {who.arn}")
    yield _backend(store)
    yield _lock(store, environment)


def _backend(store: StateStore) -> DoctorCheck:
    try:
        found = store.state()
    except InfragateError as error:
        return _failed("backend", error)
    if found is None:
        return DoctorCheck(name="backend", status="ok", message=f"{store.address}: no state yet")
    message = f"{store.address}: serial {found.serial} of {found.modified:%Y-%m-%d %H:%M} UTC, {found.encryption}"
    if found.encryption != "aws:kms":
        return DoctorCheck(
            name="backend", status="fail", message=message, fix=Command("bootstrap-backend", ("--plan",))
        )
    return DoctorCheck(name="backend", status="ok", message=message)


def _lock(store: StateStore, environment: Environment) -> DoctorCheck:
    try:
        holder = store.lock()
    except InfragateError as error:
        return _failed("lock", error)
    if holder is None:
        return DoctorCheck(name="lock", status="ok", message="free")
    return DoctorCheck(
        name="lock",
        status="warn",
        message=f"held by {holder.who or 'somebody'} since {holder.created or 'unknown'}, id {holder.id}",
        fix=f"wait for it; docs/state-backend.md says how to free {environment.name}'s lock when its run is dead",
    )
