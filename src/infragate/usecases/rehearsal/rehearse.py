"""`rehearse`: the life of an Environment, from empty accounts to its destruction, on a copy of the checkout.

The copy and its sandbox have a folder of their own, so that a sandbox in use is not touched. Every step runs the verb
itself. A step that fails ends the rehearsal; the steps after it are reported as skipped, never as passed.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infragate.adapters import git
from infragate.adapters.aws.state_store import StateStore
from infragate.adapters.local import environments_file, own_folder, settings
from infragate.domain.command import Command, Say
from infragate.domain.environment import Environment, Project, Purpose
from infragate.domain.errors import Blocked, InfragateError, ToolFailed
from infragate.domain.finding import Finding, failing
from infragate.sandbox import instance
from infragate.sandbox.cloud import SandboxCloud
from infragate.sandbox.pull_requests import PullRequestLog
from infragate.sandbox.state_folder import StateFolder
from infragate.usecases import apply, plan, smoke
from infragate.usecases.apply import Watch
from infragate.usecases.bootstrap import bootstrap_backend
from infragate.usecases.bootstrap.bootstrap_session import BootstrapRequest
from infragate.usecases.gate import gate
from infragate.usecases.gate.door import DoorRequest
from infragate.usecases.plan import PlanMode, PlanResult
from infragate.usecases.rehearsal import rehearsed_copy, rehearsed_releases, steps
from infragate.usecases.rehearsal.rehearsed_releases import Releases
from infragate.usecases.rehearsal.steps import Step
from infragate.usecases.session import Session
from infragate.usecases.smoke import SmokeRequest
from infragate.usecases.stack import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseRequest:
    """The Environment to rehearse; `keep` leaves the sandbox and the copy for inspection, `watch` is as in ApplyRequest."""

    root: Path
    environment: str
    say: Say
    warn: Say
    watch: Watch
    keep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseResult:
    """All steps in order; `error` is why the rehearsal ended early.

    Attributes:
        pull_requests: of a rehearsal through Atlantis: what was said and done.
    """

    environment: str
    steps: tuple[Step, ...]
    folder: Path
    error: InfragateError | None
    pull_requests: PullRequestLog | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (Finding(id="rehearsal-failed", source="rehearse", message=self.error.message),) if self.error else ()

    @property
    def exit_code(self) -> int | None:
        return self.error.exit_code if self.error else None

    @property
    def seconds(self) -> float:
        return sum(step.duration_seconds for step in self.steps)


def run(request: RehearseRequest) -> RehearseResult:
    """Go through all steps.

    Raises:
        BadInput: the checkout cannot be copied or read. Locked: another rehearsal of it is running.
    """
    stage = _Stage(request)
    with rehearsed_copy.alone(request.root):
        try:
            done, error = steps.run(_steps(stage), request.say)
        finally:
            stage.clear()
    return RehearseResult(environment=request.environment, steps=done, folder=stage.root, error=error)


def _steps(stage: _Stage) -> list[tuple[str, Callable[[], str]]]:
    """The steps in order; a protected Environment must refuse its destruction at the end."""
    life: list[tuple[str, Callable[[], str]]] = [
        ("sandbox from nothing", stage.sandbox),
        ("bootstrap-backend", stage.bootstrap),
        ("bootstrap-backend again", stage.bootstrap_again),
        ("plan", stage.plan),
        ("apply", stage.apply),
        ("state is encrypted, lock is free", stage.state_is_safe),
        ("smoke", stage.smoke),
        ("plan again is empty", stage.plan_is_empty),
        ("module-upgrade to the newest release", stage.upgrade),
        ("plan the upgrade", stage.plan),
        ("apply the upgrade", stage.apply),
        ("rollback --apply", stage.rollback),
        ("plan after the rollback is empty", stage.plan_is_empty),
        ("a moved tag is refused", stage.moved_tag),
    ]
    if environments_file.load(stage.request.root).environment(stage.request.environment).protected:
        return [*life, ("plan --destroy is refused", stage.destruction_is_refused)]
    return [
        *life,
        ("plan --destroy", stage.plan_destroy),
        ("apply the destruction", stage.apply_destruction),
        ("nothing is left, lock is free", stage.nothing_left),
    ]


class _Stage:
    """The copy of the checkout and its cloud; each public method is one step and returns its evidence."""

    def __init__(self, request: RehearseRequest) -> None:
        self.request = request
        self.root = own_folder.of(request.root) / "rehearsal"
        self.project: Project
        self.cloud: SandboxCloud
        self.releases: Releases

    def sandbox(self) -> str:
        rehearsed_copy.create(self.request.root, self.root)
        git.start(self.root, author="rehearsal")
        self.project = environments_file.load(self.root)
        self.cloud = instance.ensure(self.root, self.project, say=self.request.say, bare=True)
        accounts = {environment.account_id for environment in self.project.environments}
        return f"{len(accounts) + 1} empty accounts at {self.cloud.endpoint}; AWS cannot be reached from it"

    def bootstrap(self) -> str:
        roots = self._bootstrap().roots
        created = sum(len(root.created) for root in roots)
        adopted = sum(len(root.adopted) for root in roots)
        return f"{created} resources created, {adopted} adopted in {len(roots)} accounts; its state is in the bucket"

    def bootstrap_again(self) -> str:
        done = self._bootstrap()
        if done.changes:
            raise Blocked(
                "a second bootstrap changed something",
                where="infra/bootstrap",
                fix=Command("bootstrap-backend", ("--plan",)),
            )
        return "changes nothing"

    def _bootstrap(self) -> bootstrap_backend.BootstrapResult:
        done = bootstrap_backend.run(
            BootstrapRequest(
                root=self.root,
                project=self.project,
                cloud=self.cloud,
                actor=settings.actor(),
                say=self.request.say,
                warn=self.request.warn,
                confirm=lambda _lines: True,
                environment=self.request.environment,
            )
        )
        if done.blocked:
            first = done.differences[0]
            raise Blocked(
                f"{first.thing} differs: {first.setting}",
                where="infra/bootstrap",
                fix=Command("bootstrap-backend", ("--plan",)),
            )
        return done

    def plan(self) -> str:
        return self._plan("normal").planned.headline

    def plan_is_empty(self) -> str:
        result = self._plan("normal")
        if result.planned.changes:
            changed = ", ".join(change.address for change in result.plan.changes[:5]) or "outputs"
            raise Blocked(f"a second plan is not empty: {changed}", where=self._environment().directory)
        return result.planned.headline

    def plan_destroy(self) -> str:
        return self._plan("destroy").planned.headline

    def destruction_is_refused(self) -> str:
        try:
            planned = self.plan_destroy()
        except InfragateError as refused:
            if "cannot be destroyed" not in refused.message:
                raise
            return refused.message
        where = f"{self._environment().directory}/main.tf"
        fix = "add lifecycle { prevent_destroy = true } to its stateful resources"
        raise Blocked(f"a protected Environment can be destroyed: {planned}", where=where, fix=fix)

    def apply(self) -> str:
        door = DoorRequest()
        with self._stack("plan") as stack:
            gate.before_apply(stack, door)
        return self._apply(door)

    def apply_destruction(self) -> str:
        """Past the gate: nobody approves a loss in a rehearsal."""
        return self._apply(None)

    def _apply(self, door: DoorRequest | None) -> str:
        with self._stack("apply") as stack:
            request = apply.ApplyRequest(stack=stack, plan=None, watch=self.request.watch, door=door)
            done = apply.run(request)
        return f"{done.applied.headline} Record {done.record}"

    def state_is_safe(self) -> str:
        store = self._session("plan").store()
        state = store.state()
        key = self.cloud.state_key_arn()
        if state is None or state.encryption != "aws:kms" or state.kms_key != key:
            raise ToolFailed(f"the state is not encrypted with {key}", where=store.address)
        self._lock_is_free(store)
        return f"serial {state.serial}, aws:kms with {key}; no lock is held"

    def smoke(self) -> str:
        with self._session("plan") as session:
            result = smoke.run(SmokeRequest(session=session, wait_seconds=120))
        for finding in failing(result.findings):
            raise Blocked(f"not healthy: {finding.where}: {finding.message}", where=finding.where)
        checks = [check for check in result.checks if check.name != "alarm"]
        return "; ".join(f"{check.name} {check.subject}: {check.message}" for check in checks)

    def upgrade(self) -> str:
        repository = StateFolder.of(self.root).module_repository
        self.releases = rehearsed_releases.of(self.root, self._stack, repository, watch=self.request.watch)
        return self.releases.forward()

    def rollback(self) -> str:
        return self.releases.back()

    def moved_tag(self) -> str:
        return self.releases.moved_tag()

    def nothing_left(self) -> str:
        store = self._session("plan").store()
        if resources := store.resources():
            raise Blocked(f"{len(resources)} resources are left: {resources[0].address}", where=store.address)
        self._lock_is_free(store)
        return f"the state is empty, no lock is held, {len(store.records())} records of applies remain"

    def clear(self) -> None:
        """Stop the sandbox and remove the copy, unless they are to be kept."""
        if self.request.keep:
            inspect = (f"INFRAGATE_ROOT={shlex.quote(str(self.root))} ", Command("sandbox-status"))
            self.request.say((f"kept: {self.root} (", *inspect, ")"))
        else:
            rehearsed_copy.remove(self.root)

    def _plan(self, mode: PlanMode) -> PlanResult:
        with self._stack("plan") as stack:
            return plan.run(plan.PlanRequest(stack=stack, mode=mode))

    def _environment(self) -> Environment:
        return self.project.environment(self.request.environment)

    @contextmanager
    def _stack(self, purpose: Purpose) -> Iterator[Stack]:
        with self._session(purpose) as session:
            yield Stack(session=session, root=self.root)

    def _session(self, purpose: Purpose) -> Session:
        self.cloud = instance.ensure(self.root, self.project, say=self.request.say, bare=True)
        return Session(
            root=self.root,
            project=self.project,
            environment=self._environment(),
            purpose=purpose,
            cloud=self.cloud,
            actor=settings.actor(),
            say=self.request.say,
            warn=self.request.warn,
        )

    def _lock_is_free(self, store: StateStore) -> None:
        holder = store.lock()
        if holder is not None:
            raise Blocked(f"the lock is still held by {holder.who}", where=store.address)
